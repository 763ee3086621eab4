import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Entry, otherSide, type Side } from '../model/entry.ts';
import { ancestorsOf, comparePaths, isWithin, joinPath, parentOf } from '../model/path.ts';
import { areApart } from './path-map.ts';
import { type ReconciledRenames, type RenameView, reconcileRenames } from './reconcile-renames.ts';
import { displacedIn, matchById } from './renames.ts';

/*
 * Two sides that agreed once, and users who rename, overwrite, delete, edit and create on both. What is decided is carried
 * out on a model of each side that is as strict as a disk, and must end where the returned maps say.
 */

type Tree = Map<string, Entry>;
type World = Readonly<Record<'last' | Side, Tree>>;

const SIDES = ['source', 'destination'] as const;
const NAMES = ['a', 'b', 'c', 'd'];

interface Edit {
  readonly kind: 'rename' | 'replace' | 'delete' | 'edit' | 'create' | 'make-folder';
  readonly what: number;
  readonly into: number;
  readonly name: string;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom('rename', 'rename', 'rename', 'rename', 'replace', 'delete', 'edit', 'create', 'make-folder'),
  what: fc.nat(30),
  into: fc.nat(30),
  name: fc.constantFrom(...NAMES),
});
const node = fc.record({ into: fc.nat(10), name: fc.constantFrom(...NAMES), isFolder: fc.boolean() });

const worldOf = (edit: fc.Arbitrary<Edit>): fc.Arbitrary<World> =>
  fc
    .record({
      nodes: fc.array(node, { minLength: 2, maxLength: 8 }),
      source: fc.array(edit, { maxLength: 6 }),
      destination: fc.array(edit, { maxLength: 6 }),
    })
    .map(({ nodes, ...edits }) => {
      const last: Tree = new Map();
      for (const { into, name, isFolder } of nodes)
        put(last, joinPath(folderAt(last, into), name), { kind: isFolder ? 'folder' : 'file', id: `${last.size}` });
      const sides = { source: new Map(last), destination: new Map(last) };
      for (const side of SIDES) for (const [index, change] of edits[side].entries()) perform(sides[side], change, `${side}-${index}`);
      return { last, ...sides };
    });
const world = worldOf(edit);
const renamedWorld = worldOf(edit.map((any) => ({ ...any, kind: 'rename' })));

function put(tree: Tree, path: string, { kind, id, version = '1' }: { kind: Entry['kind']; id: string; version?: string }): void {
  if (!tree.has(path)) tree.set(path, { path, kind, id, version, size: kind === 'file' ? 1 : 0, mtimeMs: 0 });
}

function folderAt(tree: Tree, index: number): string {
  const folders = ['', ...[...tree.values()].filter((entry) => entry.kind === 'folder').map((entry) => entry.path)];
  return folders[index % folders.length] as string;
}

function perform(tree: Tree, { kind, what, into, name }: Edit, id: string): void {
  const target = joinPath(folderAt(tree, into), name);
  if (kind === 'create') put(tree, target, { kind: 'file', id });
  if (kind === 'make-folder') put(tree, target, { kind: 'folder', id });
  const entry = [...tree.values()][what % Math.max(1, tree.size)];
  if (entry === undefined) return;
  if (kind === 'edit' && entry.kind === 'file') tree.set(entry.path, { ...entry, version: id });
  if (kind === 'delete') for (const path of [...tree.keys()]) if (isWithin(entry.path, path)) tree.delete(path);
  if (kind !== 'rename' && kind !== 'replace') return;
  if (
    isWithin(entry.path, target) ||
    (tree.has(target) && (kind === 'rename' || tree.get(target)?.kind !== 'file' || entry.kind !== 'file'))
  )
    return;
  tree.delete(target);
  move(tree, entry.path, target);
}

/** A rename as a careful disk does it: never over something, never into nowhere, never into itself. */
function move(tree: Tree, from: string, to: string): void {
  if (!tree.has(from)) throw new Error(`nothing at ${from}`);
  if (tree.has(to)) throw new Error(`${from} would overwrite ${to}`);
  if (isWithin(from, to)) throw new Error(`${from} would go into itself`);
  if (parentOf(to) !== '' && tree.get(parentOf(to))?.kind !== 'folder') throw new Error(`no folder for ${to}`);
  for (const [path, entry] of [...tree]) {
    if (!isWithin(from, path)) continue;
    tree.delete(path);
    const moved = to + path.slice(from.length);
    tree.set(moved, { ...entry, path: moved });
  }
}

function viewOf(world: World): RenameView {
  return {
    now: (side, path) => world[side].get(path),
    isUntouched: (side, path) =>
      world.last.get(path)?.id === world[side].get(path)?.id && world.last.get(path)?.version === world[side].get(path)?.version,
    isReplaced: (side, path) => world.last.get(path)?.id !== world[side].get(path)?.id,
    refuses: () => undefined,
  };
}

function reconcile(world: World, preferred: Side | undefined): ReconciledRenames {
  const pairsOf = (side: Side): Map<string, Entry> => {
    const paths = new Set([...world.last.keys(), ...world[side].keys()]);
    return matchById(displacedIn(world.last, new Map([...paths].sort(comparePaths).map((path) => [path, world[side].get(path)]))));
  };
  return reconcileRenames({ pairs: { source: pairsOf('source'), destination: pairsOf('destination') }, view: viewOf(world), preferred });
}

/** The paths that hold after the renames, of everything a side still has. */
function placesAfter(world: World, side: Side, { sides, overwritten }: ReconciledRenames): Map<string, Entry> {
  const kept = [...world[side].values()].filter((entry) => !overwritten[side].has(entry.path));
  return new Map(kept.map((entry) => [sides[side].map(entry.path), entry]));
}

/** Carries out what is to be done on one side, new folders first. @returns the side's tree */
function carryOut(world: World, side: Side, reconciled: ReconciledRenames): Tree {
  const tree = new Map(world[side]);
  const here = placesAfter(world, side, reconciled);
  const there = placesAfter(world, otherSide(side), reconciled);
  const steps = reconciled.steps[side];
  const needed = new Set(steps.flatMap((step) => [...ancestorsOf(step.to)]));
  for (const path of [...needed].sort(comparePaths)) {
    if (here.has(path) || there.get(path)?.kind !== 'folder') continue;
    expect(tree.has(path), `a new folder ${path} has a free place`).toBe(false);
    expect(parentOf(path) === '' || tree.get(parentOf(path))?.kind === 'folder', `a new folder ${path} has a parent`).toBe(true);
    put(tree, path, { kind: 'folder', id: `new ${path}` });
  }
  for (const { from, to, origin } of steps) {
    const isLast = reconciled.sides[side].map(origin) === to;
    const replaced = tree.get(to);
    if (isLast && replaced !== undefined && reconciled.overwritten[side].has(to)) {
      expect(replaced.kind, `${to} is no folder`).not.toBe('folder');
      expect(viewOf(world).isUntouched(side, to), `${to} was not edited`).toBe(true);
      tree.delete(to);
    }
    move(tree, from, to);
  }
  return tree;
}

const question = fc.record({ world, preferred: fc.constantFrom('source', 'destination', undefined) });
const RUNS = { numRuns: 2000 };

describe('whatever users did on both sides', () => {
  it('the renames can be carried out, overwrite nothing that was touched, and end where the maps say', () => {
    fc.assert(
      fc.property(question, ({ world, preferred }) => {
        const reconciled = reconcile(world, preferred);
        for (const side of SIDES) {
          const tree = carryOut(world, side, reconciled);
          const found = new Map([...tree].filter(([, entry]) => !entry.id?.startsWith('new ')).map(([path, entry]) => [path, entry.id]));
          const expected = new Map([...placesAfter(world, side, reconciled)].map(([path, entry]) => [path, entry.id]));
          expect([...found].sort()).toEqual([...expected].sort());
        }
      }),
      RUNS,
    );
  });

  it('no two rows of the last state meet', () => {
    fc.assert(
      fc.property(question, ({ world, preferred }) => {
        const { last } = reconcile(world, preferred);
        const moved = [...world.last.keys()].map((path) => ({ path, to: last.map(path) })).filter(({ path, to }) => path !== to);
        expect(new Set(moved.map(({ to }) => to)).size).toBe(moved.length);
      }),
      RUNS,
    );
  });

  it('renames of one side only are all followed, and the last state with them', () => {
    fc.assert(
      fc.property(renamedWorld, ({ last, source }) => {
        fc.pre([...last.values()].every((row) => isPlainlyRenamed(row, last, source)));
        const reconciled = reconcile({ last, source, destination: new Map(last) }, undefined);
        const idsAfter = (side: Side): Map<string, string> =>
          new Map(
            [...placesAfter({ last, source, destination: new Map(last) }, side, reconciled)].map(([path, entry]) => [
              entry.id as string,
              path,
            ]),
          );
        const [here, there] = [idsAfter('source'), idsAfter('destination')];
        for (const { path, id } of last.values()) {
          const now = here.get(id as string);
          if (now === undefined) continue;
          expect(there.get(id as string)).toBe(now);
          expect(reconciled.last.map(path)).toBe(now);
        }
      }),
      RUNS,
    );
  });
});

/**
 * Not so, and made anew on the other side: what ends inside or around its own old place, and what a folder left behind when
 * it was renamed and another took its name.
 */
function isPlainlyRenamed(row: Entry, last: Tree, tree: Tree): boolean {
  const now = [...tree.values()].find((entry) => entry.id === row.id);
  if (now === undefined) return true;
  if (now.path === row.path) return [...ancestorsOf(row.path)].every((folder) => last.get(folder)?.id === tree.get(folder)?.id);
  return areApart(now.path, row.path);
}
