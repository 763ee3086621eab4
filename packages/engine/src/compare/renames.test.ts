import { describe, expect, it } from 'vitest';
import type { Entry } from '../model/entry.ts';
import { type Displaced, displacedIn, hashCandidates, inferFolders, matchByHash, matchById } from './renames.ts';

const file = (path: string, extra: Partial<Entry> = {}): Entry => ({ path, kind: 'file', size: 5, mtimeMs: 0, ...extra });
const folder = (path: string, extra: Partial<Entry> = {}): Entry => ({ path, kind: 'folder', size: 0, mtimeMs: 0, ...extra });

/** new path ← old path */
function shown(pairs: ReadonlyMap<string, Entry>): Record<string, string> {
  return Object.fromEntries([...pairs].map(([to, row]) => [to, row.path]));
}

function change(last: readonly Entry[], now: readonly Entry[]): Displaced {
  const paths = [...last, ...now].map((entry) => entry.path);
  const present = new Map(now.map((entry) => [entry.path, entry]));
  return displacedIn(new Map(last.map((row) => [row.path, row])), new Map(paths.map((path) => [path, present.get(path)])));
}

describe('what left its path and what came to one', () => {
  it('an edited file did neither', () => {
    expect(change([file('a', { id: '1' })], [file('a', { id: '1', size: 9 })])).toEqual({ gone: [], arrived: [] });
  });

  it('without identities a file that changed in place did neither', () => {
    expect(change([file('a')], [file('a', { size: 9 })])).toEqual({ gone: [], arrived: [] });
  });

  it('a path that was reused did both', () => {
    const [before, after] = [file('a', { id: '1' }), file('a', { id: '2' })];
    expect(change([before], [after])).toEqual({ gone: [before], arrived: [after] });
  });

  it('so did one that changed its kind', () => {
    const [before, after] = [file('a', { id: '1' }), folder('a', { id: '1' })];
    expect(change([before], [after])).toEqual({ gone: [before], arrived: [after] });
  });
});

describe('by identity', () => {
  it('a rename is seen although the content was edited as well', () => {
    expect(shown(matchById(change([file('a', { id: '1' })], [file('b', { id: '1', size: 99 })])))).toEqual({ b: 'a' });
  });

  it('swaps, and folders with what is in them', () => {
    const last = [file('a', { id: '1' }), file('b', { id: '2' }), folder('d', { id: '3' }), file('d/x', { id: '4' })];
    const now = [file('a', { id: '2' }), file('b', { id: '1' }), folder('e', { id: '3' }), file('e/x', { id: '4' })];
    expect(shown(matchById(change(last, now)))).toEqual({ a: 'b', b: 'a', e: 'd', 'e/x': 'd/x' });
  });

  it('of hard links the first takes the identity, the others are new files', () => {
    expect(shown(matchById(change([file('a', { id: '1' })], [file('b', { id: '1' }), file('c', { id: '1' })])))).toEqual({ b: 'a' });
  });

  it('a new hard link beside the old path is no rename', () => {
    expect(shown(matchById(change([file('a', { id: '1' })], [file('a', { id: '1' }), file('b', { id: '1' })])))).toEqual({});
  });

  it('an identity on another kind of thing is not the same thing', () => {
    expect(shown(matchById(change([file('a', { id: '1' })], [folder('b', { id: '1' })])))).toEqual({});
    expect(shown(matchById(change([file('a', { id: '1' })], [folder('a', { id: '1' })])))).toEqual({});
  });

  it('what has no identity is not paired', () => {
    expect(shown(matchById(change([file('a')], [file('b')])))).toEqual({});
  });
});

describe('by content', () => {
  const byHash = (last: readonly Entry[], now: readonly Entry[]): Record<string, string> =>
    shown(matchByHash(change(last, now), new Map()));

  it('equal content moved', () => {
    expect(byHash([file('a', { hash: 'x' })], [file('dir/b', { hash: 'x' })])).toEqual({ 'dir/b': 'a' });
    expect(byHash([file('a', { hash: 'x' })], [file('b', { hash: 'y' })])).toEqual({});
  });

  it('among equals the same name wins, then the same folder, then the order', () => {
    const last = [file('d/a', { hash: 'x' }), file('d/b', { hash: 'x' }), file('e/c', { hash: 'x' })];
    expect(byHash(last, [file('f/b', { hash: 'x' })])).toEqual({ 'f/b': 'd/b' });
    expect(byHash(last, [file('e/z', { hash: 'x' })])).toEqual({ 'e/z': 'e/c' });
    expect(byHash(last, [file('f/z', { hash: 'x' })])).toEqual({ 'f/z': 'd/a' });
  });

  it('each old file is used once', () => {
    expect(byHash([file('a', { hash: 'x' })], [file('b', { hash: 'x' }), file('c', { hash: 'x' })])).toEqual({ b: 'a' });
  });

  it('empty files and folders all look alike and mean nothing', () => {
    expect(byHash([file('a', { size: 0, hash: 'x' })], [file('b', { size: 0, hash: 'x' })])).toEqual({});
    expect(byHash([folder('a', { hash: 'x' })], [folder('b', { hash: 'x' })])).toEqual({});
  });

  it('a file that was saved anew in its place did not move', () => {
    const last = [file('a', { id: '1', hash: 'x' })];
    expect(byHash(last, [file('a', { id: '2', hash: 'y' }), file('b', { id: '3', hash: 'x' })])).toEqual({});
    expect(byHash([file('a', { id: '1', hash: 'x' }), file('b', { hash: 'y' })], [file('a', { id: '2', hash: 'y' })])).toEqual({});
  });

  it('takes nothing that identity has taken', () => {
    const displaced = change([file('a', { id: '1', hash: 'x' })], [file('b', { id: '1', hash: 'x' }), file('c', { id: '2', hash: 'x' })]);
    expect(shown(matchByHash(displaced, matchById(displaced)))).toEqual({});
  });

  it('only files of a size that went missing are worth hashing', () => {
    const last = [file('a', { size: 5, hash: 'x' }), file('b', { size: 6 }), file('e', { size: 0, hash: 'z' })];
    const now = [file('c', { size: 5 }), file('d', { size: 6 }), file('f', { size: 7 }), file('g', { size: 0 })];
    expect(hashCandidates(change(last, now), new Map()).map((entry) => entry.path)).toEqual(['c']);
    const paired = new Map([['c', last[0] as Entry]]);
    expect(hashCandidates(change(last, now), paired)).toEqual([]);
  });
});

describe('folders that only their files tell of', () => {
  const infer = (last: readonly Entry[], now: readonly Entry[]): Record<string, string> => {
    const displaced = change(last, now);
    return shown(inferFolders(displaced, matchByHash(displaced, matchById(displaced))));
  };
  const hashed = (path: string): Entry => file(path, { hash: path.slice(path.lastIndexOf('/') + 1) });

  it('a folder whose files all went into one new folder was renamed', () => {
    expect(infer([folder('d'), hashed('d/a'), hashed('d/b')], [folder('e'), hashed('e/a'), hashed('e/b')])).toEqual({
      e: 'd',
      'e/a': 'd/a',
      'e/b': 'd/b',
    });
  });

  it('half of its children are enough, fewer are not', () => {
    const last = [folder('d'), hashed('d/a'), hashed('d/b')];
    expect(infer(last, [folder('e'), hashed('e/a')])).toMatchObject({ e: 'd' });
    expect(infer([...last, hashed('d/c')], [folder('e'), hashed('e/a')])).toEqual({ 'e/a': 'd/a' });
  });

  it('a folder of folders follows from the deepest up', () => {
    const last = [folder('d'), folder('d/s'), hashed('d/s/a')];
    expect(infer(last, [folder('e'), folder('e/s'), hashed('e/s/a')])).toEqual({ e: 'd', 'e/s': 'd/s', 'e/s/a': 'd/s/a' });
  });

  it('files that went to an old folder, or under other names, say nothing of theirs', () => {
    const last = [folder('d'), hashed('d/a'), folder('old')];
    expect(infer(last, [folder('old'), hashed('old/a')])).toEqual({ 'old/a': 'd/a' });
    expect(infer([folder('d'), hashed('d/a')], [folder('e'), file('e/z', { hash: 'a' })])).toEqual({ 'e/z': 'd/a' });
  });

  it('a new folder is the new name of one folder only', () => {
    const last = [folder('d'), hashed('d/a'), folder('f'), hashed('f/b')];
    expect(Object.values(infer(last, [folder('e'), hashed('e/a'), hashed('e/b')])).filter((from) => !from.includes('/'))).toEqual(['d']);
  });

  it('an empty folder cannot be told from another', () => {
    expect(infer([folder('d')], [folder('e')])).toEqual({});
  });
});
