import { parentPort } from 'node:worker_threads';
import type { IoResult, IoTask } from './io-message.ts';
import { runTask } from './io-task.ts';

/** To a thread of the pool. */
export interface IoOrder {
  readonly id: number;
  readonly task: IoTask;
}

/** From a thread of the pool: the beginning of an order (of big files only), progress, the end. */
export type IoAnswer = { readonly id: number } & (
  | { readonly begun: true }
  | { readonly bytes: number }
  | { readonly results: readonly IoResult[] }
);

/** Progress of a big file is told so often; that of small ones comes with their results. */
const REPORT_BYTES = 8 << 20;

parentPort?.on('message', ({ id, task }: IoOrder) => {
  if (task.type === 'fill') parentPort?.postMessage({ id, begun: true } satisfies IoAnswer);
  let bytes = 0;
  const report = (): void => {
    parentPort?.postMessage({ id, bytes } satisfies IoAnswer);
    bytes = 0;
  };
  const results = runTask(task, (more) => {
    bytes += more;
    if (bytes >= REPORT_BYTES) report();
  });
  if (bytes > 0) report();
  parentPort?.postMessage({ id, results } satisfies IoAnswer);
});
