import { parentPort, workerData } from 'node:worker_threads';
import { failureOf } from './failure.ts';
import { type IngestSetup, IngestWork } from './ingest-work.ts';
import type { Answers, Failure, Order, OrderType } from './order.ts';

/** To a thread. */
export interface Numbered {
  readonly id: number;
  readonly order: Order;
}

/** From a thread. */
export type Reply = { readonly id: number } & ({ readonly answer: Answers[OrderType] } | { readonly failure: Failure });

const work = new IngestWork(workerData as IngestSetup);

parentPort?.on('message', ({ id, order }: Numbered) => {
  const reply = replyTo(id, order);
  parentPort?.postMessage(reply, sealedIn(reply));
});

function replyTo(id: number, order: Order): Reply {
  try {
    return { id, answer: work.do(order) };
  } catch (error) {
    return { id, failure: failureOf(error, 'file' in order ? order.file.name : '') };
  }
}

/** What is handed over instead of copied: a segment in memory of its own. */
function sealedIn(reply: Reply): ArrayBuffer[] {
  const answer = 'answer' in reply ? reply.answer : undefined;
  const sealed = answer !== undefined && 'sealed' in answer ? answer.sealed : undefined;
  return sealed instanceof Uint8Array ? [sealed.buffer as ArrayBuffer] : [];
}
