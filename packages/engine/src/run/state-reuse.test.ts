import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Entry, Side } from '../model/entry.ts';
import { Crash, StampedDirectory } from './memory-directory.test.support.ts';
import { SyncStateManager } from './state-manager.ts';

/*
 * Who watches a pair keeps one state manager. It reads the files again only when somebody else changed them, so what it knows must be
 * what a new process would read, always.
 */

const SIDES = { source: { url: '/a', identity: 'a' }, destination: { url: '/b', identity: 'b' } };
const ROWS = 30;
/** A run leaves its journal beside the trees. */
const OPTIONS = { journalRowsMin: 20 };

function entry(path: string, content: string): Entry {
  return {
    path,
    kind: 'file',
    size: content.length,
    mtimeMs: 5.5,
    mode: 0o644,
    id: path,
    version: content,
    hash: content,
    target: undefined,
  };
}

function record(manager: SyncStateManager, path: string, content: string | undefined): void {
  const agreed = content === undefined ? undefined : entry(path, content);
  manager.record({ path, source: agreed, destination: agreed });
}

async function agreedState(): Promise<Map<string, string>> {
  const directory = new StampedDirectory();
  const manager = new SyncStateManager(directory);
  await manager.open();
  for (let n = 0; n < ROWS; n++) record(manager, `f${n}`, 'x');
  await manager.finish(SIDES, { source: ROWS, destination: ROWS }, 0);
  return directory.files;
}

/** Everything that a run asks of the last state. */
async function known(manager: SyncStateManager, paths: readonly string[]) {
  const metadata = await manager.open();
  const of = async (side: Side) => ({
    rows: await rowsOf(manager, side, paths),
    picked: [...(await manager.pick(side, new Set(paths)))].sort(([a], [b]) => (a < b ? -1 : 1)),
  });
  return { metadata, source: await of('source'), destination: await of('destination'), doomed: [...manager.doomed].sort() };
}

async function rowsOf(manager: SyncStateManager, side: Side, only: readonly string[]): Promise<string[]> {
  const rows: string[] = [];
  const reader = manager.rows(side, only);
  while (reader !== undefined && (await reader.next())) rows.push(reader.row);
  return rows;
}

const path = fc.constantFrom('f1', 'f2', 'f29', 'new', 'new/below');
const act = fc.record({
  who: fc.constantFrom('watch', 'watch', 'other', 'other that rewrites'),
  does: fc.constantFrom('finish', 'finish', 'commit', 'announce', 'dies', 'disregard'),
  changes: fc.array(fc.tuple(path, fc.option(fc.constantFrom('one', 'two'), { nil: undefined })), { maxLength: 3 }),
});

test('a manager that is kept knows what a new one reads, whoever wrote in between', async () => {
  const files = await agreedState();
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 8 }), async (acts) => {
      const directory = new StampedDirectory(new Map(files));
      const watch = new SyncStateManager(directory, OPTIONS);
      const paths = ['f1', 'f2', 'f29', 'new', 'new/below'];
      for (const { who, does, changes } of acts) {
        const manager = who === 'watch' ? watch : new SyncStateManager(directory, who === 'other' ? OPTIONS : undefined);
        await manager.open();
        for (const [at, content] of changes) record(manager, at, content);
        const counts = { source: ROWS, destination: ROWS - changes.length };
        if (does === 'announce') await manager.announce([{ path: 'f1', deleteAt: 'source' }], SIDES, 1);
        if (does === 'commit' || does === 'announce') await manager.commit(SIDES, counts, 1);
        if (does === 'finish') await manager.finish(SIDES, counts, 1);
        if (does === 'disregard') manager.disregard();
        if (does === 'finish' || who === 'watch') {
          const fresh = await known(new SyncStateManager(new StampedDirectory(new Map(directory.files))), paths);
          expect(await known(watch, paths)).toEqual(fresh);
        }
      }
    }),
    { numRuns: 60, seed: 20261121 },
  );
});

test('it reads nothing twice while nobody else writes', async () => {
  const directory = new StampedDirectory(await agreedState());
  const manager = new SyncStateManager(directory, OPTIONS);
  await manager.open();
  for (let run = 0; run < 3; run++) {
    record(manager, 'f7', `${run}`);
    await manager.finish(SIDES, { source: ROWS, destination: ROWS }, 1);
    directory.reads = 0;
    await manager.open();
    expect(directory.reads).toBe(0);
    expect((await manager.pick('source', new Set(['f7']))).get('f7')?.hash).toBe(`${run}`);
  }
  const other = new SyncStateManager(directory);
  await other.open();
  record(other, 'f7', 'other');
  await other.finish(SIDES, { source: ROWS, destination: ROWS }, 1);
  await manager.open();
  expect((await manager.pick('source', new Set(['f7']))).get('f7')?.hash).toBe('other');
});

test('a write that failed is not taken for done', async () => {
  const files = await agreedState();
  const directory = new StampedDirectory(files, { dieAt: 0, death: 'middle' });
  const manager = new SyncStateManager(directory, OPTIONS);
  await manager.open();
  record(manager, 'f7', 'lost');
  await expect(manager.finish(SIDES, { source: ROWS, destination: ROWS }, 1)).rejects.toBeInstanceOf(Crash);
  await manager.open();
  expect((await manager.pick('source', new Set(['f7']))).get('f7')?.hash).toBe('x');
});

test('who runs again and again leaves the trees alone until the journal is long', async () => {
  const directory = new StampedDirectory();
  const manager = new SyncStateManager(directory, { journalRowsMin: 10 });
  await manager.open();
  record(manager, 'a', 'first');
  await manager.finish(SIDES, { source: 1, destination: 1 }, 1);
  const trees = (): (string | undefined)[] => ['source_tree.json', 'destination_tree.json'].map((name) => directory.files.get(name));
  const before = trees();
  for (let n = 0; n < 9; n++) {
    await manager.open();
    record(manager, `f${n}`, 'x');
    await manager.finish(SIDES, { source: n + 2, destination: n + 2 }, 1);
    expect(trees()).toEqual(before);
  }
  await manager.open();
  record(manager, 'last', 'x');
  await manager.finish(SIDES, { source: 11, destination: 11 }, 1);
  expect(trees()).not.toEqual(before);
  const fresh = new SyncStateManager(directory);
  expect((await fresh.open())?.source.files).toBe(11);
  expect(await fresh.allPaths('destination')).toEqual(['a', ...Array.from({ length: 9 }, (_, n) => `f${n}`), 'last']);
});
