import { parentPort } from 'node:worker_threads';
import { type TestOrder, testWork } from './pool.test.support.ts';
import { type Numbered, replyOf } from './work-thread.ts';

const work = testWork(true);

parentPort?.on('message', (message: Numbered<TestOrder>) => parentPort?.postMessage(replyOf(work, message)));
