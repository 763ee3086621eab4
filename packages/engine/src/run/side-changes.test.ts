import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Entry, isUntouched } from '../model/entry.ts';
import { SyncError } from '../model/error.ts';
import { comparePaths, isWithin } from '../model/path.ts';
import { encodeHead, encodeRow } from '../model/row.ts';
import type { ListBatch, ListNote } from '../storage.ts';
import { findChanges, type SideChanges } from './side-changes.ts';
import { RowReader } from './tree-file.ts';

type Tree = ReadonlyMap<string, Entry>;

const name = fc.constantFrom('a', 'b', 'c', 'a b', 'a-', 'é', '"', '\n', '👍');
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
const entry = fc.record({
  path,
  kind: fc.constantFrom('file', 'folder', 'symlink'),
  size: fc.nat(2),
  mtimeMs: fc.nat(2),
  mode: fc.constantFrom(undefined, 0o644, 0o755),
  id: fc.constantFrom(undefined, '1', '2'),
  version: fc.constantFrom(undefined, '1', '2'),
  hash: fc.constantFrom(undefined, 'x'),
});
const entries = fc.uniqueArray(entry, { selector: (any) => any.path, maxLength: 12 });

function treeOf(list: readonly Entry[]): Tree {
  return new Map([...list].sort((a, b) => comparePaths(a.path, b.path)).map((any) => [any.path, any]));
}

/** A tree, and the same a while later: most of it as it was. */
const trees = fc.tuple(entries, entries, fc.array(fc.boolean(), { minLength: 12, maxLength: 12 })).map(([old, fresh, keeps]) => {
  const kept = old.filter((_, index) => keeps[index]);
  return { last: treeOf(old), now: treeOf([...kept, ...fresh.filter((any) => !kept.some((other) => other.path === any.path))]) };
});

function textOf(tree: Tree): string {
  const rows = [...tree.values()].map((any) => encodeRow(any));
  return rows.length === 0 ? '{\n}\n' : `{\n${rows.join(',\n')}\n}\n`;
}

async function* cut(text: string, size: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}

/** A listing in batches, each in one of the two forms. */
async function* listing(tree: Tree, size: number, asRows: (batch: number) => boolean): AsyncGenerator<ListBatch> {
  const list = [...tree.values()];
  for (let at = 0; at < list.length; at += size) {
    const batch = list.slice(at, at + size);
    const files = batch.filter((any) => any.kind === 'file').length;
    yield asRows(at / size) ? { rows: batch.map(encodeHead).join('\n'), files } : { entries: batch, files };
  }
}

interface Scan {
  readonly last: string | undefined;
  readonly now: Tree;
  readonly batch?: number;
  readonly chunk?: number;
  readonly asRows?: (batch: number) => boolean;
  readonly isListed?: (path: string) => boolean;
}

function scan({ last, now, batch = 3, chunk = 7, asRows = () => true, isListed }: Scan): Promise<SideChanges> {
  const rows = last === undefined ? undefined : new RowReader(cut(last, chunk));
  return findChanges({ side: 'source', batches: listing(now, batch, asRows), rows, ignore: [], isListed });
}

/** The same, the plain way. */
function naively(last: Tree, now: Tree): { now: string[]; last: string[]; gone: string[] } {
  const changed = [...now.values()].filter(({ path }) => !isUntouchedAt(path, last, now));
  const gone = [...last.keys()].filter((path) => !now.has(path));
  const rows = [...last.values()].filter(({ path }) => gone.includes(path) || changed.some((any) => any.path === path));
  return { now: changed.map(encodeHead).sort(), last: rows.map(encodeRow).sort(), gone: gone.sort() };
}

function isUntouchedAt(path: string, last: Tree, now: Tree): boolean {
  const [before, after] = [last.get(path), now.get(path)];
  return before !== undefined && after !== undefined && isUntouched(before, after);
}

function plainly(changes: SideChanges): { now: string[]; last: string[]; gone: string[] } {
  return {
    now: [...changes.now.values()].map(encodeHead).sort(),
    last: [...changes.last.values()].map(encodeRow).sort(),
    gone: [...changes.gone].sort(),
  };
}

const corrupt = expect.objectContaining({ name: 'SyncError', code: 'state/corrupt' });

describe('a listing beside the last state', () => {
  it('gives what comparing two maps gives, however both arrive', async () => {
    const form = fc.array(fc.boolean(), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(
        trees,
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 200 }),
        form,
        async ({ last, now }, batch, chunk, forms) => {
          const asRows = (index: number): boolean => forms[index % forms.length] as boolean;
          const changes = await scan({ last: textOf(last), now, batch, chunk, asRows });
          expect(plainly(changes)).toEqual(naively(last, now));
          expect(changes.files).toBe([...now.values()].filter((any) => any.kind === 'file').length);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('of some folders only leaves the rest alone', async () => {
    await fc.assert(
      fc.asyncProperty(trees, fc.array(path, { maxLength: 3 }), fc.integer({ min: 1, max: 200 }), async ({ last, now }, tops, chunk) => {
        const isListed = (path: string): boolean => tops.some((top) => isWithin(top, path));
        const inScope = (tree: Tree): Tree => new Map([...tree].filter(([path]) => isListed(path)));
        const changes = await scan({ last: textOf(last), now: inScope(now), chunk, isListed });
        expect(plainly(changes)).toEqual(naively(inScope(last), inScope(now)));
      }),
      { numRuns: 500 },
    );
  });

  it('without a last state everything is new', async () => {
    await fc.assert(
      fc.asyncProperty(trees, async ({ now }) => {
        expect(plainly(await scan({ last: undefined, now }))).toEqual(naively(new Map(), now));
      }),
    );
  });

  it('rows that another program wrote its own way are read, not only compared as text', async () => {
    const row = '"a":{"is_dir":false,"mode":420,"id":7,"mtime":0.005,"size":1,"later":true}';
    const now = treeOf([{ path: 'a', kind: 'file', size: 1, mtimeMs: 5, mode: 0o644, id: '7' }]);
    expect(plainly(await scan({ last: `{\n${row}\n}\n`, now }))).toEqual({ now: [], last: [], gone: [] });
  });

  it('takes lazy facts from entries that have them', async () => {
    const now = treeOf([{ path: 'a', kind: 'file', size: 1, mtimeMs: 5, hash: 'x' }]);
    const changes = await scan({ last: undefined, now, asRows: () => false });
    expect(changes.now.get('a')?.hash).toBe('x');
  });
});

describe('a damaged last state', () => {
  const tree = treeOf(
    ['a', 'b', 'b/c', 'd1', 'd2', 'd3'].map((path) => ({
      path,
      kind: path === 'b' ? 'folder' : 'file',
      size: 1,
      mtimeMs: 5,
      mode: 0o644,
      id: '7',
    })),
  );
  const whole = textOf(tree);

  it('never makes a path that is there pass for a deleted one, whatever character is damaged', async () => {
    const other = fc.constantFrom('0', '1', '2', 'a', 'b', 'd', 'x', '"', '\\', '{', '}', ',', ':', '/', '.', '\n', '\0', '\uD83D');
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), other, async (at, character) => {
        const damaged = whole.slice(0, at) + character + whole.slice(at + 1);
        try {
          const { gone } = await scan({ last: damaged, now: tree });
          expect([...gone].filter((path) => tree.has(path))).toEqual([]);
        } catch (error) {
          if (!SyncError.is(error, 'state/corrupt')) throw error;
        }
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['a row twice', whole.replace('"d2"', '"d1"')],
    ['a row out of order', whole.replace('"a"', '"z"')],
    ['a row with no path', whole.replace('"d1":', '')],
    ['a row that is not a row', whole.replace('"b/c":{"is_dir":false,"size":1', '"b/c":{"is_dir":false,"size":"1"')],
    ['a row outside the root', whole.replace('"b/c"', '"../c"')],
    ['a file cut short', whole.slice(0, whole.indexOf('"d2"'))],
  ])('%s', async (_what, text) => {
    expect(text).not.toBe(whole);
    await expect(scan({ last: text, now: tree })).rejects.toThrow(corrupt);
  });
});

describe('what a listing has to say besides', () => {
  it('is sorted by what it means', async () => {
    const notes: ListNote[] = [
      { type: 'unreadable', path: 'u', code: 'storage/denied', message: 'u cannot be read' },
      { type: 'skipped', path: 's', message: 's is a FIFO' },
      { type: 'holds-ignored', path: 'h' },
      { type: 'ignore-file', path: 'sub/.syncignore', text: '*.log\n' },
    ];
    async function* batches(): AsyncGenerator<ListBatch> {
      yield { files: 2, notes };
      yield { files: 1 };
    }
    const seen: number[] = [];
    const changes = await findChanges({
      side: 'destination',
      batches: batches(),
      rows: undefined,
      ignore: ['*.tmp'],
      onFiles: (files) => seen.push(files),
    });
    expect(changes.unreadable.map((note) => note.path)).toEqual(['u']);
    expect(changes.skipped.map((note) => note.path)).toEqual(['s']);
    expect([...changes.holdsIgnored]).toEqual(['h']);
    expect(['a.tmp', 'sub/a.log', 'a.log'].map((path) => changes.rules.covers(path, false))).toEqual([true, true, false]);
    expect(seen).toEqual([2, 3]);
    expect(changes.side).toBe('destination');
  });

  it('a listing that fails fails the comparison', async () => {
    async function* failing(): AsyncGenerator<ListBatch> {
      yield { rows: '"a":{"is_dir":true', files: 0 };
      throw new SyncError('storage/unreachable', 'the network is gone');
    }
    const rows = new RowReader(cut(textOf(treeOf([{ path: 'a', kind: 'folder', size: 0, mtimeMs: 0 }])), 3));
    const scanning = findChanges({ side: 'source', batches: failing(), rows, ignore: [] });
    await expect(scanning).rejects.toThrow(expect.objectContaining({ code: 'storage/unreachable' }));
  });
});
