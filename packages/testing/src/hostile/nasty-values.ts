/** What somebody puts where something else is expected. */
export const NASTY_VALUES: readonly unknown[] = [
  undefined,
  null,
  true,
  -1,
  0.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.MAX_SAFE_INTEGER,
  2 ** 53,
  -(2 ** 63),
  '',
  {},
  [],
  new Uint8Array(0),
  new Uint8Array(31),
  new Uint8Array(2 ** 20 + 1),
  'x'.repeat(100_000),
  { constructor: 1, toString: 2 },
];

/** Paths that would lead out of a workspace, or cannot be. */
export const NASTY_PATHS: readonly string[] = [
  '..',
  '.',
  '../../etc/passwd',
  'a/../../b',
  'a/./b',
  '/etc/passwd',
  '//x',
  'a//b',
  'a/',
  '/',
  'C:\\Windows',
  'a\0b',
  '\0',
  'a\ud800b',
  `${'d/'.repeat(2_000)}f`,
  'n'.repeat(256),
  'ü'.repeat(200),
];

/** Arrays and maps in each other. */
export function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

/**
 * The value with one part replaced: each step says which way to go down, and where the steps or the parts end the nasty thing is put.
 * `undefined` takes the part out.
 */
export function spoiled(value: unknown, steps: readonly number[], nasty: unknown): unknown {
  const [step, ...rest] = steps;
  if (step === undefined || value === null || typeof value !== 'object' || value instanceof Uint8Array) return nasty;
  const keys = Object.keys(value);
  const key = keys[step % Math.max(1, keys.length)];
  if (key === undefined) return nasty;
  if (Array.isArray(value)) return value.map((item, index) => (String(index) === key ? spoiled(item, rest, nasty) : item));
  const part = spoiled((value as Record<string, unknown>)[key], rest, nasty);
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, item]) => (name === key ? (part === undefined ? [] : [[name, part]]) : [[name, item]])),
  );
}

/** MessagePack that no honest program writes: lengths that are not there, depths, extensions, and text that is no text. */
export const MALFORMED: readonly Uint8Array[] = [
  [],
  [0xc1],
  [0xdd, 0xff, 0xff, 0xff, 0xff],
  [0xdf, 0xff, 0xff, 0xff, 0xff],
  [0xc6, 0xff, 0xff, 0xff, 0xff],
  [0xdb, 0xff, 0xff, 0xff, 0xff, 0x41],
  [0xc9, 0xff, 0xff, 0xff, 0xff, 0x72],
  [0x94, 0x01, 0x01],
  [0x94, 0x01, 0x01, 0xa4, 0xff, 0xfe, 0xc0, 0x80, 0x80],
  // Records, references, dates, errors and bundled strings of msgpackr's own.
  [0x94, 0x01, 0x01, 0xd4, 0x72, 0x40, 0x91, 0xa1, 0x61, 0x01],
  [0x92, 0x01, 0xd6, 0x69, 0x00, 0x00, 0x00, 0x01],
  [0x92, 0x01, 0xd6, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0x92, 0x01, 0xc7, 0x03, 0x65, 0x93, 0xa1, 0x61],
  [0x92, 0x01, 0xd6, 0x62, 0x7f, 0xff, 0xff, 0xff],
  [0x92, 0x01, 0xc7, 0x04, 0x78, 0x92, 0xa2, 0x28, 0x61],
].map((bytes) => Uint8Array.from(bytes));

/** Arrays within arrays, as many as a frame holds. */
export function deepBytes(depth: number): Uint8Array {
  return new Uint8Array(depth).fill(0x91);
}

/** An array of so many empty arrays: few bytes, many values. */
export function wideBytes(count: number): Uint8Array {
  const bytes = new Uint8Array(5 + count).fill(0x90);
  bytes[0] = 0xdd;
  new DataView(bytes.buffer).setUint32(1, count);
  return bytes;
}
