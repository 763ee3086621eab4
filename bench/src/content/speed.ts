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

/** GB/s of reading a file, cutting it and hashing its chunks in so many threads, a part of the file each; the best of several rounds. */
export async function measureHashing(
  path: string,
  bytes: number,
  { threads, rounds }: { threads: number; rounds: number },
): Promise<number> {
  const workers = Array.from({ length: threads }, () => new Worker(new URL('./hash-chunks-worker.ts', import.meta.url)));
  const ask = (worker: Worker, range: FileRange): Promise<unknown> =>
    new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.postMessage(range);
    });
  const partBytes = Math.ceil(bytes / threads);
  const speeds: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const started = performance.now();
    await Promise.all(workers.map((worker, at) => ask(worker, { path, from: at * partBytes, to: Math.min(bytes, (at + 1) * partBytes) })));
    // The first round starts the threads and warms the file.
    if (round > 0) speeds.push(bytes / (performance.now() - started) / 1e6);
  }
  await Promise.all(workers.map((worker) => worker.terminate()));
  return Math.max(...speeds);
}
