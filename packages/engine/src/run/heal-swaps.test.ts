import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderRenames, type PathMove, placeAfter } from '../compare/rename-order.ts';
import { type Entry, isUntouched, type Side } from '../model/entry.ts';
import { IgnoreRules } from '../model/ignore.ts';
import { isWithin } from '../model/path.ts';
import type { SyncMode } from '../plan/mode.ts';
import { type Healing, type HealQuestion, healSwaps, meetsHalfASwap } from './heal-swaps.ts';
import type { SideChanges } from './side-changes.ts';

/*
 * Trees are written as `path: content`, a folder as `path: '/…'`; what has the same content is the same thing, and an edit is
 * a `+` behind it.
 */
type Tree = Readonly<Record<string, string>>;

interface World {
  readonly last: Tree;
  readonly destination: Tree;
  readonly source?: Tree;
  /** There, and in no listing. */
  readonly hidden?: readonly string[];
  readonly withoutIds?: boolean;
  readonly mode?: SyncMode;
}

function entryOf(path: string, content: string, withoutIds = false): Entry {
  const isFolder = content.startsWith('/');
  const thing = content.replace('+', '');
  return {
    path,
    kind: isFolder ? 'folder' : 'file',
    size: isFolder ? 0 : content.length,
    mtimeMs: 0,
    id: withoutIds ? undefined : thing,
    version: isFolder ? undefined : content,
  };
}

function changesOf(side: Side, last: Tree, tree: Tree, withoutIds: boolean): SideChanges {
  const rows = new Map<string, Entry>();
  const now = new Map<string, Entry>();
  for (const [path, content] of Object.entries(last)) rows.set(path, { ...entryOf(path, content, withoutIds), hash: content });
  for (const [path, content] of Object.entries(tree)) {
    const row = rows.get(path);
    const entry = entryOf(path, content, withoutIds);
    if (row !== undefined && isUntouched(row, entry)) rows.delete(path);
    else now.set(path, entry);
  }
  const gone = new Set([...rows.keys()].filter((path) => tree[path] === undefined));
  const nothing = { unreadable: [], skipped: [], holdsIgnored: new Set<string>(), tombstones: new Map<string, never>() };
  return { side, now, last: rows, gone, files: 0, rules: new IgnoreRules(), ...nothing };
}

function questionOf({ last, destination, source = last, hidden = [], withoutIds = false, mode = 'two-way' }: World): HealQuestion {
  const storageOf = (tree: Tree): HealQuestion['storages'][Side] => ({
    stat: async (path) => {
      const content = hidden.includes(path) ? 'hidden' : tree[path];
      return content === undefined ? undefined : entryOf(path, content, withoutIds);
    },
    hash: async (entries) => entries.map(({ path }) => ({ hash: tree[path] as string })),
    rename: () => Promise.reject(new Error('planning renames nothing')),
  });
  return {
    changes: {
      source: changesOf('source', last, source, withoutIds),
      destination: changesOf('destination', last, destination, withoutIds),
    },
    storages: { source: storageOf(source), destination: storageOf(destination) },
    state: {
      pick: async (_side, paths) =>
        new Map([...paths].flatMap((path) => (last[path] === undefined ? [] : [[path, entryOf(path, last[path])]]))),
    },
    rules: { mode, comparison: 'hash-then-mtime', replicas: { source: 'laptop', destination: 'usb' } },
  };
}

function stepsOf({ steps }: Healing): string[] {
  return steps.map(({ action: { type, from, path } }) => `${type === 'RENAME_SOURCE' ? 'source: ' : ''}${from} → ${path}`);
}

async function healed(world: World): Promise<{ steps: string[]; changed: string[] }> {
  const healing = await healSwaps(questionOf(world));
  const { now, gone } = healing.changes.destination;
  return { steps: stepsOf(healing), changed: [...now.keys(), ...gone].sort() };
}

const A = 'a.cloudsync-moving-1';
const LAST = { a: '1', b: '2' };
const SWAPPED = { a: '2', b: '1' };

describe('a swap that was cut off', () => {
  it('after its first step: what made way goes back', async () => {
    expect(await healed({ last: LAST, source: SWAPPED, destination: { [A]: '1', b: '2' } })).toEqual({ steps: [`${A} → a`], changed: [] });
  });

  it('later: what the swap put in its place goes back first', async () => {
    const steps = ['a → b', `${A} → a`];
    expect(await healed({ last: LAST, source: SWAPPED, destination: { [A]: '1', a: '2' } })).toEqual({ steps, changed: [] });
    // Whether or not the swap is still wanted.
    expect(await healed({ last: LAST, destination: { [A]: '1', a: '2' } })).toEqual({ steps, changed: [] });
  });

  it('of folders: with all that is in them', async () => {
    const last = { a: '/1', 'a/x': '3', b: '/2', 'b/y': '4' };
    const destination = { [A]: '/1', [`${A}/x`]: '3', a: '/2', 'a/y': '4' };
    expect(await healed({ last, destination })).toEqual({ steps: ['a → b', `${A} → a`], changed: [] });
  });

  it('users’ work on it since then stays to be seen', async () => {
    const last = { a: '/1', 'a/x': '3', 'a/z': '5', b: '2' };
    const destination = { [A]: '/1', [`${A}/x`]: '3+', [`${A}/new`]: '6', b: '2' };
    expect(await healed({ last, destination })).toEqual({ steps: [`${A} → a`], changed: ['a/new', 'a/x', 'a/z'] });
  });

  it('one in another: the outer first', async () => {
    const last = { a: '/1', 'a/x': '3', 'a/y': '4' };
    const destination = { [A]: '/1', [`${A}/x.cloudsync-moving-1`]: '3', [`${A}/x`]: '4' };
    const steps = [`${A} → a`, 'a/x → a/y', 'a/x.cloudsync-moving-1 → a/x'];
    expect(await healed({ last, destination })).toEqual({ steps, changed: [] });
  });

  it('on a side without identities: contents tell where things came from', async () => {
    const last = { a: '1', b: '22', c: '333' };
    const destination = { [A]: '1', a: '333', c: '22' };
    const { steps } = await healed({ last, destination, withoutIds: true });
    expect(steps).toEqual(['c → b', 'a → c', `${A} → a`]);
  });

  it('on the giving side of a one-way mode nothing is touched', async () => {
    const question = questionOf({ last: LAST, destination: LAST, source: { [A]: '1', b: '2' }, mode: 'source-to-destination' });
    expect(stepsOf(await healSwaps(question))).toEqual([]);
    const twoWay = questionOf({ last: LAST, destination: LAST, source: { [A]: '1', b: '2' } });
    expect(stepsOf(await healSwaps(twoWay))).toEqual([`source: ${A} → a`]);
  });
});

describe('when something else has the name', () => {
  it('it goes on to the name that the swap was to give it', async () => {
    const { steps } = await healed({ last: LAST, source: SWAPPED, destination: { [A]: '1', a: 'new' } });
    expect(steps).toEqual([`${A} → b`]);
  });

  it('and when that is taken, too, it becomes a conflict copy, with a name that is free', async () => {
    const copy = 'a.conflict-19700101-000000-usb';
    const world = { last: LAST, source: SWAPPED, destination: { [A]: '1', a: 'new', b: '2' } };
    expect((await healed(world)).steps).toEqual([`${A} → ${copy}`]);
    expect((await healed({ ...world, hidden: [copy] })).steps).toEqual([`${A} → ${copy}-2`]);
  });

  it('also when it is ignored and in no listing', async () => {
    const { steps } = await healed({ last: LAST, destination: { [A]: '1', b: '2' }, hidden: ['a'] });
    expect(steps).toEqual([`${A} → a.conflict-19700101-000000-usb`]);
  });

  it('without a last state it gets its name back unless the other side has something else there', async () => {
    expect((await healed({ last: {}, source: {}, destination: { [A]: '1' } })).steps).toEqual([`${A} → a`]);
    expect((await healed({ last: {}, source: { a: '1' }, destination: { [A]: '1' } })).steps).toEqual([`${A} → a`]);
    const { steps } = await healed({ last: {}, source: { a: 'other' }, destination: { [A]: '1' } });
    expect(steps).toEqual([`${A} → a.conflict-19700101-000000-usb`]);
  });

  it('a name that was agreed on is nobody’s leftover', async () => {
    const agreed = { [A]: '1' };
    expect(await healed({ last: agreed, destination: { [A]: '1+' } })).toEqual({ steps: [], changed: [A] });
  });
});

const place = fc.constantFrom('a', 'b', 'd/c', 'd/e', 'd/f/g', 'x.txt');
const circle = fc.record({
  paths: fc.uniqueArray(place, { minLength: 2, maxLength: 5 }),
  folders: fc.boolean(),
  cut: fc.nat(6),
  withoutIds: fc.boolean(),
  wanted: fc.boolean(),
});

it('a circle of any length, cut off after any step, is as if it had not begun', async () => {
  await fc.assert(
    fc.asyncProperty(circle, async ({ paths, folders, cut, withoutIds, wanted }) => {
      const areFolders = folders && !withoutIds;
      const last: Record<string, string> = { d: '/d', 'd/f': '/f' };
      for (const [index, path] of paths.entries()) {
        last[path] = areFolders ? `/${index}` : 'x'.repeat(index + 1);
        if (areFolders) last[`${path}/in`] = `in ${index}`;
      }
      const moves = paths.map((from, index): PathMove => ({ from, to: paths[(index + 1) % paths.length] as string }));
      const renamed = (steps: readonly PathMove[]): Tree =>
        Object.fromEntries(Object.entries(last).map(([path, content]) => [placeAfter(steps, path), content]));
      const steps = orderRenames(moves, (path) => last[path] === undefined);
      const done = steps.slice(0, cut % steps.length);
      const source = wanted ? renamed(steps) : last;
      const healing = await healSwaps(questionOf({ last, source, destination: renamed(done), withoutIds }));
      const { now, gone } = healing.changes.destination;
      expect([...now.keys(), ...gone]).toEqual([]);
      // Each step goes to a name that is free when its turn comes.
      const tree = new Set(Object.keys(renamed(done)));
      for (const { action } of healing.steps) {
        expect(tree.has(action.path)).toBe(false);
        for (const path of [...tree].filter((at) => isWithin(action.from as string, at))) {
          tree.delete(path);
          tree.add(action.path + path.slice((action.from as string).length));
        }
      }
      expect([...tree].sort()).toEqual(Object.keys(last).sort());
    }),
    { numRuns: 400 },
  );
});

describe('a partial listing meets a cut-off swap', () => {
  it('when it shows an interim name, or when what is gone stands under one', async () => {
    const shown = questionOf({ last: LAST, destination: { [A]: '1', b: '2' } });
    expect(await meetsHalfASwap(shown)).toBe(true);
    shown.changes.destination.now.delete(A);
    expect(await meetsHalfASwap(shown)).toBe(true);
    expect(await meetsHalfASwap(questionOf({ last: LAST, destination: { b: '2' } }))).toBe(false);
  });
});
