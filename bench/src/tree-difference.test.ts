import { createHash } from 'node:crypto';
import { appendFileSync, chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { treeDifference } from './tree-difference.ts';
import { editSmallFiles, insertByteIntoBigFile, makeBigFile, makeSmallFiles } from './trees.ts';

let scratch: string;
let a: string;
let b: string;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'cloudsync-bench-test-'));
  a = join(scratch, 'a');
  b = join(scratch, 'b');
  makeSmallFiles(a, { files: 201, size: 10 });
  cpSync(a, b, { recursive: true, preserveTimestamps: true });
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

const file = 'folder-00001/file-0000150.bin';

it('two copies are equal, whatever CloudSync keeps in them for itself', () => {
  mkdirSync(join(b, '.sync_trash'));
  expect(treeDifference(a, b)).toBeUndefined();
});

it.each<[string, () => void, string]>([
  ['a missing file', () => rmSync(join(b, file)), 'the same names'],
  ['a file too many', () => writeFileSync(join(b, 'zzz'), ''), 'more names'],
  ['other content of the same size', () => writeFileSync(join(b, file), '0123456789'), 'other'],
  ['a longer file', () => appendFileSync(join(b, file), 'x'), 'other'],
  ['another mtime', () => utimesSync(join(b, file), 1, 1), 'mtime'],
  ['other permission bits', () => chmodSync(join(b, file), 0o700), 'permission'],
])('%s is a difference', (_, change, message) => {
  change();
  expect(treeDifference(a, b)).toContain(message);
});

it('content is read: a changed byte shows even with the old mtime', () => {
  writeFileSync(join(b, file), '0123456789');
  cpSync(join(a, 'folder-00000'), join(b, 'folder-00000'), { recursive: true, preserveTimestamps: true });
  const seconds = Math.floor(Date.now() / 1000);
  for (const root of [a, b]) utimesSync(join(root, file), seconds, seconds);
  expect(treeDifference(a, b)).toContain('other content');
});

it('an edit changes every hundredth file', () => {
  expect(editSmallFiles(a, { files: 201, size: 10 }, 100)).toBe(3);
  expect(treeDifference(a, b)).toContain('file-0000000.bin');
});

it('inserting a byte moves the second half by one', () => {
  const size = 3_000_001;
  makeBigFile(a, size);
  const before = join(a, 'big.bin');
  cpSync(before, join(b, 'big.bin'), { preserveTimestamps: true });
  insertByteIntoBigFile(a);
  expect(contentAround(before, size)).toEqual(contentAround(join(b, 'big.bin'), size, 'x'));
});

function contentAround(path: string, size: number, inserted = ''): string {
  const content = readFileSync(path, 'latin1');
  const middle = Math.floor(size / 2);
  return createHash('sha256')
    .update(content.slice(0, middle) + inserted + content.slice(middle), 'latin1')
    .digest('hex');
}
