import { availableParallelism } from 'node:os';
import { type Order, OtherThread, OwnThread, type Work, type WorkThread } from './work-thread.ts';

/** More do not help: reading and writing set the pace then. */
const THREADS_MAX = 4;
/** A thread has its next order at hand when it has done one. */
const ORDERS_PER_THREAD = 2;
/** More than any thread that can take an order has. */
const FULL = 1000;
/** Who has nothing to do for so long gives the memory of the threads back. */
const IDLE_MS = 10_000;

export interface WorkPoolOptions<O extends Order> {
  /** The module that threads run. */
  readonly url: URL;
  /** What each thread gets to begin with. A plain value. */
  readonly setup: unknown;
  /** The same work, for this thread. */
  readonly makeWork: () => Work<O>;
  /** What is nearest to its end goes first, so that content leaves memory before more comes in: the rank of each type, from 0. */
  readonly ranks: Readonly<Record<O['type'], number>>;
  /** Whether this thread does some of the work while the others start: its orders must be short. Default false. */
  readonly helps?: boolean;
}

interface Waiting<O extends Order> {
  readonly order: O;
  /** For parts of a file: who has the others. */
  readonly pin: Pin<O> | undefined;
  readonly done: PromiseWithResolvers<unknown>;
}

/** The right to have orders done by one and the same thread. */
export interface Pin<O extends Order> {
  readonly thread: WorkThread<O>;
  release(): void;
}

/**
 * Hands orders to a few threads so that all have something to do, and what is needed first is done first.
 * `Answers` says what comes of an order of each type.
 */
export class WorkPool<O extends Order, Answers extends Readonly<Record<O['type'], unknown>>> {
  readonly #options: WorkPoolOptions<O>;
  readonly #pins = new Map<WorkThread<O>, number>();
  readonly #waiting: Waiting<O>[][] = [];
  #threads: WorkThread<O>[] = [];
  #own: WorkThread<O> | undefined;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(options: WorkPoolOptions<O>) {
    this.#options = options;
  }

  /** There is much to do. Until this is called everything is done in the caller's thread. */
  start(): void {
    if (this.#threads.length > 0) return;
    const { url, setup } = this.#options;
    const count = Math.min(THREADS_MAX, Math.max(2, availableParallelism()));
    this.#threads = Array.from({ length: count }, () => new OtherThread<O>(url, setup));
  }

  /** Takes the thread with the fewest pins. */
  pin(): Pin<O> {
    const thread = this.#available().reduce((a, b) => (this.#pinsOf(b) < this.#pinsOf(a) ? b : a));
    this.#pins.set(thread, this.#pinsOf(thread) + 1);
    const release = (): void => {
      this.#pins.set(thread, this.#pinsOf(thread) - 1);
      this.#stopLater();
    };
    return { thread, release };
  }

  /** @throws SyncError why it could not be done */
  run<Type extends O['type']>(order: O & { readonly type: Type }, pin?: Pin<O>): Promise<Answers[Type]> {
    const done = Promise.withResolvers<unknown>();
    const rank = this.#options.ranks[order.type];
    this.#waiting[rank] ??= [];
    this.#waiting[rank].push({ order, pin, done });
    this.#feed();
    return done.promise as Promise<Answers[Type]>;
  }

  /** Ends the threads. Nothing may be under way. */
  async close(): Promise<void> {
    clearTimeout(this.#idleTimer);
    await Promise.all(this.#threads.splice(0).map((thread) => thread.close()));
    this.#own = undefined;
  }

  #pinsOf(thread: WorkThread<O>): number {
    return this.#pins.get(thread) ?? 0;
  }

  #available(): readonly WorkThread<O>[] {
    return this.#threads.length > 0 ? this.#threads : [this.#ownThread()];
  }

  /** A thread takes a twentieth of a second to start. */
  #ready(): readonly WorkThread<O>[] {
    const isWaiting = this.#options.helps === true && !this.#threads.some(({ isReady }) => isReady);
    return isWaiting ? [this.#ownThread()] : this.#available();
  }

  #ownThread(): WorkThread<O> {
    this.#own ??= new OwnThread(this.#options.makeWork());
    return this.#own;
  }

  #feed(): void {
    clearTimeout(this.#idleTimer);
    for (;;) {
      const next = this.#next();
      if (next === undefined) return;
      const [thread, waiting] = next;
      thread
        .do(waiting.order)
        .catch((error: unknown) => this.#doAgain(thread, waiting, error))
        .then(waiting.done.resolve, waiting.done.reject)
        .finally(() => this.#ended());
    }
  }

  /** The first order, by rank, that a thread can take now. */
  #next(): [WorkThread<O>, Waiting<O>] | undefined {
    if (this.#waiting.every((orders) => orders.length === 0)) return undefined;
    const idlest = this.#ready().reduce((a, b) => (this.#loadOf(b) < this.#loadOf(a) ? b : a));
    for (const orders of this.#waiting) {
      const at = orders?.findIndex(({ pin }) => isFree(pin?.thread ?? idlest)) ?? -1;
      if (at < 0) continue;
      const [found] = orders.splice(at, 1) as [Waiting<O>];
      return [found.pin?.thread ?? idlest, found];
    }
    return undefined;
  }

  /** Who has the parts of a big file is what everybody waits for: others come first while they can take anything. */
  #loadOf(thread: WorkThread<O>): number {
    const { outstanding } = thread;
    return outstanding + ORDERS_PER_THREAD * this.#pinsOf(thread) + (isFree(thread) ? 0 : FULL);
  }

  /** What a lost thread had to do is done here; but nobody knows how far it was with the parts of a file. */
  #doAgain(thread: WorkThread<O>, { order, pin }: Waiting<O>, error: unknown): Promise<unknown> {
    if (!thread.isLost) throw error;
    this.#threads = this.#threads.filter((other) => other !== thread);
    if (pin !== undefined) throw error;
    return this.#ownThread().do(order);
  }

  #ended(): void {
    this.#feed();
    this.#stopLater();
  }

  /** Not while a file is half read: only its thread knows how far it is. */
  #stopLater(): void {
    clearTimeout(this.#idleTimer);
    const isBusy = this.#threads.some(({ outstanding }) => outstanding > 0) || [...this.#pins.values()].some((count) => count > 0);
    if (!isBusy) this.#idleTimer = setTimeout(() => void this.close(), IDLE_MS).unref();
  }
}

function isFree({ outstanding }: WorkThread<Order>): boolean {
  return outstanding < ORDERS_PER_THREAD;
}
