import { parentPort, workerData } from 'node:worker_threads';
import { type Numbered, replyOf } from '../threads/work-thread.ts';
import type { RestoreOrder } from './restore-order.ts';
import { type RestoreSetup, RestoreWork } from './restore-work.ts';

const work = new RestoreWork(workerData as RestoreSetup);

parentPort?.on('message', (message: Numbered<RestoreOrder>) => parentPort?.postMessage(replyOf(work, message)));
