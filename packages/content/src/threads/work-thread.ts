import { Worker } from 'node:worker_threads';
import type { Failure } from './failure.ts';
import { errorOf, failureOf } from './failure.ts';

/** Work in plain data. `name`, if any, is what errors call the file that it is about. */
export interface Order {
  readonly type: string;
}

/** To a thread. */
export interface Numbered<O extends Order> {
  readonly id: number;
  readonly order: O;
}

/** From a thread. */
export type Reply = { readonly id: number } & ({ readonly answer: unknown } | { readonly failure: Failure });

/** Carries orders out with synchronous calls. */
export interface Work<O extends Order> {
  /** @throws SyncError why it could not be done */
  do(order: O): unknown;
  /** What people call the file that an order is about. */
  nameOf(order: O): string;
}

/** Somebody who carries orders out, one after the other in the order given. */
export interface WorkThread<O extends Order> {
  /** Orders that are not answered yet. */
  readonly outstanding: number;
  /** It has started. */
  readonly isReady: boolean;
  /** It has died, and its orders with it. */
  readonly isLost: boolean;
  do(order: O): Promise<unknown>;
  close(): Promise<void>;
}

/** Threads make little garbage that lives; what they move is in memory of other kinds. */
const LIMITS = { maxYoungGenerationSizeMb: 4 };

/** A thread of its own. It does not keep the process alive while it has nothing to do. */
export class OtherThread<O extends Order> implements WorkThread<O> {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #orders = 0;
  isReady = false;
  isLost = false;

  /** @param url of a module that answers {@link Numbered} messages with {@link Reply} ones. @param setup its `workerData` */
  constructor(url: URL, setup: unknown) {
    this.#worker = new Worker(url, { workerData: setup, resourceLimits: LIMITS });
    this.#worker.unref();
    this.#worker.on('online', () => {
      this.isReady = true;
    });
    this.#worker.on('message', (reply: Reply) => this.#take(reply));
    this.#worker.on('error', (error) => this.#lose(error));
    this.#worker.on('exit', () => this.#lose(new Error('a thread that moves content has ended')));
  }

  get outstanding(): number {
    return this.#waiting.size;
  }

  do(order: O): Promise<unknown> {
    const id = this.#orders++;
    const answer = Promise.withResolvers<unknown>();
    this.#waiting.set(id, answer);
    this.#worker.ref();
    this.#worker.postMessage({ id, order } satisfies Numbered<O>);
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
export class OwnThread<O extends Order> implements WorkThread<O> {
  readonly #work: Work<O>;
  #last: Promise<unknown> = Promise.resolve();
  outstanding = 0;
  readonly isReady = true;
  readonly isLost = false;

  constructor(work: Work<O>) {
    this.#work = work;
  }

  do(order: O): Promise<unknown> {
    this.outstanding++;
    const answer = this.#last.then(() => this.#doNow(order)).finally(() => this.outstanding--);
    this.#last = answer.then(nextTurn, nextTurn);
    return answer;
  }

  async close(): Promise<void> {
    await this.#last;
  }

  #doNow(order: O): unknown {
    const reply = replyOf(this.#work, { id: 0, order });
    if ('failure' in reply) throw errorOf(reply.failure);
    return reply.answer;
  }
}

/** What a thread says to an order. A defect of ours is thrown, and ends the thread. */
export function replyOf<O extends Order>(work: Work<O>, { id, order }: Numbered<O>): Reply {
  try {
    return { id, answer: work.do(order) };
  } catch (error) {
    return { id, failure: failureOf(error, work.nameOf(order)) };
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A module beside that of `besideUrl`: as source while developing, compiled in the package. `name` has no ending. */
export function besideUrl(name: string, url: string): URL {
  return new URL(`./${name}${url.endsWith('.ts') ? '.ts' : '.js'}`, url);
}
