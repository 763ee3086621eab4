import { type Entry, SyncError } from '@cloudsync/engine';
import { describe, expect, it } from 'vitest';
import { bytesOf, readAll, streamOf, textOf } from '../content.ts';
import { Random } from '../random.ts';
import { ClientView } from './client-view.ts';
import { Disk } from './disk.ts';
import { type FaultKind, Faults } from './faults.ts';
import { MemoryStateDirectory, StateFiles } from './memory-state-directory.ts';
import { Process } from './process.ts';
import { StrictStorage, type StrictStorageOptions } from './strict-storage.ts';

function newDisk(): Disk {
  return new Disk({ now: () => Date.UTC(2026, 0, 1) });
}

/** A storage in which one fault fires at every occasion. */
function faulty(kind: FaultKind, options: Partial<StrictStorageOptions> = {}): { storage: StrictStorage; faults: Faults; disk: Disk } {
  const disk = options.disk ?? newDisk();
  const faults = new Faults({ random: new Random(1), rates: { [kind]: 1 } });
  return { storage: new StrictStorage({ ...options, disk, faults }), faults, disk };
}

function upload(storage: StrictStorage, path: string, text: string, expected?: Entry): Promise<Entry> {
  const bytes = bytesOf(text);
  return storage.upload({ path, kind: 'file', size: bytes.length, mtimeMs: 0 }, streamOf(bytes), { expected });
}

function put(disk: Disk, path: string, text: string): Entry {
  disk.put(path, { kind: 'file', bytes: bytesOf(text) }, 'user');
  return disk.entry(path) as Entry;
}

async function codeOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
    return 'none';
  } catch (error) {
    return SyncError.is(error) ? error.code : String(error);
  }
}

async function pathsIn(storage: StrictStorage): Promise<{ paths: string[]; notes: string[] }> {
  const paths: string[] = [];
  const notes: string[] = [];
  for await (const { entries, notes: told } of storage.list({ ignore: [] })) {
    paths.push(...(entries ?? []).map(({ path }) => path));
    notes.push(...(told ?? []).map(({ type }) => type));
  }
  return { paths, notes };
}

describe('StrictStorage fails in every way a real storage does', () => {
  it('error-before: nothing was done', async () => {
    const { storage, faults, disk } = faulty('error-before');
    expect(await codeOf(upload(storage, 'a', 'content'))).toBe('storage/unreachable');
    expect(disk.find('a')).toBeUndefined();
    expect(faults.counts['error-before']).toBe(1);
  });

  it('error-after: it was done and the answer is lost', async () => {
    const { storage, disk } = faulty('error-after');
    expect(await codeOf(upload(storage, 'a', 'content'))).toBe('storage/unreachable');
    expect(disk.find('a')).toBeDefined();
  });

  it('short-write is caught by the size', async () => {
    const { storage, disk } = faulty('short-write');
    expect(await codeOf(upload(storage, 'a', 'content'))).toBe('storage/corrupt-transfer');
    expect(disk.find('a')).toBeUndefined();
  });

  it('no-space', async () => {
    expect(await codeOf(upload(faulty('no-space').storage, 'a', 'content'))).toBe('storage/no-space');
  });

  it('vanished: a file is deleted between the listing and the moment it is read', async () => {
    const { storage, disk } = faulty('vanished');
    expect(await codeOf(readAll(storage.download(put(disk, 'a', 'content'))))).toBe('storage/not-found');
  });

  it('edited-while-read: what was read is not delivered as complete', async () => {
    const { storage, disk } = faulty('edited-while-read');
    expect(await codeOf(readAll(storage.download(put(disk, 'a', 'content'))))).toBe('storage/changed');
  });

  it('unreadable: a folder cannot be read now, and the listing says so', async () => {
    const { storage, disk } = faulty('unreadable', { scans: false });
    disk.put('folder', { kind: 'folder' }, 'user');
    put(disk, 'folder/file', 'content');
    put(disk, 'other', 'content');
    expect(await pathsIn(storage)).toEqual({ paths: ['folder', 'other'], notes: ['unreadable'] });
  });

  it('stale-listing: shows what was there when this client last looked, and never anything older', async () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      const disk = newDisk();
      const view = new ClientView();
      put(disk, 'old', 'content');
      const fresh = new StrictStorage({ disk, view, scans: false });
      expect((await pathsIn(fresh)).paths).toEqual(['old']);
      disk.remove('old', 'user');
      put(disk, 'new', 'content');
      await upload(fresh, 'own', 'content');
      const faults = new Faults({ random: new Random(seed), rates: { 'stale-listing': 1 } });
      const stale = new StrictStorage({ disk, view, scans: false, faults });
      const { paths } = await pathsIn(stale);
      // A client always sees its own writes, and never loses sight of what it was shown.
      expect(paths).toContain('own');
      if (paths.includes('new')) expect((await pathsIn(stale)).paths).toContain('new');
      seen.add([...paths].sort().join(' '));
    }
    expect(seen).toEqual(new Set(['new own', 'own', 'old own', 'new old own']));
  });

  it('notes what no correct engine asks for', async () => {
    const storage = new StrictStorage({ disk: newDisk() });
    expect(await codeOf(storage.stat('../outside'))).toBe('path/unsafe');
    await expect(storage.upload({ path: 'a', kind: 'file', size: 0, mtimeMs: 0 }, undefined, { expected: undefined })).rejects.toThrow(
      TypeError,
    );
    expect(storage.misuses.length).toBe(2);
  });

  it('a process that died gets no answer, and what it does has no effect', async () => {
    const disk = newDisk();
    const process = new Process({ diesAtStep: 2 });
    const storage = new StrictStorage({ disk, process });
    let answered = false;
    void upload(storage, 'a', 'content').finally(() => {
      answered = true;
    });
    await process.death;
    await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toBe(false);
    expect(disk.find('a')).toBeUndefined();
  });
});

describe('MemoryStateDirectory', () => {
  it('tears the tail of an append in which the process dies', async () => {
    const lengths = new Set<number>();
    for (let seed = 0; seed < 40; seed++) {
      const files = new StateFiles();
      await new MemoryStateDirectory({ files }).append('journal', 'first\n');
      const process = new Process({ diesAtStep: 2 });
      const faults = new Faults({ random: new Random(seed), rates: {} });
      void new MemoryStateDirectory({ files, process, faults }).append('journal', 'second\n');
      await process.death;
      const text = files.files.get('journal') ?? '';
      expect('first\nsecond\n'.startsWith(text) && text.startsWith('first\n')).toBe(true);
      lengths.add(text.length);
    }
    expect(lengths.size).toBeGreaterThan(3);
  });

  it('a write that is not durable can be undone by a power cut, as a whole', async () => {
    const texts = new Set<string>();
    for (let seed = 0; seed < 20; seed++) {
      const files = new StateFiles();
      const directory = new MemoryStateDirectory({ files });
      await directory.write('a', ['old']);
      await directory.write('a', ['new'], { durable: false });
      files.crash(new Random(seed));
      texts.add(files.files.get('a') ?? '');
    }
    expect(texts).toEqual(new Set(['old', 'new']));
  });
});

describe('content', () => {
  it('comes through a stream as it was', async () => {
    expect(textOf(await readAll(streamOf(bytesOf('a longer text'), 4)))).toBe('a longer text');
  });
});
