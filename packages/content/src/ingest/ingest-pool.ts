import { availableParallelism } from 'node:os';
import { type IngestThread, OwnThread, WorkerThread } from './ingest-thread.ts';
import type { IngestSetup } from './ingest-work.ts';
import type { Answers, Order, OrderType } from './order.ts';

/** More do not help: reading and writing set the pace then. */
const THREADS_MAX = 4;
/** A thread has its next order at hand when it has done one. */
const ORDERS_PER_THREAD = 2;
/** Who has nothing to do for so long gives the memory of the threads back. */
const IDLE_MS = 10_000;

/** What is nearest to its end goes first: so content leaves memory before more comes in. */
const RANKS: Readonly<Record<OrderType, number>> = {
  drop: 0,
  seal: 1,
  name: 2,
  'take-contents': 3,
  'take-part': 3,
  'read-files': 3,
  'read-part': 3,
};
const LAST_RANK = 3;

interface Waiting {
  readonly order: Order;
  /** For parts of a file: who has the others. */
  readonly pin: Pin | undefined;
  readonly done: PromiseWithResolvers<Answers[OrderType]>;
}

/** The right to have orders done by one and the same thread. */
export interface Pin {
  readonly thread: IngestThread;
  release(): void;
}

/** Hands orders to a few threads so that all have something to do, and what is needed first is done first. */
export class IngestPool {
  readonly #setup: IngestSetup;
  readonly #pins = new Map<IngestThread, number>();
  readonly #waiting: Waiting[][] = Array.from({ length: LAST_RANK + 1 }, () => []);
  #threads: IngestThread[] = [];
  #own: OwnThread | undefined;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(setup: IngestSetup) {
    this.#setup = setup;
  }

  /** There is much to do. Until this is called everything is done in the caller's thread. */
  start(): void {
    if (this.#threads.length > 0) return;
    const count = Math.min(THREADS_MAX, Math.max(2, availableParallelism()));
    this.#threads = Array.from({ length: count }, () => new WorkerThread(this.#setup));
  }

  get hasStarted(): boolean {
    return this.#threads.length > 0;
  }

  /** Takes the thread with the fewest pins. */
  pin(): Pin {
    const thread = this.#available().reduce((a, b) => ((this.#pins.get(b) ?? 0) < (this.#pins.get(a) ?? 0) ? b : a));
    const add = (count: number): void => void this.#pins.set(thread, (this.#pins.get(thread) ?? 0) + count);
    add(1);
    const release = (): void => {
      add(-1);
      this.#stopLater();
    };
    return { thread, release };
  }

  /** @throws SyncError why a file cannot be read */
  run<Type extends OrderType>(order: Order & { readonly type: Type }, pin?: Pin): Promise<Answers[Type]> {
    const done = Promise.withResolvers<Answers[OrderType]>();
    this.#waiting[RANKS[order.type]]?.push({ order, pin, done });
    this.#feed();
    return done.promise as Promise<Answers[Type]>;
  }

  /** Ends the threads. Nothing may be under way. */
  async close(): Promise<void> {
    clearTimeout(this.#idleTimer);
    await Promise.all(this.#threads.splice(0).map((thread) => thread.close()));
    this.#own = undefined;
  }

  #available(): readonly IngestThread[] {
    if (this.#threads.length > 0) return this.#threads;
    this.#own ??= new OwnThread(this.#setup);
    return [this.#own];
  }

  #feed(): void {
    clearTimeout(this.#idleTimer);
    for (;;) {
      const next = this.#next();
      if (next === undefined) return;
      const [thread, { order, done }] = next;
      thread
        .do(order)
        .catch((error: unknown) => this.#doAgain(thread, next[1], error))
        .then(done.resolve, done.reject)
        .finally(() => this.#ended());
    }
  }

  /** The first order, by rank, that a thread can take now. */
  #next(): [IngestThread, Waiting] | undefined {
    const idlest = this.#available().reduce((a, b) => (b.outstanding < a.outstanding ? b : a));
    for (const waiting of this.#waiting) {
      const at = waiting.findIndex(({ pin }) => isFree(pin?.thread ?? idlest));
      if (at < 0) continue;
      const [found] = waiting.splice(at, 1) as [Waiting];
      return [found.pin?.thread ?? idlest, found];
    }
    return undefined;
  }

  /** What a lost thread had to do is done here; but nobody knows how far it was with the parts of a file. */
  #doAgain(thread: IngestThread, { order, pin }: Waiting, error: unknown): Promise<Answers[OrderType]> {
    if (!thread.isLost) throw error;
    this.#threads = this.#threads.filter((other) => other !== thread);
    if (pin !== undefined) throw error;
    this.#own ??= new OwnThread(this.#setup);
    return this.#own.do(order);
  }

  #ended(): void {
    this.#feed();
    this.#stopLater();
  }

  /** Not while a file is half read: only its thread knows how far it is. */
  #stopLater(): void {
    const isBusy = this.#threads.some(({ outstanding }) => outstanding > 0) || [...this.#pins.values()].some((count) => count > 0);
    if (!isBusy) this.#idleTimer = setTimeout(() => void this.close(), IDLE_MS).unref();
  }
}

function isFree({ outstanding }: IngestThread): boolean {
  return outstanding < ORDERS_PER_THREAD;
}
