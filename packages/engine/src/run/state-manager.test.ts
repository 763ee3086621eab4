import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Entry, Side } from '../model/entry.ts';
import { SyncError } from '../model/error.ts';
import { comparePaths, isWithin } from '../model/path.ts';
import { encodeCommitLine } from '../model/tree-schema.ts';
import { Crash, type Death, Directory, SearchableDirectory } from './memory-directory.test.support.ts';
import { SyncStateManager } from './state-manager.ts';
import { pathOfRow } from './tree-file.ts';

const SIDES = {
  source: { url: '/laptop', identity: 'laptop-disk' },
  destination: { url: '/usb', identity: 'usb-disk' },
};
const FILES = { source: 1, destination: 1 };
const NOW = Date.UTC(2026, 10, 21);
const NAMES = {
  metadata: 'sync_metadata.json',
  journal: 'journal.jsonl',
  source: 'source_tree.json',
  destination: 'destination_tree.json',
};

function file(path: string, hash: string): Entry {
  return { path, kind: 'file', size: hash.length, mtimeMs: 5, mode: 0o644, id: `id of ${path}`, version: '1', hash, target: undefined };
}

/** Path → content agreed on; undefined: no longer agreed. */
type Contents = Readonly<Record<string, string | undefined>>;

function record(manager: SyncStateManager, contents: Contents): void {
  for (const [path, hash] of Object.entries(contents)) {
    const entry = hash === undefined ? undefined : file(path, hash);
    manager.record({ path, source: entry, destination: entry && { ...entry, id: 'other', version: '2' } });
  }
}

/** What a new process finds: path → content. @throws when the sides do not agree on which paths and contents there are */
async function remembered(files: Map<string, string>): Promise<Record<string, string>> {
  const manager = new SyncStateManager(new Directory(files));
  await manager.open();
  const [source, destination] = [await contentsOf(manager, 'source'), await contentsOf(manager, 'destination')];
  expect(destination).toEqual(source);
  return source;
}

async function contentsOf(manager: SyncStateManager, side: Side): Promise<Record<string, string>> {
  const paths = await manager.allPaths(side);
  const rows = await manager.pick(side, new Set(paths));
  return Object.fromEntries(paths.map((path) => [path, rows.get(path)?.hash ?? '']));
}

async function saved(contents: Contents): Promise<Map<string, string>> {
  const directory = new Directory();
  const manager = new SyncStateManager(directory);
  await manager.open();
  record(manager, contents);
  await manager.finish(SIDES, FILES, NOW);
  return directory.files;
}

async function journalOf(contents: Contents): Promise<string> {
  const directory = new Directory();
  const manager = new SyncStateManager(directory);
  record(manager, contents);
  await manager.commit(SIDES, FILES, NOW);
  return directory.files.get(NAMES.journal) as string;
}

const corrupt = expect.objectContaining({ name: 'SyncError', code: 'state/corrupt' });

let files: Map<string, string>;
beforeEach(async () => {
  files = await saved({ a: 'A', 'b/c': 'BC', d: 'D' });
});

describe('the last state', () => {
  it('is none at first', async () => {
    const manager = new SyncStateManager(new Directory());
    expect(await manager.open()).toBeUndefined();
    expect(manager.rows('source')).toBeUndefined();
    expect(await manager.pick('source', new Set(['a']))).toEqual(new Map());
    expect(await manager.loadSourceTree()).toEqual(new Map());
  });

  it('comes back as it was, each side with its own facts', async () => {
    const manager = new SyncStateManager(new Directory(files));
    expect(await manager.open()).toEqual({
      version: 1,
      updated: '2026-11-21T00:00:00.000Z',
      source: { ...SIDES.source, rows: 3, files: 1 },
      destination: { ...SIDES.destination, rows: 3, files: 1 },
    });
    expect((await manager.loadSourceTree()).get('a')).toEqual(file('a', 'A'));
    expect((await manager.loadDestinationTree()).get('a')).toEqual({ ...file('a', 'A'), id: 'other', version: '2' });
    expect([...files.keys()].sort()).toEqual([NAMES.destination, NAMES.source, NAMES.metadata].sort());
  });

  it('holds what was recorded once it is committed, and not before', async () => {
    const manager = new SyncStateManager(new Directory(files));
    await manager.open();
    record(manager, { a: 'A2', d: undefined, e: 'E' });
    expect(manager.hasPending).toBe(true);
    expect(await remembered(files)).toEqual({ a: 'A', 'b/c': 'BC', d: 'D' });
    await manager.commit(SIDES, FILES, NOW);
    expect(manager.hasPending).toBe(false);
    expect(await remembered(files)).toEqual({ a: 'A2', 'b/c': 'BC', e: 'E' });
    expect(await manager.allPaths('destination')).toEqual(['a', 'b/c', 'e']);
  });

  it('follows a model through any commits, ends and restarts', async () => {
    const contents = fc.dictionary(
      fc.constantFrom('a', 'b', 'b/c', 'd', '"\n', '__proto__'),
      fc.option(fc.constantFrom('x', 'y', 'z'), { nil: undefined }),
      {
        noNullPrototype: false,
      },
    );
    const step = fc.record({ contents, how: fc.constantFrom('commit', 'finish', 'restart') });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 6 }), async (steps) => {
        const directory = new Directory();
        const model = new Map<string, string>();
        let manager = new SyncStateManager(directory);
        await manager.open();
        for (const { contents, how } of steps) {
          record(manager, contents);
          for (const [path, hash] of Object.entries(contents)) {
            if (hash === undefined) model.delete(path);
            else model.set(path, hash);
          }
          if (how === 'finish') await manager.finish(SIDES, FILES, NOW);
          else await manager.commit(SIDES, FILES, NOW);
          if (how === 'restart') {
            manager = new SyncStateManager(directory);
            await manager.open();
          }
          expect(new Map(Object.entries(await remembered(directory.files)))).toEqual(model);
        }
      }),
    );
  });

  it('stands under one path on both sides, whatever a storage spells', async () => {
    const manager = new SyncStateManager(new Directory(files));
    await manager.open();
    manager.record({ path: 'caf\u00e9', source: file('caf\u00e9', 'x'), destination: file('cafe\u0301', 'x') });
    await manager.finish(SIDES, FILES, NOW);
    expect(Object.keys(await remembered(files))).toContain('caf\u00e9');
  });

  it('an end with nothing new writes nothing', async () => {
    const manager = new SyncStateManager(new Directory(files, { dieAt: 0 }));
    await manager.open();
    await manager.finish(SIDES, FILES, NOW + 1);
    expect(await remembered(files)).toEqual({ a: 'A', 'b/c': 'BC', d: 'D' });
  });
});

describe('what a crash leaves', () => {
  /** A run that commits twice and ends. @returns what was certainly committed when it died */
  async function run(directory: Directory, rounds: readonly Contents[]): Promise<number> {
    let committed = 0;
    try {
      const manager = new SyncStateManager(directory);
      await manager.open();
      for (const contents of rounds.slice(0, -1)) {
        record(manager, contents);
        await manager.commit(SIDES, FILES, NOW);
        committed++;
      }
      record(manager, rounds.at(-1) ?? {});
      await manager.finish(SIDES, FILES, NOW);
      return rounds.length;
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      return committed;
    }
  }

  const ROUNDS: readonly Contents[] = [
    { a: 'A1', d: undefined, e: 'E1' },
    { a: undefined, f: 'F2' },
    { 'b/c': 'BC3', e: 'E3', f: undefined, g: 'G3' },
  ];
  const DEATHS: readonly Death[] = ['before', 'after', 'middle'];

  for (const begin of ['a first run', 'a later run'] as const) {
    const start = (): Promise<Map<string, string>> =>
      begin === 'a first run' ? Promise.resolve(new Map()) : saved({ a: 'A', 'b/c': 'BC', d: 'D' });

    it(`${begin}, dead at every step: a state that opens, with every path as it was or as it is, on both sides together`, async () => {
      const initial = begin === 'a first run' ? {} : { a: 'A', 'b/c': 'BC', d: 'D' };
      let deaths = 0;
      for (const death of DEATHS) {
        for (let dieAt = 0; ; dieAt++) {
          const left = await start();
          const committed = await run(new Directory(left, { dieAt, death }), ROUNDS);
          if (committed === ROUNDS.length) break;
          deaths++;
          const versions: Contents[] = [initial, ...ROUNDS];
          const found = await remembered(left);
          for (const path of ['a', 'b/c', 'd', 'e', 'f', 'g']) {
            const before = versions.slice(0, committed + 1).findLast((contents) => path in contents)?.[path];
            const after = versions.slice(0, committed + 2).findLast((contents) => path in contents)?.[path];
            expect([before, after], `${path} after ${death} step ${dieAt}`).toContain(found[path]);
          }
        }
      }
      expect(deaths).toBeGreaterThan(15);
    });

    it(`${begin}, dead at every step: the next run finishes the job, dead again at every step`, async () => {
      const whole = await start();
      await run(new Directory(whole), ROUNDS);
      const expected = await remembered(whole);
      for (const death of DEATHS) {
        for (let dieAt = 0; dieAt < 14; dieAt++) {
          for (const second of [1, 2, 4, 8]) {
            const left = await start();
            await run(new Directory(left, { dieAt, death }), ROUNDS);
            await run(new Directory(left, { dieAt: second, death: 'middle' }), ROUNDS);
            await remembered(left);
            await run(new Directory(left), ROUNDS);
            expect(await remembered(left), `after ${death} step ${dieAt}, then in the middle of step ${second}`).toEqual(expected);
          }
        }
      }
    });
  }

  it('what is committed after a torn journal is not lost with the torn line', async () => {
    const line = '{"path":"a","source":null,"destination":null}\n';
    const journal = line + encodeCommitLine(line);
    for (const torn of ['', '{"pa', 'x\n', '{"path":"d","source":null,"destination":null}']) {
      const left = new Map(files).set(NAMES.journal, journal + torn);
      const manager = new SyncStateManager(new Directory(left));
      await manager.open();
      record(manager, { e: 'E' });
      await manager.commit(SIDES, FILES, NOW);
      const { a, e } = await remembered(left);
      expect({ torn, a, e }).toEqual({ torn, a: undefined, e: 'E' });
    }
  });

  it('a batch counts as a whole: what is torn or damaged in it takes it along, and all that follows', async () => {
    const line = (path: string): string => `{"path":"${path}","source":null,"destination":null}\n`;
    const batch = (lines: string): string => lines + encodeCommitLine(lines);
    const left = async (journal: string): Promise<string[]> => Object.keys(await remembered(new Map(files).set(NAMES.journal, journal)));
    expect(await left(batch(line('a')) + batch(line('d')))).toEqual(['b/c']);
    expect(await left(`${batch(line('a'))}garbage\n${batch(line('d'))}`)).toEqual(['b/c', 'd']);
    expect(await left(batch(line('a')) + batch(line('d')).replace('"d"', '"e"'))).toEqual(['b/c', 'd']);
    expect(await left(batch(line('a')) + line('d'))).toEqual(['b/c', 'd']);
    expect(await left(batch(line('a') + line('d')).slice(0, -5))).toEqual(['a', 'b/c', 'd']);
  });

  it('a journal without trees belongs to nobody', async () => {
    const stale = await journalOf({ old: 'OLD' });
    const begin: readonly ((manager: SyncStateManager) => Promise<void>)[] = [
      (manager) => manager.commit(SIDES, FILES, NOW),
      (manager) => manager.finish(SIDES, FILES, NOW),
      (manager) => manager.saveSourceTree(new Map()),
    ];
    for (const write of begin) {
      const left = new Map([[NAMES.journal, stale]]);
      const manager = new SyncStateManager(new Directory(left));
      expect(await manager.open()).toBeUndefined();
      await write(manager);
      expect(await remembered(left)).toEqual({});
    }
  });
});

describe('a state that cannot be used', () => {
  it.each<[string, string, string]>([
    ['metadata that is no JSON', '{"version":1,', 'state/corrupt'],
    ['metadata without its sides', '{"version":1,"updated":""}', 'state/corrupt'],
    ['metadata of no version', '{}', 'state/corrupt'],
    ['metadata of an older, unknown version', '{"version":0}', 'state/corrupt'],
    ['metadata of a newer version', '{"version":2,"shape":"unknown"}', 'state/newer-version'],
  ])('%s', async (_what, text, code) => {
    files.set(NAMES.metadata, text);
    const manager = new SyncStateManager(new Directory(files));
    await expect(manager.open()).rejects.toThrow(expect.objectContaining({ code }));
    expect(manager.rows('source')).toBeUndefined();
  });

  it('a tree that is missing', async () => {
    files.delete(NAMES.destination);
    const manager = new SyncStateManager(new Directory(files));
    await manager.open();
    expect(() => manager.rows('destination')).toThrow(corrupt);
  });

  it('any damage of a tree is state/corrupt and nothing else', async () => {
    const text = files.get(NAMES.source) as string;
    const character = fc.constantFrom('"', '\\', '{', '}', ',', ':', '\n', '0', 'x', '/', '.', '\0', '\uD83D');
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 1), character, async (at, other) => {
        const damaged = new Map(files).set(NAMES.source, text.slice(0, at) + other + text.slice(at + 1));
        const manager = new SyncStateManager(new Directory(damaged));
        try {
          await manager.loadSourceTree();
          record(manager, { c: 'C' });
          await manager.finish(SIDES, FILES, NOW);
        } catch (error) {
          if (!SyncError.is(error, 'state/corrupt')) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is kept under other names, whole, and the next run starts without', async () => {
    const before = new Map(files.set(NAMES.journal, 'garbage'));
    const manager = new SyncStateManager(new Directory(files));
    await manager.open();
    const kept = await manager.setAside('corrupt');
    expect(kept.sort()).toEqual(
      Object.values(NAMES)
        .map((name) => `${name}.corrupt-1`)
        .sort(),
    );
    for (const [name, text] of before) expect(files.get(`${name}.corrupt-1`)).toBe(text);
    expect(files.size).toBe(4);
    expect(manager.rows('source')).toBeUndefined();
    expect(await manager.open()).toBeUndefined();
  });

  it('half set aside, it still does not pass for a first sync', async () => {
    for (let dieAt = 0; dieAt < 4; dieAt++) {
      const left = new Map(files).set(NAMES.journal, '');
      await expect(new SyncStateManager(new Directory(left, { dieAt })).setAside('other-root')).rejects.toThrow(Crash);
      expect(await new SyncStateManager(new Directory(left)).open(), `dead at step ${dieAt}`).toBeDefined();
    }
  });

  it('a dry run goes on without it and leaves its files alone', async () => {
    const before = new Map(files);
    const manager = new SyncStateManager(new Directory(files, { dieAt: 0 }));
    await manager.open();
    manager.disregard();
    expect(manager.rows('source')).toBeUndefined();
    expect(files).toEqual(before);
  });
});

describe('big trees', () => {
  const ROWS = 2_500;
  let big: Map<string, string>;
  beforeEach(async () => {
    const paths = Array.from({ length: ROWS }, (_, index) => String(index).padStart(6, '0'));
    big = await saved(Object.fromEntries(paths.map((path) => [path, path])));
  });

  it('are rewritten when one path was agreed on again and again', async () => {
    const manager = new SyncStateManager(new Directory(big));
    await manager.open();
    let runs = 0;
    for (; runs === 0 || big.has(NAMES.journal); runs++) {
      record(manager, { again: `${runs}` });
      await manager.finish(SIDES, FILES, NOW);
      expect((big.get(NAMES.journal) ?? '').length).toBeLessThan((ROWS / 200) * 500);
    }
    expect(runs).toBeGreaterThan(10);
    expect((await manager.pick('source', new Set(['again']))).get('again')?.hash).toBe(`${runs - 1}`);
  });

  it('beside a small journal, how many files there are is known all the same, and a batch that is torn changes nothing', async () => {
    const manager = new SyncStateManager(new Directory(big));
    await manager.open();
    for (const count of [7, 8]) {
      record(manager, { [`new${count}`]: 'new' });
      await manager.finish(SIDES, { source: count, destination: count + 1 }, NOW);
    }
    const filesNow = async (): Promise<(number | undefined)[]> => {
      const found = await new SyncStateManager(new Directory(big)).open();
      return [found?.source.files, found?.destination.files];
    };
    expect(big.has(NAMES.journal)).toBe(true);
    expect(await filesNow()).toEqual([8, 9]);
    big.set(NAMES.journal, (big.get(NAMES.journal) as string).slice(0, -2));
    expect(await filesNow()).toEqual([7, 8]);
    const torn = new SyncStateManager(new Directory(big));
    await torn.open();
    await torn.announce([{ path: 'new7', deleteAt: 'source' }], SIDES, NOW);
    expect(await filesNow()).toEqual([7, 8]);
  });

  it('are not rewritten for a small journal, and are for one that has grown to a two-hundredth of them', async () => {
    const tree = big.get(NAMES.source);
    const manager = new SyncStateManager(new Directory(big));
    await manager.open();
    record(manager, { '000007': 'new', new: 'new' });
    await manager.finish(SIDES, FILES, NOW);
    expect(big.get(NAMES.source)).toBe(tree);
    const rows = await manager.pick('source', new Set(['000007', '000008', 'new']));
    expect([...rows].map(([path, row]) => [path, row.hash])).toEqual([
      ['000007', 'new'],
      ['000008', '000008'],
      ['new', 'new'],
    ]);

    record(manager, Object.fromEntries(Array.from({ length: ROWS / 50 }, (_, index) => [`many-${index}`, 'new'])));
    await manager.finish(SIDES, FILES, NOW);
    expect(big.has(NAMES.journal)).toBe(false);
    expect((await manager.open())?.source.rows).toBe(ROWS + 1 + Math.floor(ROWS / 50));
    expect(await manager.allPaths('destination')).toContain('many-0');
  });
});

describe('some paths of many', () => {
  it.each([Directory, SearchableDirectory])('are found, the journal included (%s)', async (Kind) => {
    const inTree = Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`folder${index % 20}/file${index}`, `hash ${index}`]));
    const manager = new SyncStateManager(new Kind(await saved({ ...inTree, folder7: 'x', 'folder7.txt': 'y' })));
    await manager.open();
    record(manager, { 'folder7/file27': 'edited', 'folder7/file47': undefined, 'folder7/new': 'new', 'folder8/new': 'new' });
    await manager.commit(SIDES, FILES, NOW);
    const wanted = ['folder7/file27', 'folder7/file47', 'folder7/file67', 'folder7/new', 'folder7', 'nothing'];
    const found = await manager.pick('destination', new Set(wanted));
    expect(Object.fromEntries([...found].map(([path, { hash }]) => [path, hash]))).toEqual({
      'folder7/file27': 'edited',
      'folder7/file67': 'hash 67',
      'folder7/new': 'new',
      folder7: 'x',
    });
    const rows: string[] = [];
    const reader = manager.rows('source', ['folder7']);
    while (reader !== undefined && (await reader.next())) rows.push(pathOfRow(reader.row));
    const within = Object.keys(inTree).filter((path) => path.startsWith('folder7/') && path !== 'folder7/file47');
    expect(rows.filter((path) => isWithin('folder7', path))).toEqual(['folder7', ...within, 'folder7/new'].sort(comparePaths));
  });

  it('a tree that is missing is state/corrupt', async () => {
    files.delete(NAMES.source);
    const manager = new SyncStateManager(new SearchableDirectory(files));
    await manager.open();
    await expect(manager.pick('source', new Set(['a']))).rejects.toThrow(corrupt);
    await expect(manager.rows('source', ['a'])?.next()).rejects.toThrow(corrupt);
  });
});

describe('the seed’s names', () => {
  const tree = new Map([
    ['b', file('b', 'B')],
    ['a', file('a', 'A2')],
  ]);

  it('save and load a tree', async () => {
    const manager = new SyncStateManager(new Directory());
    await manager.saveSourceTree(tree);
    expect(await manager.loadSourceTree()).toEqual(tree);
    expect([...(await manager.loadSourceTree()).keys()]).toEqual(['a', 'b']);
    expect(await manager.loadDestinationTree()).toEqual(new Map());
    await manager.saveDestinationTree(tree);
    expect(await manager.loadDestinationTree()).toEqual(tree);
    expect((await manager.open())?.source).toMatchObject({ rows: 2, files: 2 });
  });

  it('saving one side leaves the other as it was, what only the journal knows included', async () => {
    const manager = new SyncStateManager(new Directory(files));
    await manager.open();
    record(manager, { e: 'E', d: undefined });
    await manager.commit(SIDES, FILES, NOW);
    const before = await manager.loadDestinationTree();
    await manager.saveSourceTree(tree);
    expect(await manager.loadDestinationTree()).toEqual(before);
    expect(await manager.loadSourceTree()).toEqual(tree);
    expect((await manager.open())?.destination.identity).toBe(SIDES.destination.identity);
  });

  it('clear forgets everything, and a crash in it leaves all or nothing', async () => {
    for (let dieAt = 0; dieAt < 4; dieAt++) {
      const left = new Map(files);
      await expect(new SyncStateManager(new Directory(left, { dieAt, death: 'after' })).clear()).rejects.toThrow(Crash);
      expect(await remembered(left)).toEqual({});
    }
    const manager = new SyncStateManager(new Directory(files));
    await manager.clear();
    expect(files.size).toBe(0);
    expect(await manager.open()).toBeUndefined();
  });
});
