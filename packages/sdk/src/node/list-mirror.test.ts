import { decodeHead, type ListNote, SyncError } from '@cloudsync/engine';
import { describe, expect, it } from 'vitest';
import { Mirror, type MirrorRow } from '../mirror/mirror.ts';
import { listMirror, type MirrorListing } from './list-mirror.ts';

/** Makes a tree of paths; what ends with `/` is a folder. */
function treeOf(...paths: string[]): Mirror {
  const mirror = new Mirror();
  const ids = new Map([['', 0]]);
  for (const path of paths) {
    const isFolder = path.endsWith('/');
    const plain = path.replace(/\/$/, '');
    const slash = plain.lastIndexOf('/');
    const id = ids.size;
    ids.set(plain, id);
    const row: MirrorRow = {
      ...{ sequence: id, id, parent: ids.get(plain.slice(0, Math.max(0, slash))) as number, name: plain.slice(slash + 1) },
      ...{
        kind: isFolder ? 'folder' : 'file',
        size: 1,
        mtimeMs: 0,
        mode: undefined,
        hash: undefined,
        target: undefined,
        chunks: 0,
        deleted: false,
      },
    };
    mirror.apply([row]);
  }
  return mirror;
}

async function list(mirror: Mirror, options: Partial<MirrorListing> = {}): Promise<{ paths: string[]; notes: ListNote[]; files: number }> {
  const found = { paths: [] as string[], notes: [] as ListNote[], files: 0 };
  for await (const { rows = '', notes = [], files } of listMirror({ mirror, ignore: [], readText: async () => '', ...options })) {
    if (rows !== '') found.paths.push(...rows.split('\n').map((head) => decodeHead(head).path));
    found.notes.push(...notes);
    found.files += files;
  }
  return found;
}

describe('listMirror', () => {
  it('walks in path order, in batches, and counts files', async () => {
    const names = Array.from({ length: 1_200 }, (_, at) => `many/f${String(at).padStart(4, '0')}`);
    const { paths, files } = await list(treeOf('b', 'a/', 'a.b', 'a/z', 'many/', ...names.toReversed()));
    expect(paths.slice(0, 4)).toEqual(['a', 'a/z', 'a.b', 'b']);
    expect(paths.slice(5)).toEqual(names);
    expect(files).toBe(1_203);
  });

  it('only: overlapping ones once, what is gone yields nothing', async () => {
    const mirror = treeOf('a/', 'a/b/', 'a/b/c', 'd');
    expect((await list(mirror, { only: ['d', 'a/b', 'a', 'a/b/c', 'gone', 'd/below'] })).paths).toEqual(['a', 'a/b', 'a/b/c', 'd']);
    expect((await list(mirror, { only: [] })).paths).toEqual([]);
  });

  it('rows that come while ignore files are read do not tear the listing: everything is listed as it is at one moment', async () => {
    const mirror = treeOf('.syncignore', 'a/', 'z/', 'z/file');
    let reads = 0;
    const readText = async (): Promise<string> => {
      reads++;
      // The folder moves from where the walk was not yet to where it was already.
      const { children, ...z } = mirror.find('z') as NonNullable<ReturnType<Mirror['find']>>;
      mirror.apply([{ ...z, sequence: 99, parent: (mirror.find('a') as { id: number }).id, name: 'y', deleted: false }]);
      return '*.log';
    };
    const { paths, notes } = await list(mirror, { readText });
    expect(paths).toEqual(['.syncignore', 'a', 'a/y', 'a/y/file']);
    expect(notes).toEqual([{ type: 'ignore-file', path: '.syncignore', text: '*.log' }]);
    expect(reads).toBe(1);
  });

  it('a folder whose ignore file cannot be read is not looked into, also when several of its paths are asked for', async () => {
    const mirror = treeOf('a/', 'a/.syncignore', 'a/x', 'a/y', 'b');
    const readText = async (): Promise<string> => {
      throw new SyncError('storage/unreachable', 'away', { retryable: true });
    };
    const whole = await list(mirror, { readText });
    expect(whole.paths).toEqual(['a', 'b']);
    expect(whole.notes).toEqual([{ type: 'unreadable', path: 'a', code: 'storage/unreachable', message: 'away' }]);
    expect((await list(mirror, { readText, only: ['a/x', 'a/y'] })).paths).toEqual([]);
  });
});
