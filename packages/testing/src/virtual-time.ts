import { type Environment, SyncError } from '@cloudsync/engine';
import type { Random } from './random.ts';

interface Timer {
  readonly atMs: number;
  /** Timers of the same moment fire in the order they were set. */
  readonly order: number;
  readonly fire: () => void;
}

/** How many turns of the real event loop may pass with nothing to do in the virtual world before it counts as stuck. */
const IDLE_TURNS_MAX = 200;

export class StuckError extends Error {
  override readonly name = 'StuckError';
}

/**
 * The engine's clock, sleep and randomness without a real clock: time stands still while anything can run and then jumps
 * to the next timer, so an hour of backoff costs nothing and the same seed gives the same order of events.
 */
export class VirtualTime implements Environment {
  readonly #random: Random;
  #nowMs: number;
  #order = 0;
  /** A binary heap, the earliest first. */
  #timers: Timer[] = [];

  constructor(random: Random, startMs = Date.UTC(2026, 0, 1)) {
    this.#random = random;
    this.#nowMs = startMs;
  }

  readonly now = (): number => this.#nowMs;

  readonly random = (): number => this.#random.next();

  readonly sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(cancelled());
        return;
      }
      const onAbort = (): void => reject(cancelled());
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#push(ms, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
    });

  /** Lets everything else that can run go first, for up to `ms` of virtual time. */
  pass(ms: number): Promise<void> {
    return new Promise((resolve) => this.#push(ms, resolve));
  }

  /** Moves the clock while nothing runs. */
  advance(ms: number): void {
    this.#nowMs += ms;
  }

  /** Forgets every timer: what slept when its process died never wakes up. */
  clear(): void {
    this.#timers = [];
  }

  /**
   * Fires timers until the task is settled.
   * @param turns what counts as rest between two timers: `reactions`, when no promise reaction is left; `loop`, when what asked
   * for a turn of the real event loop (`setImmediate`) had it as well
   * @throws StuckError when the task waits for something that this clock does not own (a real timer, a promise nobody keeps)
   * @throws what was rejected meanwhile and nobody awaited
   */
  run<T>(task: Promise<T>, turns: 'reactions' | 'loop' = 'reactions'): Promise<T> {
    let settled = false;
    const settle = (): void => {
      settled = true;
    };
    task.then(settle, settle);
    return new Promise<T>((resolve, reject) => {
      let idle = 0;
      // A rejection that nobody awaits belongs to what runs here, and neither ends the process nor is anybody else's.
      let unhandled: { readonly reason: unknown } | undefined;
      const others = process.listeners('unhandledRejection');
      process.removeAllListeners('unhandledRejection');
      process.on('unhandledRejection', (reason) => {
        unhandled ??= { reason };
      });
      const end = (outcome: () => void): void => {
        process.removeAllListeners('unhandledRejection');
        for (const listener of others) process.on('unhandledRejection', listener);
        outcome();
      };
      const finish = (): void => {
        const failure = unhandled;
        end(() => (failure === undefined ? resolve(task) : reject(failure.reason)));
      };
      const turn = (): void => {
        if (settled) {
          // Node tells of unhandled rejections when nothing else is left to do in this turn of its loop.
          setImmediate(finish);
          return;
        }
        const timer = this.#pop();
        if (timer !== undefined) {
          idle = 0;
          this.#nowMs = Math.max(this.#nowMs, timer.atMs);
          timer.fire();
          // A tick that is asked for by a promise reaction runs when no reaction is left: the world has come to rest again.
          if (turns === 'loop') setImmediate(turn);
          else queueMicrotask(() => process.nextTick(turn));
        } else if (idle++ < IDLE_TURNS_MAX) {
          setImmediate(turn);
        } else {
          end(() => reject(new StuckError('it waits for something that never comes in virtual time')));
        }
      };
      process.nextTick(turn);
    });
  }

  #push(ms: number, fire: () => void): void {
    const timer = { atMs: this.#nowMs + Math.max(0, ms), order: this.#order++, fire };
    const heap = this.#timers;
    let at = heap.length;
    heap.push(timer);
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!isEarlier(timer, heap[above] as Timer)) break;
      heap[at] = heap[above] as Timer;
      at = above;
    }
    heap[at] = timer;
  }

  #pop(): Timer | undefined {
    const heap = this.#timers;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isEarlier(heap[below + 1] as Timer, heap[below] as Timer)) below++;
      if (!isEarlier(heap[below] as Timer, last)) break;
      heap[at] = heap[below] as Timer;
      at = below;
    }
    heap[at] = last;
    return first;
  }
}

function isEarlier(a: Timer, b: Timer): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

function cancelled(): SyncError {
  return new SyncError('sync/cancelled', 'cancelled while waiting');
}
