import { hash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { DEFAULT_CHUNKER } from '@cloudsync/content';
import { PUBLIC_CONSTANTS } from '@cloudsync/content/chunk/chunker-constants';
import { Cutter } from '@cloudsync/content/chunk/cutter';
import { KernelFinder, kernelMemory } from '@cloudsync/content/chunk/kernel-finder';

/** Bytes of a file. */
export interface FileRange {
  readonly path: string;
  readonly from: number;
  readonly to: number;
}

const WINDOW_BYTES = 4 << 20;
/** Before the window: the beginning of a chunk that the window before held. */
const WINDOW_START = DEFAULT_CHUNKER.maximum;

const finder = new KernelFinder(kernelMemory(WINDOW_START + WINDOW_BYTES + 4096), { params: DEFAULT_CHUNKER, constants: PUBLIC_CONSTANTS });
const cutter = new Cutter(DEFAULT_CHUNKER, finder);
const { memory } = finder;

/** Reads, cuts and hashes chunk by chunk. @returns how many chunks there are */
function hashChunks({ path, from, to }: FileRange): number {
  const file = openSync(path, 'r');
  let [chunks, open] = [0, 0];
  for (let at = from; at < to; ) {
    const read = readSync(file, memory, WINDOW_START, Math.min(WINDOW_BYTES, to - at), at);
    at += read;
    const end = WINDOW_START + read;
    let start = WINDOW_START - open;
    for (let length = cutter.chunkLength(start, end, open); length !== undefined; length = cutter.chunkLength(start, end)) {
      hash('sha256', memory.subarray(start, start + length), 'buffer');
      start += length;
      chunks++;
    }
    open = end - start;
    memory.copyWithin(WINDOW_START - open, start, end);
  }
  closeSync(file);
  return chunks + (open > 0 ? 1 : 0);
}

parentPort?.on('message', (range: FileRange) => parentPort?.postMessage(hashChunks(range)));
