/** The numbers that decide where chunks end. Whoever does not know them cannot tell a file's cuts from its content. */
export interface ChunkerConstants {
  /** First stage: three odd 16-bit numbers. */
  readonly multipliers: readonly [number, number, number];
  /** Second stage: a 64-bit number, and four odd ones. */
  readonly start: bigint;
  readonly factors: readonly [bigint, bigint, bigint, bigint];
}

/** For stores without a key: digits of well-known hashes (golden ratio, xxHash's primes), nothing up the sleeve. */
export const PUBLIC_CONSTANTS: ChunkerConstants = {
  multipliers: [0x9e3b, 0x5a4d, 0xc2b3],
  start: 0x9e3779b185ebca87n,
  factors: [0xc2b2ae3d27d4eb4fn, 0x165667b19e3779f9n, 0x27d4eb2f165667c5n, 0x9e3779b185ebca87n],
};

/** So many bytes {@link constantsFromBytes} takes. */
export const CONSTANTS_BYTES = 46;

/** Constants from uniformly random bytes: five 64-bit numbers, three 16-bit ones, little-endian; what multiplies becomes odd. */
export function constantsFromBytes(bytes: Uint8Array): ChunkerConstants {
  if (bytes.length !== CONSTANTS_BYTES) throw new RangeError(`chunker constants are made of ${CONSTANTS_BYTES} bytes, not ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const factor = (index: number): bigint => view.getBigUint64(8 + 8 * index, true) | 1n;
  const multiplier = (index: number): number => view.getUint16(40 + 2 * index, true) | 1;
  return {
    start: view.getBigUint64(0, true),
    factors: [factor(0), factor(1), factor(2), factor(3)],
    multipliers: [multiplier(0), multiplier(1), multiplier(2)],
  };
}
