import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface Sample {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const MiB = 2 ** 20;

/** The kinds of content that goals speak of. `bytes` each. */
export function everydaySamples(bytes: number): Sample[] {
  return [
    { name: 'random', bytes: noise('random', bytes) },
    { name: 'text (JavaScript of npm packages)', bytes: sourceText(bytes) },
    { name: 'binary (the node program)', bytes: readFileSync(process.execPath).subarray(0, bytes) },
    { name: 'CSV', bytes: csv(bytes) },
    { name: 'records of 16 bytes', bytes: records(bytes) },
  ];
}

/** Content that gives a cutter little to go by. */
export function poorSamples(bytes: number): Sample[] {
  const random = noise('poor', bytes);
  return [
    { name: 'zeros', bytes: new Uint8Array(bytes) },
    { name: 'period of 7 bytes', bytes: new Uint8Array(bytes).map((_, at) => 97 + (at % 7)) },
    { name: 'period of 1 MiB', bytes: new Uint8Array(bytes).map((_, at) => random[at % MiB] as number) },
    { name: 'two byte values', bytes: random.map((byte) => byte & 1) },
    { name: 'four byte values (DNA)', bytes: random.map((byte) => 'ACGT'.charCodeAt(byte & 3)) },
    { name: 'one byte in 64 not zero', bytes: random.map((byte, at) => (byte < 4 ? (random[(at * 7) % bytes] as number) : 0)) },
  ];
}

export function noise(label: string, bytes: number): Uint8Array {
  return createHash('shake256', { outputLength: bytes }).update(label).digest();
}

/** Whole numbers below `limit`, the same ones in every run. */
export function dice(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

function csv(bytes: number): Uint8Array {
  const roll = dice(7);
  const lines: string[] = [];
  for (let row = 0, length = 0; length < bytes; row++) {
    const line = `${row},${roll(1e6)},${roll(10_000) / 100},2026-11-${10 + (row % 20)},user${roll(1000)}\n`;
    lines.push(line);
    length += line.length;
  }
  return Buffer.from(lines.join('')).subarray(0, bytes);
}

/** A counter, a number that comes again, one that looks random, and zeros. */
function records(bytes: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(bytes));
  for (let at = 0; at + 16 <= bytes; at += 16) {
    view.setUint32(at, at / 16, true);
    view.setUint32(at + 4, (at / 16) % 977, true);
    view.setUint16(at + 8, Math.imul(at, 2654435761) >>> 16, true);
  }
  return new Uint8Array(view.buffer);
}

/** What is installed here, one file after another. */
function sourceText(bytes: number): Uint8Array {
  const modules = dirname(dirname(createRequire(import.meta.url).resolve('typescript/package.json')));
  const parts: Uint8Array[] = [];
  let length = 0;
  for (const name of readdirSync(modules, { recursive: true, encoding: 'utf8' }).sort()) {
    if (length >= bytes) break;
    if (!name.endsWith('.js') && !name.endsWith('.ts')) continue;
    const part = readFileSync(join(modules, name), { flag: 'r' });
    parts.push(part);
    length += part.length;
  }
  return Buffer.concat(parts).subarray(0, bytes);
}
