import { expect, test } from 'vitest';
import { pairId } from './pair-id.ts';

test('an id reads like its folders', () => {
  expect(pairId('/home/ann/docs', '/media/usb/backup')).toMatch(/^docs-backup-[0-9a-f]{8}$/);
});

test('the same places give the same id; others, and the other direction, another', () => {
  const id = pairId('/a/docs', '/b/docs');
  expect(pairId('/a/docs', '/b/docs')).toBe(id);
  expect(new Set([id, pairId('/b/docs', '/a/docs'), pairId('/a/docs', '/c/docs')]).size).toBe(3);
});

test('an id is a plain file name whatever the folders are called', () => {
  for (const url of ['/', '/…', '/a\nb', '/..', `/${'x'.repeat(255)}`, 'C:\\Users\\Ann', 's3://bucket/prefix/', '/日本語', '/-rf']) {
    expect(pairId(url, url)).toMatch(/^[A-Za-z0-9][\w.-]{0,70}$/);
  }
});
