import { createHash } from 'node:crypto';

/** Bytes that look random and are the same everywhere: SHAKE-256 of the label. */
export function randomBytesOf(label: string, length: number): Uint8Array {
  return createHash('shake256', { outputLength: length }).update(label).digest();
}

/** The first `length` bytes of what `line` gives for 0, 1, 2 … */
export function textOf(length: number, line: (index: number) => string): Uint8Array {
  const lines: string[] = [];
  for (let index = 0, bytes = 0; bytes < length; index++) {
    const next = line(index);
    lines.push(next);
    bytes += next.length;
  }
  return Buffer.from(lines.join('')).subarray(0, length);
}

const MiB = 1 << 20;

/** One of each kind of content that cutters get wrong. */
export const SAMPLES: Readonly<Record<string, () => Uint8Array>> = {
  random: () => randomBytesOf('random', 2 * MiB),
  zeros: () => new Uint8Array(MiB + 1),
  'one byte value': () => new Uint8Array(MiB).fill(0xa5),
  'period of 7': () => textOf(MiB, () => 'abcdefg'),
  'period of 4,096': () => Buffer.concat(Array.from({ length: 256 }, () => randomBytesOf('page', 4096))),
  'two byte values': () => randomBytesOf('bits', 2 * MiB).map((byte) => byte & 1),
  text: () => textOf(2 * MiB, (i) => `${i}: the quick brown fox ${(i * 7919) % 1009} jumps over ${(i * 104729) % 631} lazy dogs\n`),
  records: () => {
    const bytes = new DataView(new ArrayBuffer(2 * MiB));
    for (let at = 0; at < bytes.byteLength; at += 16) {
      bytes.setUint32(at, at / 16, true);
      bytes.setUint32(at + 4, (at / 16) % 977, true);
      bytes.setUint16(at + 8, Math.imul(at, 2654435761) >>> 16, true);
    }
    return new Uint8Array(bytes.buffer);
  },
};
