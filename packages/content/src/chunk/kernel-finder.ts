import type { ChunkerConstants } from './chunker-constants.ts';
import { KERNEL_WASM } from './kernel-wasm.js';
import { type FinderOptions, type Masks, masksFor, type PositionFinder } from './position-finder.ts';

/** What kernel/kernel.ts exports. 64-bit numbers pass as signed ones, which `BigInt.asUintN` does not care about. */
interface Kernel {
  setMultipliers(a: number, b: number, c: number): void;
  setFactors(start: bigint, a: bigint, b: bigint, c: bigint, d: bigint): void;
  setMasks(strict: bigint, loose: bigint): void;
  find(at: number, count: number, strictCount: number): number;
}

const PAGE_BYTES = 1 << 16;
const PAGES_MAX = 1 << 16;

/** Memory for a kernel, which threads share: each makes a {@link KernelFinder} of its own over it. Zeros at first. */
export function kernelMemory(bytes: number): WebAssembly.Memory {
  const pages = Math.ceil(bytes / PAGE_BYTES);
  return new WebAssembly.Memory({ initial: pages, maximum: PAGES_MAX, shared: true });
}

/** The SIMD kernel over memory from {@link kernelMemory}: 7 GB/s a core while the bytes are in the processor's cache. */
export class KernelFinder implements PositionFinder {
  readonly memory: Uint8Array;
  readonly #kernel: Kernel;

  constructor(memory: WebAssembly.Memory, { params, constants }: FinderOptions) {
    this.memory = new Uint8Array(memory.buffer);
    this.#kernel = new WebAssembly.Instance(kernelModule(), { env: { memory } }).exports as unknown as Kernel;
    configure(this.#kernel, constants, masksFor(params));
  }

  find(at: number, count: number, strictCount: number): number {
    return this.#kernel.find(at, count, strictCount);
  }
}

function configure(kernel: Kernel, { multipliers, start, factors }: ChunkerConstants, { strict, loose }: Masks): void {
  kernel.setMultipliers(...multipliers);
  kernel.setFactors(start, ...factors);
  kernel.setMasks(strict, loose);
}

let compiled: WebAssembly.Module | undefined;

/** Compiled once; less than a kilobyte, which browsers compile at once in their main thread too. */
function kernelModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(kernelBytes());
  return compiled;
}

function kernelBytes(): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(KERNEL_WASM), (character) => character.charCodeAt(0));
}

let isRunnable: boolean | undefined;

/** Whether this machine can run the kernel: WebAssembly with SIMD and threads. */
export function canRunKernel(): boolean {
  isRunnable ??= typeof WebAssembly === 'object' && WebAssembly.validate(kernelBytes());
  return isRunnable;
}
