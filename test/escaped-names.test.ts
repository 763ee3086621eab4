import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';

const NAMES = ['dir\\', 'dir\t', 'dir\n', 'dir"', 'dir\ud83d'];

/** The paths that the engine reads in these heads, in a world in which nothing was parsed before. */
function pathsOf(code: string, heads: readonly string[]): string[] {
  const script = code.replaceAll(/^export /gm, '');
  return [...(runInNewContext(`${script}\n;${JSON.stringify(heads)}.map((head) => decodeHead(head).path)`) as string[])];
}

/*
 * JSON.parse of Node 24 (V8 13.6) guesses the next key of an object from the objects before it, and compares an escaped key
 * with the guess by its raw text: after {"dir\\":1} it reads {"dir\t":1} as the former. So paths are no keys for us.
 */
it('names that JSON escapes are never taken for each other', () => {
  const code = readFileSync(fileURLToPath(import.meta.resolve('@cloudsync/engine/model/row')), 'utf8');
  const heads = NAMES.map((name) => `${JSON.stringify(name)}:{"is_dir":false,"size":1,"mtime":0`);
  expect(pathsOf(code, heads)).toEqual(NAMES);
});
