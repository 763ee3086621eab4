import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { ListBatch } from '@cloudsync/engine';
import { assertGoingOn } from '../cancelled.ts';
import { FolderScan, type ScanOptions } from './folder-scan.ts';
import { type ScanAnswer, type ScanRequest, STOP } from './scan-worker.ts';
import { workerUrl } from './worker-url.ts';

/** So many batches may wait for the reader. */
const BATCHES_AHEAD = 6;
/** Rows are dropped as soon as they are sent: a larger nursery only takes memory. */
const YOUNG_GENERATION_MB = 12;

/**
 * Scans in a thread of its own, a few batches ahead of the reader.
 * @throws the error of the scan; one from the system still has its `code` and `syscall`
 */
export async function* scanInThread(options: ScanOptions, signal: AbortSignal | undefined): AsyncGenerator<ListBatch> {
  const credit = new Int32Array(new SharedArrayBuffer(4));
  credit[0] = BATCHES_AHEAD;
  const request: ScanRequest = { options, credit: credit.buffer as SharedArrayBuffer };
  const worker = new Worker(workerUrl('scan-worker', import.meta.url), {
    workerData: request,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  });
  const answers = new Answers(worker);
  try {
    for (;;) {
      const answer = await answers.next();
      assertGoingOn(signal);
      if (answer.type === 'end') return;
      if (answer.type === 'failed')
        throw answer.errno === undefined ? answer.error : Object.assign(answer.error, { code: answer.errno, syscall: 'scan' });
      yield answer.batch;
      Atomics.add(credit, 0, 1);
      Atomics.notify(credit, 0);
    }
  } finally {
    Atomics.store(credit, 0, STOP);
    Atomics.notify(credit, 0);
    await worker.terminate();
  }
}

/** Scans in this thread, with a turn of the event loop after each batch: for a few paths, where a thread is not worth its start. */
export async function* scanHere(options: ScanOptions, signal: AbortSignal | undefined): AsyncGenerator<ListBatch> {
  const scan = new FolderScan(options);
  for (let batch = scan.next(); batch !== undefined; batch = scan.next()) {
    assertGoingOn(signal);
    yield batch;
    await nextTurn();
  }
}

/** The messages of a worker as a queue to read from. */
class Answers {
  readonly #waiting: ScanAnswer[] = [];
  #wanted: ((answer: ScanAnswer) => void) | undefined;

  constructor(worker: Worker) {
    worker.on('message', (answer: ScanAnswer) => this.#put(answer));
    worker.on('error', (error) => this.#put({ type: 'failed', error: error as Error, errno: undefined }));
  }

  #put(answer: ScanAnswer): void {
    if (this.#wanted === undefined) {
      this.#waiting.push(answer);
      return;
    }
    this.#wanted(answer);
    this.#wanted = undefined;
  }

  async next(): Promise<ScanAnswer> {
    return (
      this.#waiting.shift() ??
      (await new Promise((resolve) => {
        this.#wanted = resolve;
      }))
    );
  }
}
