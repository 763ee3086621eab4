import { comparePaths } from '@cloudsync/engine';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editTree } from './edit-tree.ts';
import { fileRow, MemoryChunks, nodesOf, tombstoneRow } from './memory-nodes.test.support.ts';
import type { Row } from './row.ts';
import { areSameRows } from './row-codec.ts';
import { Tree } from './tree.ts';

type Changes = Map<string, Row | undefined>;

const names = fc.constantFrom('a', 'b', 'a b', 'a.b', 'Z', 'é', '\u{1f600}', '__proto__', 'line\nbreak');
const somePath = fc.array(names, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
const numbered = fc.integer({ min: 0, max: 3000 }).map((n) => `d${n % 40}/file ${n}`);
const path = fc.oneof(somePath, numbered);
const row = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(path, fc.integer({ min: 1, max: 3 })).map(([at, version]) => fileRow(at, version)) },
  { weight: 1, arbitrary: fc.tuple(path, fc.integer({ min: 1, max: 9 })).map(([at, sequence]) => tombstoneRow(at, sequence)) },
);
const rows = fc.array(row, { maxLength: 60 });
/** Enough rows for some levels, in a shape that depends on two numbers. */
const manyRows = fc
  .tuple(fc.integer({ min: 0, max: 4000 }), fc.integer({ min: 1, max: 7 }))
  .map(([count, step]) => Array.from({ length: count }, (_, n) => fileRow(`d${(n * step) % 97}/file ${n * step}`)));

function tableOf(...all: readonly (readonly Row[])[]): Changes {
  return new Map(all.flat().map((row) => [row.path, row]));
}

async function build(table: Changes, chunks = new MemoryChunks()): Promise<Tree> {
  return editTree(new Tree(nodesOf(chunks), undefined), table);
}

/** The same tree for somebody who has nothing in memory. */
function reopen({ root }: Tree, chunks: MemoryChunks): Tree {
  return new Tree(nodesOf(chunks), root);
}

async function allRows(tree: Tree, options = {}): Promise<Row[]> {
  const all: Row[] = [];
  for await (const part of tree.rows({ tombstones: true, ...options })) all.push(...part);
  return all;
}

function sorted(table: Changes): Row[] {
  return [...table.values()].filter((row) => row !== undefined).sort((a, b) => comparePaths(a.path, b.path));
}

describe('a tree', () => {
  it('gives back its rows in path order, one by one, and from any place on', async () => {
    await fc.assert(
      fc.asyncProperty(manyRows, rows, path, async (many, few, at) => {
        const chunks = new MemoryChunks();
        const table = tableOf(many, few);
        const tree = reopen(await build(table, chunks), chunks);
        const expected = sorted(table);
        expect(await allRows(tree)).toEqual(expected);
        expect(await allRows(tree, { from: at })).toEqual(expected.filter((row) => comparePaths(row.path, at) >= 0));
        expect(await tree.get(at)).toEqual(table.get(at));
        const asked = [at, 'd1/file 1', ...few.map((row) => row.path)];
        const found = await tree.getMany(asked);
        for (const one of asked) expect(found.get(one)).toEqual(table.get(one));
      }),
      { numRuns: 8 },
    );
  });

  it('within: one path and what lies below it', async () => {
    await fc.assert(
      fc.asyncProperty(rows, somePath, async (few, folder) => {
        const table = tableOf(
          few,
          Array.from({ length: 600 }, (_, n) => fileRow(`a/many ${n}`)),
        );
        const inside = sorted(table).filter((row) => row.path === folder || row.path.startsWith(`${folder}/`));
        expect(await allRows(await build(table), { within: folder })).toEqual(inside);
      }),
      { numRuns: 40 },
    );
  });

  it('tells tombstones only when asked, and sums up what it holds', async () => {
    const chunks = new MemoryChunks();
    const tree = await build(tableOf([fileRow('a'), tombstoneRow('b', 7), tombstoneRow('c', 4)]), chunks);
    expect((await allRows(tree, { tombstones: false })).map((row) => row.path)).toEqual(['a']);
    expect(await reopen(tree, chunks).summary()).toEqual({
      files: 1,
      folders: 0,
      symlinks: 0,
      tombstones: 2,
      bytes: 3,
      oldestTombstone: 4,
    });
    expect(await new Tree(nodesOf(chunks), undefined).summary()).toMatchObject({ files: 0, bytes: 0 });
  });

  it('has the same root whatever the order of edits, and after edits that were taken back', async () => {
    await fc.assert(
      fc.asyncProperty(
        manyRows,
        fc.array(fc.tuple(fc.array(row, { maxLength: 30 }), fc.array(path, { maxLength: 30 })), { maxLength: 5 }),
        async (many, steps) => {
          const chunks = new MemoryChunks();
          const table = tableOf(many);
          let tree = await build(table, chunks);
          for (const [put, removed] of steps) {
            const changes: Changes = new Map([...tableOf(put), ...removed.map((at) => [at, undefined] as const)]);
            for (const [at, row] of changes) {
              if (row === undefined) table.delete(at);
              else table.set(at, row);
            }
            tree = await editTree(reopen(tree, chunks), changes);
          }
          expect(tree.root).toEqual((await build(table)).root);
          expect(await allRows(reopen(tree, chunks))).toEqual(sorted(table));
        },
      ),
      { numRuns: 8 },
    );
  });

  it('shrinks to nothing again', async () => {
    const chunks = new MemoryChunks();
    const table = tableOf(Array.from({ length: 20_000 }, (_, n) => fileRow(`f${n}`)));
    const big = await build(table, chunks);
    expect(big.root?.level).toBeGreaterThanOrEqual(2);
    const gone: Changes = new Map([...table.keys()].slice(3).map((at) => [at, undefined]));
    const small = await editTree(reopen(big, chunks), gone);
    expect(small.root).toEqual((await build(tableOf(sorted(table).filter(({ path }) => !gone.has(path))))).root);
    expect(small.root?.level).toBe(0);
    expect((await editTree(small, new Map([...table.keys()].map((at) => [at, undefined])))).root).toBeUndefined();
    expect((await editTree(small, new Map([['never there', undefined]]))).root).toEqual(small.root);
  });

  it('an edit reads and writes only the nodes on the way', async () => {
    const chunks = new MemoryChunks();
    const tree = await build(tableOf(Array.from({ length: 20_000 }, (_, n) => fileRow(`f${n}`))), chunks);
    const [before, all] = [chunks.reads, chunks.chunks.size];
    await editTree(reopen(tree, chunks), tableOf([fileRow('f777', 2)]));
    expect(chunks.reads - before).toBeLessThan(8);
    expect(chunks.chunks.size - all).toBeLessThan(6);
  });

  it('the difference of two trees is that of their tables, and equal subtrees are not read', async () => {
    await fc.assert(
      fc.asyncProperty(manyRows, manyRows, rows, fc.array(path), fc.boolean(), async (many, others, put, removed, far) => {
        const chunks = new MemoryChunks();
        const before = tableOf(many);
        const after = far ? tableOf(others, put) : tableOf(many, put);
        for (const at of removed) after.delete(at);
        const [a, b] = [await build(before, chunks), await build(after, chunks)];
        const expected = [...new Set([...before.keys(), ...after.keys()])]
          .sort(comparePaths)
          .map((at) => ({ path: at, before: before.get(at), after: after.get(at) }))
          .filter((one) => !areSameRows(one.before, one.after));
        const found = [];
        for await (const one of reopen(a, chunks).diff(reopen(b, chunks))) found.push(one);
        expect(found).toEqual(expected);
      }),
      { numRuns: 8 },
    );
    const chunks = new MemoryChunks();
    const table = tableOf(Array.from({ length: 20_000 }, (_, n) => fileRow(`f${n}`)));
    const a = await build(table, chunks);
    const b = await editTree(a, tableOf([fileRow('f777', 2)]));
    const before = chunks.reads;
    for await (const one of reopen(a, chunks).diff(reopen(b, chunks))) expect(one.path).toBe('f777');
    expect(chunks.reads - before).toBeLessThan(140);
  });

  it('a walk meets every node once, and passes over what is known', async () => {
    const chunks = new MemoryChunks();
    const a = await build(tableOf(Array.from({ length: 20_000 }, (_, n) => fileRow(`f${n}`))), chunks);
    const all = chunks.chunks.size;
    const known = new Set<string>();
    let met = 0;
    for await (const _ of reopen(a, chunks).walk(known)) met++;
    expect([met, known.size]).toEqual([all, all]);
    const b = await editTree(a, tableOf([fileRow('f777', 2)]));
    for await (const { id } of b.walk(known)) expect(id).not.toBe('');
    expect(known.size).toBe(chunks.chunks.size);
  });
});

describe('a stored tree', () => {
  /** Frozen: another root for the same table means another format. */
  it.each([
    [3, { level: 0, id: '38l0Xmj5FVpEZPY4HMnqXuD2sz1gwnFPTroM7S7YnCU', length: 808 }],
    [5000, { level: 2, id: 'EIKqEbfB5Avqma5LYBvJXTupwn_dbk7hXq5JhqC_Vk4', length: 203 }],
  ])('of %d rows has the root that it always had', async (count, root) => {
    const table = tableOf(
      Array.from({ length: count }, (_, n) => fileRow(`folder ${n % 10}/file ${n}`)),
      [
        tombstoneRow('gone', 3),
        { path: 'l', kind: 'symlink', mtimeMs: -1.5, mode: undefined, id: '00000000000000ff', vector: 'bbbbbbbbbbbbbbbb:2', target: 'é' },
      ],
      [{ path: 'folder 1', kind: 'folder', mtimeMs: 0, mode: 0o755, id: '00000000000000fe', vector: 'bbbbbbbbbbbbbbbb:2' }],
    );
    expect((await build(table)).root).toEqual(root);
  });

  it('refuses rows that are none, out of order or elsewhere (vault/damaged)', async () => {
    const good = JSON.stringify(['a', 'd', 0, 1, 493, '00000000000000fe', 'bbbbbbbbbbbbbbbb:2']);
    const lines: Record<string, string> = {
      'no JSON': '["a"',
      'no row': '{}',
      'an unsafe path': good.replace('"a"', '"../a"'),
      'an unknown kind': good.replace('"d"', '"q"'),
      'a kind that objects have': good.replace('"d"', '"constructor"'),
      'a bad id': good.replace('fe', 'FE'),
      'a bad vector': good.replace(':2', ':0'),
      'a bad mode': good.replace('493', '99999'),
      'a size where none is': good.replace(',0,', ',1,'),
      'too many fields': good.replace(']', ',1]'),
      'out of order': `${good.replace('"a"', '"b"')}\n${good}`,
      twice: `${good}\n${good}`,
    };
    for (const [title, text] of Object.entries(lines)) {
      const chunks = new MemoryChunks();
      const bytes = Buffer.from(`${text}\n`);
      chunks.chunks.set('x'.repeat(43), bytes);
      const tree = new Tree(nodesOf(chunks), { level: 0, id: 'x'.repeat(43), length: bytes.length });
      await expect(tree.get('a'), title).rejects.toMatchObject({ code: 'vault/damaged' });
    }
  });
});
