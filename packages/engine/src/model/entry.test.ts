import { describe, expect, it } from 'vitest';
import { type Entry, isUntouched, otherSide } from './entry.ts';

const file: Entry = { path: 'a', kind: 'file', size: 3, mtimeMs: 1000.001, mode: 0o644, id: '7', version: '1' };
const folder: Entry = { path: 'a', kind: 'folder', size: 0, mtimeMs: 1000, mode: 0o755, id: '7' };

describe('the quick check', () => {
  it('clears a file that nothing happened to, whatever is known of its content', () => {
    expect(isUntouched({ ...file, hash: 'abc' }, file)).toBe(true);
  });

  it.each<[string, Partial<Entry>]>([
    ['size', { size: 4 }],
    ['a microsecond of mtime', { mtimeMs: 1000.002 }],
    ['ctime alone: an edit of the same size with its mtime set back', { version: '2' }],
    ['inode', { id: '8' }],
    ['permission bits', { mode: 0o755 }],
    ['kind', { kind: 'symlink' }],
  ])('sees a change of %s', (_what, change) => {
    expect(isUntouched(file, { ...file, ...change })).toBe(false);
  });

  it('a folder is untouched while only its content changes', () => {
    expect(isUntouched(folder, { ...folder, mtimeMs: 2000, version: '9', size: 4096 })).toBe(true);
    expect(isUntouched(folder, { ...folder, mode: 0o700 })).toBe(false);
    expect(isUntouched(folder, { ...folder, id: '8' })).toBe(false);
  });
});

it('a pair has two sides', () => {
  expect([otherSide('source'), otherSide('destination')]).toEqual(['destination', 'source']);
});
