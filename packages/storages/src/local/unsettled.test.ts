import { lstatSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freshRoot } from '../fresh-root.test.support.ts';
import { unsettledMs } from './unsettled.ts';

test('a big file is left alone until it has not changed for a moment, whatever its mtime says', () => {
  const root = freshRoot();
  writeFileSync(join(root, 'big'), Buffer.alloc(2 << 20));
  utimesSync(join(root, 'big'), 1, 1);
  const { ctimeMs } = lstatSync(join(root, 'big'));
  expect(unsettledMs(root, 'big', ctimeMs + 10)).toBe(50);
  expect(unsettledMs(root, 'big', ctimeMs + 60)).toBe(0);
  expect(unsettledMs(root, 'big', ctimeMs - 10_000)).toBe(0);
});

test('small files, folders and what is gone or unreachable are never waited for', () => {
  const root = freshRoot();
  writeFileSync(join(root, 'small'), 'x');
  mkdirSync(join(root, 'folder'));
  for (const path of ['small', 'folder', 'gone', 'small/below']) {
    expect(unsettledMs(root, path, lstatSync(root).ctimeMs)).toBe(0);
  }
});
