import { mkdirSync, openSync, readdirSync, readFileSync, rmdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SyncError } from '@cloudsync/engine';
import { expect, test } from 'vitest';
import { freshRoot, plant, run, smallDisk } from '../fresh-root.test.support.ts';
import { describeErrno } from './errno.ts';
import { toSyncError } from './sync-error.ts';

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    const described = describeErrno(error, 'some/path', 'write');
    expect(described.message).toMatch(/^cannot write "some\/path": .+; .+$/);
    expect(described.message).not.toContain('\n');
    return described.code;
  }
  throw new Error('it did not fail');
}

test('real failures of the system get the code that fits', () => {
  const root = plant(freshRoot(), { file: 'x', 'full/file': 'x' });
  symlinkSync('loop', join(root, 'loop'));
  expect(codeOf(() => readFileSync(join(root, 'gone')))).toBe('storage/not-found');
  expect(codeOf(() => readdirSync(join(root, 'file/below')))).toBe('storage/not-found');
  expect(codeOf(() => rmdirSync(join(root, 'full')))).toBe('storage/not-empty');
  expect(codeOf(() => mkdirSync(join(root, 'full')))).toBe('storage/changed');
  expect(codeOf(() => openSync(join(root, 'loop'), 'r'))).toBe('storage/changed');
  expect(codeOf(() => openSync(join(root, 'x'.repeat(256)), 'r'))).toBe('storage/too-long');
  expect(codeOf(() => writeFileSync('/dev/full', 'x'))).toBe('storage/no-space');
});

test('a read-only disk is storage/read-only', () => {
  const disk = smallDisk(64 * 1024);
  if (disk === undefined) return;
  run('mount', '-o', 'remount,ro', disk);
  expect(codeOf(() => writeFileSync(join(disk, 'f'), 'x'))).toBe('storage/read-only');
});

test('an error without an entry in the table may pass, and says what the system said', () => {
  const strange = Object.assign(new Error('EWEIRD: something new, write'), { code: 'EWEIRD', syscall: 'write' });
  expect(describeErrno(strange, '', 'flush')).toEqual({
    code: 'storage/io',
    message: 'cannot flush the folder: EWEIRD: something new, write; try again',
    retryable: true,
  });
});

test('only errors of the system become SyncErrors: a defect of ours stays what it is', () => {
  const defect = new TypeError('x is not a function');
  expect(toSyncError(defect, 'p', 'read')).toBe(defect);
  const known = new SyncError('storage/changed', 'm');
  expect(toSyncError(known, 'p', 'read')).toBe(known);
  const busy = Object.assign(new Error('EBUSY: x'), { code: 'EBUSY', syscall: 'open' });
  expect(toSyncError(busy, 'p', 'read')).toMatchObject({ code: 'storage/io', path: 'p', retryable: true, cause: busy });
});
