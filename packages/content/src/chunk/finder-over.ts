import { canRunKernel, KernelFinder } from './kernel-finder.ts';
import { PlainFinder } from './plain-finder.ts';
import type { FinderOptions, PositionFinder } from './position-finder.ts';

/** The fastest finder that this machine can run, over memory from `kernelMemory`. */
export function finderOver(memory: WebAssembly.Memory, options: FinderOptions): PositionFinder {
  return canRunKernel() ? new KernelFinder(memory, options) : new PlainFinder(new Uint8Array(memory.buffer), options);
}
