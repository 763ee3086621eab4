import { Worker } from 'node:worker_threads';
import { DEFAULT_CHUNKER } from '@cloudsync/content';
import { PUBLIC_CONSTANTS } from '@cloudsync/content/chunk/chunker-constants';
import { Cutter } from '@cloudsync/content/chunk/cutter';
import { KernelFinder, kernelMemory } from '@cloudsync/content/chunk/kernel-finder';
import { PlainFinder } from '@cloudsync/content/chunk/plain-finder';
import type { PositionFinder } from '@cloudsync/content/chunk/position-finder';
import { gearCuts } from './gear.ts';
import type { FileRange } from './hash-chunks-worker.ts';
import { noise } from './samples.ts';

const OPTIONS = { params: DEFAULT_CHUNKER, constants: PUBLIC_CONSTANTS };
/** As much as threads of an ingest look at in one go. */
const WINDOW_BYTES = 4 << 20;
const PAGE_BYTES = 1 << 16;

/** GB/s by the clock, and of the processor time that it took: they differ when others want the processor too. */
export interface Speed {
  readonly clock: number;
  /** Of one core. */
  readonly processor: number;
}

/** GB/s of one core, the median of several rounds, over bytes that lie in memory already. */
export interface CutSpeeds {
  /** As ingests use it: over a few MiB that were just read. */
  readonly kernel: number;
  readonly kernelInLargeMemory: number;
  readonly twin: number;
  readonly gear: number;
}

export function measureCutting(largeBytes: number, rounds: number): CutSpeeds {
  const window = noise('speed', WINDOW_BYTES);
  const plain = new Uint8Array(2 * PAGE_BYTES + WINDOW_BYTES);
  return {
    kernel: speedOf(kernelOver(window, WINDOW_BYTES), WINDOW_BYTES, 20 * rounds),
    kernelInLargeMemory: speedOf(kernelOver(window, largeBytes), largeBytes, rounds),
    twin: speedOf(filled(new PlainFinder(plain, OPTIONS), window, WINDOW_BYTES), WINDOW_BYTES, rounds),
    gear: median(rounds, () => gearCuts(window, DEFAULT_CHUNKER), WINDOW_BYTES),
  };
}

function kernelOver(window: Uint8Array, bytes: number): PositionFinder {
  return filled(new KernelFinder(kernelMemory(2 * PAGE_BYTES + bytes), OPTIONS), window, bytes);
}

function filled(finder: PositionFinder, window: Uint8Array, bytes: number): PositionFinder {
  for (let at = 0; at < bytes; at += window.length) finder.memory.set(window.subarray(0, bytes - at), PAGE_BYTES + at);
  return finder;
}

function speedOf(finder: PositionFinder, bytes: number, rounds: number): number {
  const cutter = new Cutter(DEFAULT_CHUNKER, finder);
  const end = PAGE_BYTES + bytes;
  const cutAll = (): void => {
    for (let at = PAGE_BYTES; at < end; ) at += cutter.chunkLength(at, end) ?? end - at;
  };
  return median(rounds, cutAll, bytes);
}

function median(rounds: number, work: () => unknown, bytes: number): number {
  work();
  const speeds = Array.from({ length: rounds }, () => {
    const started = performance.now();
    work();
    return bytes / (performance.now() - started) / 1e6;
  });
  return speeds.sort((a, b) => a - b)[Math.floor(rounds / 2)] as number;
}

/** Reads a file, cuts it and hashes its chunks in so many threads, a part of the file each; the best of several rounds. */
export async function measureHashing(
  path: string,
  bytes: number,
  { threads, rounds }: { threads: number; rounds: number },
): Promise<Speed> {
  const workers = Array.from({ length: threads }, () => new Worker(new URL('./hash-chunks-worker.ts', import.meta.url)));
  const partBytes = Math.ceil(bytes / threads);
  const all = (): Promise<unknown> =>
    Promise.all(workers.map((worker, at) => ask(worker, { path, from: at * partBytes, to: Math.min(bytes, (at + 1) * partBytes) })));
  // The first round starts the threads and warms the file.
  await all();
  const speeds: Speed[] = [];
  for (let round = 0; round < rounds; round++) speeds.push(await speedDuring(bytes, all));
  await Promise.all(workers.map((worker) => worker.terminate()));
  return speeds.reduce((a, b) => (b.clock > a.clock ? b : a));
}

/** How fast `work` moves so many bytes with this process. */
export async function speedDuring(bytes: number, work: () => Promise<unknown>): Promise<Speed> {
  const started = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { clock: bytes / (performance.now() - started) / 1e6, processor: bytes / (user + system) / 1e3 };
}

function ask(worker: Worker, range: FileRange): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  worker.once('message', resolve);
  worker.once('error', reject);
  worker.postMessage(range);
  return promise;
}
