import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { ListBatch } from '@cloudsync/engine';
import { assertGoingOn } from '../cancelled.ts';
import { FolderScan, type ScanOptions, type ScanState } from './folder-scan.ts';
import { type ScanAnswer, type ScanRequest, STOP } from './scan-worker.ts';
import { workerUrl } from './worker-url.ts';

/**
 * A tree of up to so many batches is scanned before a thread would be of use: two threads and this one listed two trees
 * of 20,000 files in 270 ms, this one alone in 125 (with another program on one of two cores).
 */
const BATCHES_ALONE = 50;
/** So many batches may wait for the reader. */
const BATCHES_AHEAD = 6;
/** Rows are dropped as soon as they are sent: a larger nursery only takes memory. */
const YOUNG_GENERATION_MB = 6;

/**
 * Scans a tree. A small one is done here, with a turn of the event loop after each batch; for a larger one a thread is
 * started and takes over where the scan stands by then.
 * @throws the system's error when the root itself cannot be read
 */
export async function* scanTree(
  options: ScanOptions,
  signal: AbortSignal | undefined,
  batchesAlone = BATCHES_ALONE,
): AsyncGenerator<ListBatch> {
  const scan = new FolderScan(options);
  let thread: ScanThread | undefined;
  try {
    for (let batches = 0; thread?.isReady !== true; batches++) {
      const batch = scan.next();
      assertGoingOn(signal);
      if (batch === undefined) return;
      yield batch;
      if (batches === batchesAlone && options.only === undefined) thread = new ScanThread(options);
      await nextTurn();
    }
    yield* thread.batchesFrom(scan.state, signal);
  } finally {
    await thread?.close();
  }
}

type Answer = ScanAnswer | { readonly type: 'failed'; readonly error: unknown };

/** A thread that goes on with a scan, a few batches ahead of its reader. */
export class ScanThread {
  readonly #worker: Worker;
  readonly #credit = new Int32Array(new SharedArrayBuffer(4));
  readonly #answers: Answer[] = [];
  #wake: () => void = () => undefined;
  isReady = false;

  constructor(options: ScanOptions) {
    this.#credit[0] = BATCHES_AHEAD;
    const workerData: ScanRequest = { options, credit: this.#credit.buffer as SharedArrayBuffer };
    const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB };
    this.#worker = new Worker(workerUrl('scan-worker', import.meta.url), { workerData, resourceLimits });
    this.#worker.on('message', (answer: ScanAnswer) => this.#take(answer));
    this.#worker.on('error', (error) => this.#take({ type: 'failed', error }));
  }

  async *batchesFrom(state: ScanState, signal: AbortSignal | undefined): AsyncGenerator<ListBatch> {
    this.#worker.postMessage(state);
    for (;;) {
      const answer = await this.#next();
      assertGoingOn(signal);
      if (answer.type === 'end') return;
      if (answer.type === 'failed') throw answer.error;
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

  #take(answer: Answer): void {
    // One that cannot even start is ready to say so.
    this.isReady = true;
    this.#answers.push(answer);
    this.#wake();
  }

  async #next(): Promise<Answer> {
    for (;;) {
      const answer = this.#answers.shift();
      if (answer !== undefined) return answer;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
