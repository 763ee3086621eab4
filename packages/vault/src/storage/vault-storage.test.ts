import { compareVectors, type Entry, type ListNote, SyncError } from '@cloudsync/engine';
import { describe, expect, it } from 'vitest';
import { ACTORS, committed, newTestVault, openStorage, putFile, putFolder, textOf } from '../new-vault.test.support.ts';
import { listReplicas } from '../replica/replicas.ts';
import type { VaultStorage } from './vault-storage.ts';

async function listed(storage: VaultStorage, options = {}): Promise<{ entries: Entry[]; notes: ListNote[] }> {
  const entries: Entry[] = [];
  const notes: ListNote[] = [];
  for await (const batch of storage.list({ ignore: [], tombstones: true, ...options })) {
    entries.push(...(batch.entries ?? []));
    notes.push(...(batch.notes ?? []));
  }
  return { entries, notes };
}

async function mustStat(storage: VaultStorage, path: string): Promise<Entry> {
  const entry = await storage.stat(path);
  if (entry === undefined) throw new Error(`nothing at ${path}`);
  return entry;
}

describe('versions', () => {
  it('nothing staged, nothing committed; everything from one list to the next is one snapshot', async () => {
    const storage = await openStorage(await newTestVault());
    await storage.flush();
    expect(storage.vault.head?.commit.sequence).toBe(1);
    await listed(storage);
    await putFile(storage, 'a');
    await storage.flush();
    await putFile(storage, 'b');
    await storage.flush();
    expect(storage.vault.head?.commit).toMatchObject({
      sequence: 3,
      snapshots: [1, 3],
      changes: { created: 2, paths: [{ path: 'a' }, { path: 'b' }] },
    });
    await listed(storage);
    await putFile(storage, 'c');
    await storage.flush();
    expect(storage.vault.head?.commit).toMatchObject({
      sequence: 4,
      snapshots: [1, 3, 4],
      changes: { created: 1 },
      totals: { files: 3, bytes: 3 },
    });
  });

  it('gives the contents that later versions replaced, for merges', async () => {
    const storage = await openStorage(await newTestVault());
    const first = await putFile(storage, 'a', { content: 'first' });
    await storage.flush();
    await listed(storage);
    const second = await putFile(storage, 'a', { content: 'second', expected: first });
    await storage.flush();
    await listed(storage);
    await storage.delete(second);
    await storage.flush();
    const wanted = new Set([first.hash, second.hash, 'f'.repeat(64)].map(String));
    const found = await storage.oldContents(wanted);
    expect([...found].map(([hash, bytes]) => [hash, Buffer.from(bytes).toString()])).toEqual([
      [second.hash, 'second'],
      [first.hash, 'first'],
    ]);
  });

  it('tells what changed: a renamed folder is one change', async () => {
    const storage = await openStorage(await newTestVault());
    const folder = await putFolder(storage, 'folder');
    await putFile(storage, 'folder/file');
    const old = await putFile(storage, 'edited');
    await storage.delete(await putFile(storage, 'never seen'));
    const gone = await putFile(storage, 'gone');
    await storage.flush();
    await listed(storage);
    await storage.rename(folder, 'renamed', { expected: undefined });
    await putFile(storage, 'edited', { content: 'again', expected: old });
    await storage.delete(gone);
    await putFile(storage, 'new');
    await storage.flush();
    const { changes } = storage.vault.head?.commit ?? {};
    expect(changes).toMatchObject({ created: 1, modified: 1, deleted: 1, renamed: 1 });
    expect(new Set(changes?.paths.map(({ mark, path, from }) => `${mark} ${path} ${from ?? ''}`))).toEqual(
      new Set(['> renamed folder', '~ edited ', '- gone ', '+ new ']),
    );
  });
});

describe('causes', () => {
  it('a change comes after what it changed; one that brings a vector is merged and does not tick', async () => {
    const storage = await openStorage(await newTestVault());
    const first = await putFile(storage, 'a');
    const second = await putFile(storage, 'a', { content: 'b', expected: first });
    expect(compareVectors(second.vector ?? '', first.vector ?? '')).toBe('after');
    const given = `${ACTORS[1]}:5`;
    const third = await putFile(storage, 'a', { content: 'c', expected: second, vector: given });
    expect(third.vector).toBe(`${second.vector},${given}`);
    const fourth = await putFile(storage, 'a', { content: 'd', expected: third, vector: given });
    expect(compareVectors(fourth.vector ?? '', third.vector ?? ''), 'another content is another version').toBe('after');
    const same = await storage.update(fourth, { vector: `${ACTORS[2]}:1` });
    expect(same.vector).toBe(`${fourth.vector},${ACTORS[2]}:1`);
  });

  it('a folder whose time is set is the same version: that follows from what happens in it', async () => {
    const storage = await openStorage(await newTestVault());
    const folder = await putFolder(storage, 'folder');
    const later = await storage.update(folder, { mtimeMs: folder.mtimeMs + 5000 });
    expect(later).toMatchObject({ mtimeMs: folder.mtimeMs + 5000, vector: folder.vector });
    expect((await storage.update(later, { mode: 0o700 })).vector).not.toBe(folder.vector);
  });

  it('a tombstone comes after what was deleted, and what is made there after the tombstone', async () => {
    const made = await newTestVault();
    const storage = await openStorage(made);
    const file = await putFile(storage, 'a');
    await storage.flush();
    await storage.delete(file);
    await storage.flush();
    const { notes } = await listed(await openStorage(made));
    const [tombstone] = notes as Extract<ListNote, { type: 'tombstone' }>[];
    expect(tombstone).toMatchObject({ type: 'tombstone', path: 'a' });
    expect(compareVectors(tombstone?.vector ?? '', file.vector ?? '')).toBe('after');
    const again = await putFile(storage, 'a');
    expect(compareVectors(again.vector ?? '', tombstone?.vector ?? '')).toBe('after');
    expect(again.id).not.toBe(file.id);
    await storage.delete(again, { vector: `${ACTORS[1]}:7` });
    expect((await listed(storage)).notes).toMatchObject([{ path: 'a', vector: `${again.vector},${ACTORS[1]}:7` }]);
  });

  it('a replica that was introduced and has not come to an end yet keeps tombstones', async () => {
    const storage = await openStorage(await newTestVault());
    const file = await putFile(storage, 'a');
    await storage.flush();
    await storage.acknowledge({ id: 'one', name: 'One' });
    await storage.introduce({ id: 'one', name: 'One' });
    await storage.introduce({ id: 'cut off', name: 'Cut off' });
    await storage.delete(file);
    await storage.flush();
    await listed(storage);
    await storage.acknowledge({ id: 'one', name: 'One' });
    await putFile(storage, 'b');
    await storage.flush();
    expect((await listed(storage)).notes).toMatchObject([{ type: 'tombstone', path: 'a' }]);
    expect((await listReplicas(storage.vault)).map(({ name, seen }) => [name, seen > 0])).toEqual([
      ['Cut off', false],
      ['One', true],
    ]);
  });

  it('tombstones go when every replica has seen them', async () => {
    const made = await newTestVault();
    const storage = await openStorage(made);
    const file = await putFile(storage, 'a');
    await storage.flush();
    await listed(storage);
    await storage.acknowledge({ id: 'one', name: 'One' });
    await storage.acknowledge({ id: 'two', name: 'Two' });
    await storage.delete(file);
    await storage.flush();
    await storage.acknowledge({ id: 'one', name: 'One' });
    expect((await listReplicas(storage.vault)).map(({ name, seen }) => [name, seen])).toEqual([
      ['One', 3],
      ['Two', 2],
    ]);
    const change = async (path: string): Promise<ListNote[]> => {
      await listed(storage);
      await putFile(storage, path);
      await storage.flush();
      return (await listed(storage)).notes;
    };
    expect(await change('b')).toMatchObject([{ path: 'a' }]);
    await storage.acknowledge({ id: 'two', name: 'Two' });
    expect(await change('c')).toEqual([]);
  });

  it('a deletion elsewhere is remembered where nothing is, and what is there stays', async () => {
    const storage = await openStorage(await newTestVault());
    await putFile(storage, 'there');
    const deleted = await putFile(storage, 'deleted too', { vector: `${ACTORS[1]}:3` });
    await storage.flush();
    await storage.delete(deleted);
    const vector = `${ACTORS[2]}:7`;
    await storage.rememberDeletions(['there', 'deleted too', 'never here'].map((path) => ({ path, vector, sequence: 9 })));
    expect((await listed(storage)).entries.map(({ path }) => path)).toEqual(['there']);
    const notes = (await listed(storage)).notes.filter((note) => note.type === 'tombstone');
    expect(notes.map(({ path }) => path)).toEqual(['deleted too', 'never here']);
    for (const note of notes) expect(['equal', 'after'], note.path).toContain(compareVectors(note.vector, vector));
    const { sequence } = storage.vault.head?.commit ?? {};
    await storage.rememberDeletions(notes);
    expect(storage.vault.head?.commit.sequence).toBe(sequence);
  });

  it('what a vault that cannot be written was to remember stands in nobody’s way', async () => {
    const made = await newTestVault();
    const storage = await openStorage(made);
    const create = made.blobs.create.bind(made.blobs);
    made.blobs.create = () => Promise.reject(new SyncError('storage/read-only', 'it is read-only'));
    const remembering = storage.rememberDeletions([{ path: 'a', vector: `${ACTORS[2]}:7`, sequence: 9 }]);
    await expect(remembering).rejects.toMatchObject({ code: 'storage/read-only' });
    await storage.flush();
    made.blobs.create = create;
    expect((await listed(storage)).notes).toEqual([]);
  });

  it('a replica has not seen what another writer committed while it synced', async () => {
    const made = await newTestVault();
    const [mine, other] = [await openStorage(made), await openStorage(made, ACTORS[1])];
    const file = await putFile(mine, 'a');
    await mine.flush();
    await listed(mine);
    await listed(other);
    await other.delete(await mustStat(other, 'a'));
    await other.flush();
    await putFile(mine, 'b');
    await mine.flush();
    await mine.acknowledge({ id: 'mine', name: 'Mine' });
    expect((await listReplicas(mine.vault))[0]?.seen).toBe(2);
    expect(await mine.stat(file.path)).toBeUndefined();
  });
});

describe('two writers at once', () => {
  it('both changes stay, whoever was first', async () => {
    const made = await newTestVault();
    const [one, two] = [await openStorage(made), await openStorage(made, ACTORS[1])];
    await putFile(one, 'one');
    await putFile(two, 'two');
    await Promise.all([one.flush(), two.flush()]);
    expect(await committed(made)).toEqual({ one: 'one', two: 'two' });
  });

  it('the same at the same path is no conflict: its causes are merged', async () => {
    const made = await newTestVault();
    const [one, two] = [await openStorage(made), await openStorage(made, ACTORS[1])];
    const mine = await putFile(one, 'a');
    await one.flush();
    const theirs = await putFile(two, 'a');
    await putFile(two, 'b');
    await two.flush();
    expect((await mustStat(two, 'a')).vector).toBe(`${mine.vector},${theirs.vector}`);
    expect((await mustStat(two, 'a')).id).toBe(mine.id);
  });

  it.each<[string, (one: VaultStorage) => Promise<unknown>, (two: VaultStorage) => Promise<unknown>, Record<string, string>]>([
    [
      'both edit a file: the first one stays, all else is committed',
      async (one) => putFile(one, 'file', { content: 'first', expected: await mustStat(one, 'file') }),
      async (two) => {
        await putFile(two, 'file', { content: 'second', expected: await mustStat(two, 'file') });
        await putFile(two, 'else');
      },
      { file: 'first', else: 'else', 'folder/': '', 'folder/inside': 'folder/inside' },
    ],
    [
      'a file is edited here and renamed there: neither end of the rename is done',
      async (one) => putFile(one, 'file', { content: 'edited', expected: await mustStat(one, 'file') }),
      async (two) => two.rename(await mustStat(two, 'file'), 'renamed', { expected: undefined }),
      { file: 'edited', 'folder/': '', 'folder/inside': 'folder/inside' },
    ],
    [
      'a file is renamed to two names: it has the first',
      async (one) => one.rename(await mustStat(one, 'file'), 'one', { expected: undefined }),
      async (two) => two.rename(await mustStat(two, 'file'), 'two', { expected: undefined }),
      { one: 'file', 'folder/': '', 'folder/inside': 'folder/inside' },
    ],
    [
      'something is put into a folder that is deleted meanwhile: it is not put there',
      async (one) => {
        await one.delete(await mustStat(one, 'folder/inside'));
        await one.delete(await mustStat(one, 'folder'));
      },
      async (two) => putFile(two, 'folder/new'),
      { file: 'file' },
    ],
    [
      'a folder is deleted into which something is put meanwhile: it stays',
      async (one) => putFile(one, 'folder/new'),
      async (two) => {
        await two.delete(await mustStat(two, 'folder/inside'));
        await two.delete(await mustStat(two, 'folder'));
      },
      { file: 'file', 'folder/': '', 'folder/new': 'folder/new' },
    ],
    [
      'a folder is renamed into which something is put meanwhile: it keeps its name with all that is in it',
      async (one) => putFile(one, 'folder/new'),
      async (two) => two.rename(await mustStat(two, 'folder'), 'renamed', { expected: undefined }),
      { file: 'file', 'folder/': '', 'folder/inside': 'folder/inside', 'folder/new': 'folder/new' },
    ],
  ])('%s (storage/changed)', async (_title, first, second, outcome) => {
    const made = await newTestVault();
    const one = await openStorage(made);
    await putFile(one, 'file');
    await putFolder(one, 'folder');
    await putFile(one, 'folder/inside');
    await one.flush();
    const two = await openStorage(made, ACTORS[1]);
    await first(one);
    await second(two);
    await one.flush();
    await expect(two.flush()).rejects.toMatchObject({ code: 'storage/changed' });
    expect(await committed(made)).toEqual(outcome);
    await two.flush();
    expect(await committed(made), 'nothing is left over').toEqual(outcome);
    await putFile(two, 'goes on');
    await two.flush();
    expect(await textOf(two, 'goes on')).toBe('goes on');
  });
});

describe('content', () => {
  it('of many chunks comes back whole, and an edit in its middle stores little', async () => {
    const made = await newTestVault();
    const storage = await openStorage(made);
    const bytes = Buffer.alloc(3_000_000);
    for (let at = 0; at < bytes.length; at++) bytes[at] = (Math.imul(at ^ (at >>> 7), 0x2c1b3c6d) >>> 11) & 0xff;
    const first = await putFile(storage, 'big', { content: bytes });
    await storage.flush();
    expect(Buffer.compare(await bytesOf(storage, first), bytes)).toBe(0);
    const before = await storedBytes(made.blobs);
    bytes[1_500_000] = (bytes[1_500_000] ?? 0) ^ 1;
    const second = await putFile(storage, 'big', { content: bytes, expected: first });
    await storage.flush();
    expect((await storedBytes(made.blobs)) - before).toBeLessThan(100_000);
    expect(Buffer.compare(await bytesOf(storage, second), bytes)).toBe(0);
  });
});

async function bytesOf(storage: VaultStorage, entry: Entry): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of storage.download(entry)) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function storedBytes(blobs: { list(prefix: string): AsyncIterable<{ size: number }> }): Promise<number> {
  let bytes = 0;
  for await (const { size } of blobs.list('')) bytes += size;
  return bytes;
}
