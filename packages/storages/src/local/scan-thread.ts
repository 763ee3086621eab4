import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { ListBatch } from '@cloudsync/engine';
import { assertGoingOn } from '../cancelled.ts';
import { FolderScan, type ScanOptions, type ScanState } from './folder-scan.ts';
import { type ScanAnswer, type ScanRequest, STOP } from './scan-worker.ts';
import { workerUrl } from './worker-url.ts';

/** A tree of so many batches and one is not worth a thread. */
const BATCHES_ALONE = 4;
/** So many batches may wait for the reader. */
const BATCHES_AHEAD = 6;
/** Rows are dropped as soon as they are sent: a larger nursery only takes memory. */
const YOUNG_GENERATION_MB = 12;

/**
 * Scans a tree. A small one is done before a thread would have started; for a larger one a thread is started and takes
 * over where the scan stands by then.
 * @throws the error of the scan; one from the system still has its `code` and `syscall`
 */
export async function* scanTree(options: ScanOptions, signal: AbortSignal | undefined): AsyncGenerator<ListBatch> {
  const scan = new FolderScan(options);
  let thread: ScanThread | undefined;
  try {
    for (let batches = 0; thread?.isReady !== true; batches++) {
      const batch = scan.next();
      assertGoingOn(signal);
      if (batch === undefined) return;
      yield batch;
      if (batches === BATCHES_ALONE && options.only === undefined) thread = new ScanThread(options);
      await nextTurn();
    }
    yield* thread.batchesFrom(scan.state, signal);
  } finally {
    await thread?.close();
  }
}

/** A thread that goes on with a scan, a few batches ahead of its reader. */
class ScanThread {
  readonly #worker: Worker;
  readonly #credit = new Int32Array(new SharedArrayBuffer(4));
  readonly #answers: ScanAnswer[] = [];
  #wake: () => void = () => undefined;
  isReady = false;

  constructor(options: ScanOptions) {
    this.#credit[0] = BATCHES_AHEAD;
    const workerData: ScanRequest = { options, credit: this.#credit.buffer as SharedArrayBuffer };
    const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB };
    this.#worker = new Worker(workerUrl('scan-worker', import.meta.url), { workerData, resourceLimits });
    this.#worker.on('message', (answer: ScanAnswer) => this.#take(answer));
    this.#worker.on('error', (error) => this.#take({ type: 'failed', error: error as Error, errno: undefined }));
  }

  async *batchesFrom(state: ScanState, signal: AbortSignal | undefined): AsyncGenerator<ListBatch> {
    this.#worker.postMessage(state);
    for (;;) {
      const answer = await this.#next();
      assertGoingOn(signal);
      if (answer.type === 'end') return;
      if (answer.type === 'failed') throw errorOf(answer);
      if (answer.type === 'ready') continue;
      yield answer.batch;
      Atomics.add(this.#credit, 0, 1);
      Atomics.notify(this.#credit, 0);
    }
  }

  async close(): Promise<void> {
    Atomics.store(this.#credit, 0, STOP);
    Atomics.notify(this.#credit, 0);
    await this.#worker.terminate();
  }

  #take(answer: ScanAnswer): void {
    // One that cannot even start is ready to say so.
    this.isReady = true;
    this.#answers.push(answer);
    this.#wake();
  }

  async #next(): Promise<ScanAnswer> {
    for (;;) {
      const answer = this.#answers.shift();
      if (answer !== undefined) return answer;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

function errorOf({ error, errno }: Extract<ScanAnswer, { type: 'failed' }>): Error {
  return errno === undefined ? error : Object.assign(error, { code: errno, syscall: 'scan' });
}
