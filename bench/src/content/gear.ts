import type { ChunkerParams } from '@cloudsync/content';

/**
 * What the chunker is compared with: FastCDC with a gear hash (Xia et al., USENIX ATC 2016), normalised at level 2, 32-bit state. Its
 * table is made by xorshift from a fixed seed.
 * @returns where the chunks of `bytes` end
 */
export function gearCuts(bytes: Uint8Array, { minimum, average, maximum }: ChunkerParams): number[] {
  const bits = Math.log2(average);
  const [strict, loose] = [highBits(bits + 2), highBits(bits - 2)];
  const ends: number[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = Math.min(start + maximum, bytes.length);
    const middle = Math.min(start + average, end);
    let at = Math.min(start + minimum, end);
    let h = 0;
    let found = false;
    for (; at < middle && !found; at++) {
      h = ((h << 1) + (GEAR[bytes[at] as number] as number)) | 0;
      found = (h & strict) === 0;
    }
    for (; at < end && !found; at++) {
      h = ((h << 1) + (GEAR[bytes[at] as number] as number)) | 0;
      found = (h & loose) === 0;
    }
    ends.push(at);
    start = at;
  }
  return ends;
}

const GEAR = gearTable();

function gearTable(): Int32Array {
  let state = 0x9e3779b9;
  return Int32Array.from({ length: 256 }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state;
  });
}

function highBits(count: number): number {
  return -(2 ** (32 - count)) | 0;
}
