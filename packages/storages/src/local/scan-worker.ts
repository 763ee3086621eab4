import { parentPort, workerData } from 'node:worker_threads';
import type { ListBatch } from '@cloudsync/engine';
import { FolderScan, type ScanOptions, type ScanState } from './folder-scan.ts';

/** What a scan thread is started with; where it goes on from comes as its only message, once it said that it is ready. */
export interface ScanRequest {
  readonly options: ScanOptions;
  /** One Int32: how many batches may still be sent, or {@link STOP}. */
  readonly credit: SharedArrayBuffer;
}

/** An error in between is that of the thread. */
export type ScanAnswer = { readonly type: 'ready' } | { readonly type: 'batch'; readonly batch: ListBatch } | { readonly type: 'end' };

export const STOP = -1_000_000;

function run({ options, credit }: ScanRequest, state: ScanState, send: (answer: ScanAnswer) => void): void {
  const left = new Int32Array(credit);
  const scan = new FolderScan(options, state);
  for (let batch = scan.next(); batch !== undefined; batch = scan.next()) {
    if (!takeCredit(left)) return;
    send({ type: 'batch', batch });
  }
  send({ type: 'end' });
}

/** Waits until the reader wants another batch, so that a slow reader does not pile up a whole tree. */
function takeCredit(left: Int32Array): boolean {
  for (;;) {
    const now = Atomics.load(left, 0);
    if (now < 0) return false;
    if (now > 0) {
      Atomics.sub(left, 0, 1);
      return true;
    }
    Atomics.wait(left, 0, 0);
  }
}

if (parentPort !== null) {
  const port = parentPort;
  const send = (answer: ScanAnswer): void => port.postMessage(answer);
  port.once('message', (state: ScanState) => run(workerData as ScanRequest, state, send));
  send({ type: 'ready' });
}
