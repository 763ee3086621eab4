import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BandwidthLimit } from './bandwidth.ts';
import type { Environment } from './environment.ts';

/** Time that passes only while somebody sleeps; sleepers wake in order. */
class VirtualClock implements Environment {
  #nowMs = 1_000_000;
  readonly #sleepers: { readonly atMs: number; readonly wake: () => void }[] = [];
  readonly now = (): number => this.#nowMs;
  readonly random = (): number => 0.5;
  readonly sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((wake, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      this.#sleepers.push({ atMs: this.#nowMs + ms, wake });
    });

  /** Lets time pass until the task is done. @returns how long it took */
  async during(task: Promise<unknown>): Promise<number> {
    const startMs = this.#nowMs;
    let isDone = false;
    const done = task.finally(() => {
      isDone = true;
    });
    done.catch(() => undefined);
    while (!isDone) {
      for (let turn = 0; turn < 20; turn++) await undefined;
      const next = this.#sleepers.sort((a, b) => a.atMs - b.atMs).shift();
      if (next === undefined) continue;
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.wake();
    }
    await done;
    return this.#nowMs - startMs;
  }
}

async function* chunksOf(sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const size of sizes) yield Uint8Array.from({ length: size }, () => at++ % 251);
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all;
}

describe('a bandwidth limit', () => {
  it('passes every byte on, in order, in bursts of a quarter of a second at most', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(3000), { maxLength: 6 }), fc.integer({ min: 1000, max: 20_000 }), async (sizes, bytesPerSecond) => {
        const clock = new VirtualClock();
        const pieces: Uint8Array[] = [];
        await clock.during(collect(new BandwidthLimit(bytesPerSecond, clock).limit(chunksOf(sizes))).then((all) => pieces.push(...all)));
        const whole = (await collect(chunksOf(sizes))).flatMap((chunk) => [...chunk]);
        expect(pieces.flatMap((piece) => [...piece])).toEqual(whole);
        for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(Math.ceil(bytesPerSecond / 4));
      }),
      { numRuns: 50 },
    );
  });

  it('takes as long as it should, but for the first burst', async () => {
    const clock = new VirtualClock();
    const took = await clock.during(collect(new BandwidthLimit(1000, clock).limit(chunksOf([10_000]))));
    expect(took).toBe(9750);
  });

  it('holds for all transfers of a direction together', async () => {
    const clock = new VirtualClock();
    const limit = new BandwidthLimit(1000, clock);
    const took = await clock.during(Promise.all([1, 2, 3, 4].map(() => collect(limit.limit(chunksOf([2500]))))));
    expect(took).toBe(9750);
  });

  it('what was not used is not saved up', async () => {
    const clock = new VirtualClock();
    const limit = new BandwidthLimit(1000, clock);
    await clock.during(collect(limit.limit(chunksOf([1000]))));
    await clock.during(clock.sleep(60_000));
    expect(await clock.during(collect(limit.limit(chunksOf([10_000]))))).toBe(9750);
  });

  it('less than a byte a burst still gets through', async () => {
    const clock = new VirtualClock();
    expect(await clock.during(collect(new BandwidthLimit(1, clock).limit(chunksOf([4]))))).toBe(3000);
  });

  it('a cancel ends the wait', async () => {
    const clock = new VirtualClock();
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const task = collect(new BandwidthLimit(10, clock).limit(chunksOf([1000]), controller.signal));
    const cancelling = clock.sleep(100).then(() => controller.abort(reason));
    await expect(clock.during(Promise.all([task, cancelling]))).rejects.toBe(reason);
  });
});
