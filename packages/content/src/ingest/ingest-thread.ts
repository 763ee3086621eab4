import { Worker } from 'node:worker_threads';
import { errorOf, failureOf } from './failure.ts';
import { type IngestSetup, IngestWork } from './ingest-work.ts';
import type { Reply } from './ingest-worker.ts';
import type { Answers, Order, OrderType } from './order.ts';

/** Somebody who carries orders out, one after the other in the order given. */
export interface IngestThread {
  /** Orders that are not answered yet. */
  readonly outstanding: number;
  /** It has died, and its orders with it. */
  readonly isLost: boolean;
  do(order: Order): Promise<Answers[OrderType]>;
  close(): Promise<void>;
}

/** A thread of its own. It does not keep the process alive while it has nothing to do. */
export class WorkerThread implements IngestThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, PromiseWithResolvers<Answers[OrderType]>>();
  #orders = 0;
  isLost = false;

  constructor(setup: IngestSetup) {
    this.#worker = new Worker(workerUrl(), { workerData: setup });
    this.#worker.unref();
    this.#worker.on('message', (reply: Reply) => this.#take(reply));
    this.#worker.on('error', (error) => this.#lose(error));
    this.#worker.on('exit', () => this.#lose(new Error('a thread that reads files has ended')));
  }

  get outstanding(): number {
    return this.#waiting.size;
  }

  do(order: Order): Promise<Answers[OrderType]> {
    const id = this.#orders++;
    const answer = Promise.withResolvers<Answers[OrderType]>();
    this.#waiting.set(id, answer);
    this.#worker.ref();
    this.#worker.postMessage({ id, order });
    return answer.promise;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #take(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if ('answer' in reply) waiting?.resolve(reply.answer);
    else waiting?.reject(errorOf(reply.failure));
  }

  #lose(error: unknown): void {
    this.isLost = true;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

/** This thread, one order a turn of its event loop: sooner than a new thread when there is little to do. */
export class OwnThread implements IngestThread {
  readonly #work: IngestWork;
  #last: Promise<unknown> = Promise.resolve();
  outstanding = 0;
  readonly isLost = false;

  constructor(setup: IngestSetup) {
    this.#work = new IngestWork(setup);
  }

  do(order: Order): Promise<Answers[OrderType]> {
    this.outstanding++;
    const answer = this.#last.then(() => this.#doNow(order)).finally(() => this.outstanding--);
    this.#last = answer.then(nextTurn, nextTurn);
    return answer;
  }

  async close(): Promise<void> {
    await this.#last;
  }

  #doNow(order: Order): Answers[OrderType] {
    try {
      return this.#work.do(order);
    } catch (error) {
      throw errorOf(failureOf(error, 'file' in order ? order.file.name : ''));
    }
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Beside this module: as source while developing, compiled in the package. */
function workerUrl(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './ingest-worker.ts' : './ingest-worker.js', import.meta.url);
}
