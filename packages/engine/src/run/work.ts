import type { SyncPauseController } from './pause-controller.ts';

/** Runs tasks with a bound on how many run at once; none starts while paused, none after a cancel. Tasks do not throw. */
export async function runBounded<T>(
  items: Iterable<T>,
  task: (item: T) => Promise<void>,
  bound: { atOnce: number; pause: SyncPauseController },
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const lane = async (): Promise<void> => {
    for (;;) {
      if (bound.pause.paused) await bound.pause.whenRunning();
      if (bound.pause.cancelled) return;
      const next = iterator.next();
      if (next.done) return;
      await task(next.value);
    }
  };
  await Promise.all(Array.from({ length: bound.atOnce }, lane));
}
