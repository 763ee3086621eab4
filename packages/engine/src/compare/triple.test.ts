import { describe, expect, it } from 'vitest';
import type { Entry } from '../model/entry.ts';
import { changeOf, changeOn } from './triple.ts';

const file: Entry = { path: 'a', kind: 'file', size: 3, mtimeMs: 1000, mode: 0o644, id: '7', version: '1', hash: 'x' };
const folder: Entry = { path: 'a', kind: 'folder', size: 0, mtimeMs: 1000, mode: 0o755, id: '7' };
const link: Entry = { path: 'a', kind: 'symlink', size: 0, mtimeMs: 1000, target: 'b' };
const without = (entry: Entry, change: Partial<Entry> = {}): Entry => ({ ...entry, hash: undefined, ...change });

describe('what happened to a path on one side', () => {
  it.each<[string, Entry | undefined, Entry | undefined, string]>([
    ['never there', undefined, undefined, 'none'],
    ['new', undefined, file, 'created'],
    ['gone', file, undefined, 'deleted'],
    ['the same file', file, file, 'none'],
    ['another kind', file, folder, 'modified'],
    ['a folder, whatever its attributes', folder, { ...folder, mode: 0o700, mtimeMs: 2000, id: '8' }, 'none'],
    ['a symlink to the same place, made anew', link, { ...link, mtimeMs: 5, id: '9' }, 'none'],
    ['a symlink to another place', link, { ...link, target: 'c' }, 'modified'],

    ['another size', file, { ...file, size: 4 }, 'modified'],
    ['the same hash, touched', file, { ...file, mtimeMs: 2000, version: '2' }, 'none'],
    ['another hash with every stamp set back', file, { ...file, hash: 'y' }, 'modified'],

    ['no hash, nothing moved', without(file), without(file), 'none'],
    ['no hash, a microsecond later', without(file), without(file, { mtimeMs: 1000.001 }), 'modified'],
    ['no hash, earlier', without(file), without(file, { mtimeMs: 1 }), 'modified'],
    ['no hash, only the version moved', without(file), without(file, { version: '2' }), 'modified'],
    ['no hash, the version moved by a chmod', without(file), without(file, { version: '2', mode: 0o600 }), 'none'],
    ['a hash on one side only says nothing', file, without(file, { mtimeMs: 1001 }), 'modified'],
  ])('%s', (_what, last, now, change) => {
    expect(changeOf(last, now)).toBe(change);
  });

  it('a side is compared with its own last state, not with the other’s', () => {
    const triple = {
      path: 'a',
      last: { source: without(file), destination: without(file, { mtimeMs: 2000 }) },
      source: without(file),
      destination: without(file, { mtimeMs: 2000 }),
    };
    expect([changeOn('source', triple), changeOn('destination', triple)]).toEqual(['none', 'none']);
    expect(changeOn('source', { ...triple, source: triple.destination })).toBe('modified');
    expect(changeOn('destination', { ...triple, last: undefined })).toBe('created');
  });
});
