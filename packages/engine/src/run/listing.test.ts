import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../model/entry.ts';
import { SyncError } from '../model/error.ts';
import { ANY_NAMES } from '../model/names.ts';
import { comparePaths, isWithin } from '../model/path.ts';
import type { ListBatch, ListNote, ListOptions, Storage } from '../storage.ts';
import { listInOrder } from './listing.ts';

/** Path → content; a folder ends in `/`, a symlink begins with `→`. */
type Tree = Readonly<Record<string, string>>;

interface Options {
  readonly scans?: boolean;
  readonly batch?: number;
  /** Fails to give the content of this file. */
  readonly unreadable?: string;
}

/** A storage that does the least: it lists in any order and knows nothing of ignore rules. */
function storageOf(tree: Tree, { scans = false, batch = 2, unreadable }: Options = {}): Storage {
  const entries = Object.entries(tree).map(([path, content]): Entry => {
    const kind = content === '/' ? 'folder' : content.startsWith('→') ? 'symlink' : 'file';
    return { path, kind, size: kind === 'file' ? content.length : 0, mtimeMs: 0 };
  });
  const refuse = async (): Promise<never> => {
    throw new Error('a listing changes nothing');
  };
  return {
    url: 'memory:',
    abilities: { scans, mtimeStepMs: 1, modes: false, symlinks: true, folders: true, names: ANY_NAMES },
    identity: async () => 'it',
    async *list({ only }: ListOptions): AsyncGenerator<ListBatch> {
      const wanted = entries.filter(({ path }) => only === undefined || only.some((top) => isWithin(top, path)));
      for (let at = 0; at < wanted.length; at += batch) yield { entries: wanted.slice(at, at + batch), files: 1 };
    },
    stat: async (path) => entries.find((entry) => entry.path === path),
    async *download({ path }) {
      if (path === unreadable) throw new SyncError('storage/denied', `${path} cannot be read; change its permissions`, { path });
      const bytes = new TextEncoder().encode(tree[path]);
      for (const byte of bytes) yield Uint8Array.of(byte);
    },
    upload: refuse,
    delete: refuse,
  };
}

async function list(storage: Storage, options: Partial<ListOptions> = {}): Promise<{ paths: string[]; files: number; notes: ListNote[] }> {
  const paths: string[] = [];
  const notes: ListNote[] = [];
  let files = 0;
  for await (const batch of listInOrder(storage, { ignore: [], ...options })) {
    paths.push(...(batch.entries ?? []).map((entry) => entry.path));
    notes.push(...(batch.notes ?? []));
    files += batch.files;
  }
  return { paths, files, notes };
}

describe('a storage that lists in any order', () => {
  it('is listed in path order', async () => {
    const paths = fc.uniqueArray(
      fc.array(fc.constantFrom('a', 'b', 'a-', '👍'), { minLength: 1, maxLength: 3 }).map((names) => names.join('/')),
    );
    await fc.assert(
      fc.asyncProperty(paths, fc.integer({ min: 1, max: 4 }), async (paths, batch) => {
        const tree = Object.fromEntries(paths.map((path) => [path, 'x']));
        const listed = await list(storageOf(tree, { batch }));
        expect(listed.paths).toEqual([...paths].sort(comparePaths));
        expect(listed.files).toBe(paths.length);
      }),
    );
  });

  it('keeps what belongs to CloudSync itself to itself, at any depth', async () => {
    const tree = {
      '.sync_trash': '/',
      '.sync_trash/1/a': 'x',
      'd/.sync_state/a': 'x',
      'd/.cloudsync-tmp-1': 'x',
      'd/kept': 'x',
      sync_trash: 'x',
    };
    expect((await list(storageOf(tree))).paths).toEqual(['d/kept', 'sync_trash']);
  });

  it('has ignore files applied, and tells the other side of them', async () => {
    const tree = {
      '.syncignore': '*.log\nbuild/\n# é\n',
      'a.log': 'x',
      build: '/',
      'build/b/out': 'x',
      'sub/.syncignore': '!kept.log\n',
      'sub/kept.log': 'x',
      'sub/other.log': 'x',
    };
    const { paths, files, notes } = await list(storageOf(tree));
    expect(paths).toEqual(['.syncignore', 'sub/.syncignore', 'sub/kept.log']);
    expect(files).toBe(3);
    expect(notes.filter((note) => note.type === 'ignore-file')).toEqual([
      { type: 'ignore-file', path: '.syncignore', text: tree['.syncignore'] },
      { type: 'ignore-file', path: 'sub/.syncignore', text: tree['sub/.syncignore'] },
    ]);
    const holders = new Set(notes.flatMap((note) => (note.type === 'holds-ignored' ? [note.path] : [])));
    expect(holders).toEqual(new Set(['', 'build/b', 'sub']));
  });

  it('patterns from outside outrank the files', async () => {
    const tree = { '.syncignore': '*.log\n', 'a.log': 'x', 'b.tmp': 'x' };
    expect((await list(storageOf(tree), { ignore: ['!a.log', '*.tmp'] })).paths).toEqual(['.syncignore', 'a.log']);
  });

  it('a folder or symlink called like an ignore file is none', async () => {
    expect((await list(storageOf({ '.syncignore': '/', 'd/.syncignore': '→ elsewhere', 'a.log': 'x' }))).paths).toHaveLength(3);
  });

  it('leaves symlinks out when they are to be skipped', async () => {
    const tree = { a: '→ b', b: 'x' };
    expect((await list(storageOf(tree), { symlinks: 'skip' })).paths).toEqual(['b']);
    expect((await list(storageOf(tree), { symlinks: 'keep' })).paths).toEqual(['a', 'b']);
  });

  it('looked at in part, obeys the ignore files above that part', async () => {
    const tree = {
      '.syncignore': '*.log\n/secret\n',
      'd/.syncignore': '!d.log\n',
      'd/a.log': 'x',
      'd/d.log': 'x',
      'd/e/a.log': 'x',
      'secret/a': 'x',
    };
    for (const only of [['d/a.log', 'd/d.log', 'd/e'], ['d'], ['secret/a', 'd/d.log'], ['d/d.log', 'd/.syncignore']]) {
      const { paths } = await list(storageOf(tree), { only });
      expect(paths).not.toContain('d/a.log');
      expect(paths).not.toContain('d/e/a.log');
      expect(paths).not.toContain('secret/a');
      expect(paths).toContain('d/d.log');
    }
  });

  it('a folder whose ignore file cannot be read is not looked into: nothing ignored may pass for synced', async () => {
    const tree = { 'd/.syncignore': '*.key\n', 'd/a.key': 'x', 'e/b': 'x' };
    const { notes } = await list(storageOf(tree, { unreadable: 'd/.syncignore' }));
    expect(notes).toContainEqual({
      type: 'unreadable',
      path: 'd',
      code: 'storage/denied',
      message: 'd/.syncignore cannot be read; change its permissions',
    });
    const tooBig = await list(storageOf({ '.syncignore': '#'.repeat(2 ** 20 + 1), a: 'x' }));
    expect(tooBig.notes).toContainEqual(
      expect.objectContaining({ type: 'unreadable', path: '', message: expect.stringContaining('.syncignore') }),
    );
  });
});

describe('a storage that scans', () => {
  it('is passed on as it comes', async () => {
    const tree = { b: 'x', a: 'x', '.sync_trash': '/' };
    expect((await list(storageOf(tree, { scans: true }))).paths).toEqual(['b', 'a', '.sync_trash']);
  });
});
