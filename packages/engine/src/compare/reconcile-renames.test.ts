import { describe, expect, it } from 'vitest';
import type { Entry, Side } from '../model/entry.ts';
import { ancestorsOf } from '../model/path.ts';
import { type ReconciledRenames, reconcileRenames } from './reconcile-renames.ts';

/*
 * Trees are written as `path: content`, a folder as `path: '/'`; what has the same content is the same thing, and an edit
 * is a `+` behind it.
 */
type Tree = Readonly<Record<string, string>>;

interface Options {
  readonly preferred?: Side | 'nobody';
  readonly refuses?: (side: Side, path: string, from: string) => string | undefined;
}

const plain = (content: string | undefined): string | undefined => content?.replace('+', '');

function reconcile(last: Tree, source: Tree, destination: Tree, { preferred = 'source', refuses }: Options = {}): ReconciledRenames {
  const trees = { source, destination };
  const entry = (tree: Tree, path: string): Entry | undefined => {
    const content = tree[path];
    if (content === undefined) return undefined;
    return { path, kind: content.startsWith('/') ? 'folder' : 'file', size: 1, mtimeMs: 0, id: plain(content) };
  };
  const pairsOf = (tree: Tree): Map<string, Entry> => {
    const oldPath = new Map(Object.entries(last).map(([path, content]) => [content, path]));
    const moved = Object.entries(tree).filter(([path, content]) => oldPath.has(plain(content) ?? '') && last[path] !== plain(content));
    return new Map(moved.map(([path, content]) => [path, entry(last, oldPath.get(plain(content) ?? '') ?? '') as Entry]));
  };
  return reconcileRenames({
    pairs: { source: pairsOf(source), destination: pairsOf(destination) },
    view: {
      now: (side, path) => entry(trees[side], path),
      isUntouched: (side, path) => trees[side][path] === last[path],
      isReplaced: (side, path) => plain(trees[side][path] ?? '') !== plain(last[path] ?? ''),
      refuses: (side, path, from) => refuses?.(side, path, from),
    },
    preferred: preferred === 'nobody' ? undefined : preferred,
  });
}

function stepsAt(side: Side, { steps }: ReconciledRenames): string[] {
  return steps[side].map(({ from, to }) => `${from} → ${to}`);
}

describe('a rename of one side', () => {
  it('is made on the other', () => {
    const renames = reconcile({ a: '1' }, { b: '1' }, { a: '1' });
    expect(stepsAt('destination', renames)).toEqual(['a → b']);
    expect(stepsAt('source', renames)).toEqual([]);
    expect(renames.last.map('a')).toBe('b');
    expect([renames.sides.source.map('a'), renames.sides.destination.map('a')]).toEqual(['a', 'b']);
  });

  it('is made although the file was edited on either side', () => {
    expect(stepsAt('destination', reconcile({ a: '1' }, { b: '1+' }, { a: '1' }))).toEqual(['a → b']);
    expect(stepsAt('destination', reconcile({ a: '1' }, { b: '1' }, { a: '1+' }))).toEqual(['a → b']);
  });

  it('of a folder is one step, also for what was put into it on the other side', () => {
    const renames = reconcile({ a: '/', 'a/x': '1' }, { b: '/', 'b/x': '1' }, { a: '/', 'a/x': '1', 'a/new': '2' });
    expect(stepsAt('destination', renames)).toEqual(['a → b']);
    expect(renames.sides.destination.map('a/new')).toBe('b/new');
    expect(renames.last.map('a/x')).toBe('b/x');
  });

  it('goes with the folder, and then to its own new name', () => {
    const renames = reconcile({ a: '/', 'a/x': '1' }, { b: '/', 'b/y': '1' }, { a: '/', 'a/x': '1' });
    expect(renames.last.map('a/x')).toBe('b/y');
    expect(stepsAt('destination', renames)).toHaveLength(2);
  });

  it('swaps and chains are made', () => {
    expect(stepsAt('destination', reconcile({ a: '1', b: '2' }, { a: '2', b: '1' }, { a: '1', b: '2' }))).toHaveLength(3);
    expect(stepsAt('destination', reconcile({ a: '1', b: '2' }, { b: '1', c: '2' }, { a: '1', b: '2' }))).toEqual(['b → c', 'a → b']);
  });

  it('into a folder that is new there, too', () => {
    expect(stepsAt('destination', reconcile({ a: '1' }, { n: '/new', 'n/m': '/newer', 'n/m/a': '1' }, { a: '1' }))).toEqual(['a → n/m/a']);
  });
});

describe('a rename that the other side cannot follow is a deletion and a new file', () => {
  it.each<[string, Tree, Tree, Tree]>([
    ['the file is gone there', { a: '1' }, { b: '1' }, {}],
    ['the name is taken by a new file', { a: '1' }, { b: '1' }, { a: '1', b: '2' }],
    ['the name is taken by a file that was edited there', { a: '1', b: '2' }, { b: '1' }, { a: '1', b: '2+' }],
    ['the name is taken by a folder', { a: '1', b: '/' }, { b: '1' }, { a: '1', b: '/' }],
    ['the name that was to be free is not', { a: '1', b: '2' }, { b: '1', c: '2' }, { a: '1', b: '2+', c: '3' }],
    ['something else is at its place there', { a: '1' }, { b: '1' }, { a: '/other' }],
    ['its new folder is a file there', { a: '1', d: '/' }, { d: '/', 'd/a': '1' }, { a: '1', d: '2' }],
    ['its new folder was deleted there', { a: '1', d: '/', 'd/x': '2' }, { 'e/d': '/', e: '/new', 'e/d/x/a': '1' }, { a: '1' }],
    ['it goes into itself', { a: '/' }, { a: '/new', 'a/b': '/' }, { a: '/' }],
  ])('%s', (_what, last, source, destination) => {
    const renames = reconcile(last, source, destination);
    expect(stepsAt('destination', renames)).not.toContainEqual(expect.stringMatching(/^a → /));
    expect(renames.last.map('a')).toBe('a');
    expect(renames.different).toEqual([]);
  });

  it('but the others are made', () => {
    const renames = reconcile({ a: '1', c: '3' }, { b: '1', d: '3' }, { a: '1', b: '2', c: '3' });
    expect(stepsAt('destination', renames)).toEqual(['c → d']);
  });
});

describe('a rename over a file', () => {
  it('replaces it on the other side when nobody touched it there', () => {
    const renames = reconcile({ a: '1', b: '2' }, { b: '1' }, { a: '1', b: '2' });
    expect(stepsAt('destination', renames)).toEqual(['a → b']);
    expect([...renames.overwritten.destination]).toEqual(['b']);
    expect(renames.last.map('a')).toBe('b');
  });

  it('in a chain only the last is replaced', () => {
    const renames = reconcile({ a: '1', b: '2', c: '3' }, { b: '1', c: '2' }, { a: '1', b: '2', c: '3' });
    expect(stepsAt('destination', renames)).toEqual(['b → c', 'a → b']);
    expect([...renames.overwritten.destination]).toEqual(['c']);
  });
});

describe('renames of both sides', () => {
  it('the same on both is only remembered', () => {
    const renames = reconcile({ a: '1' }, { b: '1' }, { b: '1' });
    expect([...stepsAt('source', renames), ...stepsAt('destination', renames)]).toEqual([]);
    expect(renames.last.map('a')).toBe('b');
  });

  it('of different things are made on each', () => {
    const renames = reconcile({ a: '1', x: '2' }, { b: '1', x: '2' }, { a: '1', y: '2' });
    expect(stepsAt('destination', renames)).toEqual(['a → b']);
    expect(stepsAt('source', renames)).toEqual(['x → y']);
  });

  it('to two names: the preferred side’s stands, and it is told', () => {
    for (const [preferred, acted, step] of [
      ['source', 'destination', 'c → b'],
      ['destination', 'source', 'b → c'],
    ] as const) {
      const renames = reconcile({ a: '1' }, { b: '1' }, { c: '1' }, { preferred });
      expect(stepsAt(acted, renames)).toEqual([step]);
      expect(renames.different).toEqual([{ from: 'a', source: 'b', destination: 'c', winner: preferred }]);
      expect(renames.last.map('a')).toBe(preferred === 'source' ? 'b' : 'c');
    }
  });

  it('to two names, and nobody is preferred: both stay, and it is told', () => {
    const renames = reconcile({ a: '1' }, { b: '1' }, { c: '1' }, { preferred: 'nobody' });
    expect([...stepsAt('source', renames), ...stepsAt('destination', renames)]).toEqual([]);
    expect(renames.different).toEqual([{ from: 'a', source: 'b', destination: 'c', winner: undefined }]);
  });

  it('a folder to two names is told once, not for each file', () => {
    const renames = reconcile({ a: '/', 'a/x': '1' }, { b: '/', 'b/x': '1' }, { c: '/', 'c/x': '1' });
    expect(renames.different).toHaveLength(1);
    expect(stepsAt('destination', renames)).toEqual(['c → b']);
  });

  it('to two names, and the preferred one is taken: two files', () => {
    const renames = reconcile({ a: '1' }, { b: '1' }, { c: '1', b: '2' });
    expect(renames.different).toEqual([]);
    expect(stepsAt('destination', renames)).toEqual([]);
  });

  it('that meet half-way: one of them is made', () => {
    const renames = reconcile({ a: '1', b: '2' }, { c: '1', b: '2' }, { a: '1', c: '2' });
    expect(stepsAt('destination', renames).length + stepsAt('source', renames).length).toBeLessThanOrEqual(1);
  });

  it('into each other: never a circle of folders', () => {
    const renames = reconcile({ a: '/', b: '/2' }, { b: '/2', 'b/a': '/' }, { a: '/', 'a/b': '/2' });
    const all = [...stepsAt('source', renames), ...stepsAt('destination', renames)];
    expect(all.length).toBeLessThanOrEqual(1);
  });
});

describe('a name that the other side cannot hold', () => {
  const refuses = (side: Side, path: string): string | undefined =>
    side === 'destination' && path.includes(':') ? 'no colons' : undefined;

  it('stays as it was there, and is told once for a folder with all that is in it', () => {
    const renames = reconcile({ d: '/', 'd/x': '1' }, { 'd:': '/', 'd:/x': '1' }, { d: '/', 'd/x': '1' }, { refuses });
    expect(stepsAt('destination', renames)).toEqual([]);
    expect(renames.impossible).toEqual([{ from: 'd', to: 'd:', side: 'destination', reason: 'no colons' }]);
  });

  it('may be that of a new folder on the way', () => {
    const renames = reconcile({ a: '1' }, { 'n:': '/new', 'n:/a': '1' }, { a: '1' }, { refuses });
    expect(renames.impossible).toMatchObject([{ from: 'a', to: 'n:/a' }]);
  });

  it('may be its own, but for case, when it goes into a new folder', () => {
    const names = ['a'];
    const taken = (side: Side, path: string, from: string): string | undefined =>
      side === 'destination' && names.some((name) => name !== from && name !== path && name === path.toLowerCase()) ? 'taken' : undefined;
    const renames = reconcile({ a: '1' }, { A: '/new', 'A/b': '1' }, { a: '1' }, { refuses: taken });
    expect(renames.impossible).toMatchObject([{ from: 'a', to: 'A/b', reason: 'taken' }]);
    expect(stepsAt('destination', reconcile({ a: '1' }, { A: '1' }, { a: '1' }, { refuses: taken }))).toEqual(['a → A']);
  });

  it('on the side that can hold it nothing is impossible', () => {
    const renames = reconcile({ a: '1' }, { a: '1' }, { 'a:': '1' }, { refuses });
    expect(stepsAt('source', renames)).toEqual(['a → a:']);
    expect(renames.impossible).toEqual([]);
  });
});

it('every step is for a folder that is there, or that is new on the other side', () => {
  const source = { n: '/new', 'n/a': '1' };
  const renames = reconcile({ a: '1' }, source, { a: '1' });
  for (const step of renames.steps.destination) for (const folder of ancestorsOf(step.to)) expect(Object.keys(source)).toContain(folder);
});
