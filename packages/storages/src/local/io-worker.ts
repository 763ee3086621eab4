import { parentPort } from 'node:worker_threads';
import type { IoResult, IoTask } from './io-message.ts';
import { runTask } from './io-task.ts';

/** To a thread of the pool. */
export interface IoOrder {
  readonly id: number;
  readonly task: IoTask;
}

/** From a thread of the pool: the blocks of a big file, for others to help with; progress; the end. */
export type IoAnswer = { readonly id: number } & (
  | { readonly blocks: SharedArrayBuffer }
  | { readonly bytes: number }
  | { readonly results: readonly IoResult[] }
);

/** Progress of a big file is told so often; that of small ones comes with their results. */
const REPORT_BYTES = 8 << 20;

parentPort?.on('message', ({ id, task }: IoOrder) => {
  const send = (answer: IoAnswer): void => parentPort?.postMessage(answer);
  let bytes = 0;
  const report = (): void => {
    send({ id, bytes });
    bytes = 0;
  };
  const onBytes = (more: number): void => {
    bytes += more;
    if (bytes >= REPORT_BYTES) report();
  };
  const results = runTask(task, { onBytes, onBlocks: (blocks) => send({ id, blocks }) });
  if (bytes > 0) report();
  send({ id, results });
});
