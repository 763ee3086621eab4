import { parentPort, workerData } from 'node:worker_threads';
import { type Numbered, replyOf } from '../threads/work-thread.ts';
import { type IngestSetup, IngestWork } from './ingest-work.ts';
import type { IngestAnswers, IngestOrder } from './order.ts';

const work = new IngestWork(workerData as IngestSetup);

parentPort?.on('message', (message: Numbered<IngestOrder>) => {
  const reply = replyOf(work, message);
  const sealed = message.order.type === 'seal' && 'answer' in reply ? (reply.answer as IngestAnswers['seal']).sealed : undefined;
  // A segment in memory of its own is handed over instead of copied.
  parentPort?.postMessage(reply, sealed instanceof Uint8Array ? [sealed.buffer as ArrayBuffer] : []);
});
