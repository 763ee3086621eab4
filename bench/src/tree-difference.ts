import { closeSync, lstatSync, openSync, readdirSync, readSync, type Stats } from 'node:fs';
import { join } from 'node:path';

/** What CloudSync keeps in a folder for itself. */
const OWN_NAMES = new Set(['.sync_trash', '.sync_state']);
const BLOCK_BYTES = 1 << 20;

/**
 * The first way in which two folders differ, in words, or undefined when they hold the same names, kinds, contents,
 * permission bits and (to the second) mtimes. Folders' own mtimes do not count: not every tool keeps them.
 */
export function treeDifference(a: string, b: string): string | undefined {
  const names = (folder: string): string[] =>
    readdirSync(folder)
      .filter((name) => !OWN_NAMES.has(name))
      .sort();
  const namesOfA = names(a);
  const namesOfB = names(b);
  for (const [index, name] of namesOfA.entries()) {
    if (namesOfB[index] !== name) return `${a} and ${b} do not hold the same names, from ${name} on`;
    const difference = entryDifference(join(a, name), join(b, name));
    if (difference !== undefined) return difference;
  }
  return namesOfB.length > namesOfA.length ? `${b} holds more names than ${a}` : undefined;
}

function entryDifference(a: string, b: string): string | undefined {
  const statsOfA = lstatSync(a);
  const statsOfB = lstatSync(b);
  if (statsOfA.isDirectory() && statsOfB.isDirectory()) return treeDifference(a, b);
  if (statsOfA.mode !== statsOfB.mode) return `${b} has another kind or other permission bits than ${a}`;
  if (Math.floor(statsOfA.mtimeMs / 1000) !== Math.floor(statsOfB.mtimeMs / 1000)) return `${b} has another mtime than ${a}`;
  if (statsOfA.size !== statsOfB.size || !sameContent(a, b, statsOfA)) return `${b} has other content than ${a}`;
  return undefined;
}

const blocks: [Buffer, Buffer] = [Buffer.alloc(BLOCK_BYTES), Buffer.alloc(BLOCK_BYTES)];

function sameContent(a: string, b: string, { size }: Stats): boolean {
  const files = [openSync(a, 'r'), openSync(b, 'r')] as const;
  try {
    for (let position = 0; position < size; position += BLOCK_BYTES) {
      const [lengthOfA, lengthOfB] = [0, 1].map((side) => readSync(files[side as 0 | 1], blocks[side as 0 | 1], 0, BLOCK_BYTES, position));
      if (lengthOfA !== lengthOfB || blocks[0].compare(blocks[1], 0, lengthOfB, 0, lengthOfA) !== 0) return false;
    }
    return true;
  } finally {
    for (const file of files) closeSync(file);
  }
}
