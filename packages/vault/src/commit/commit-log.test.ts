import { type BlobStore, MemoryBlobStore } from '@cloudsync/content';
import { SyncError } from '@cloudsync/engine';
import { describe, expect, it } from 'vitest';
import { AUTHOR, committed, newTestVault, openStorage, putFile, type TestVault } from '../new-vault.test.support.ts';
import { Vault } from '../vault.ts';
import { type Commit, decodeCommit, encodeCommit, NO_CHANGES, rangesOf } from './commit.ts';
import { CommitLog, nameOf } from './commit-log.ts';

const commit: Commit = {
  sequence: 7,
  previous: '0'.repeat(64),
  timeMs: 5,
  device: { id: 'x', name: 'y' },
  kind: 'sync',
  run: '0123456789abcdef',
  root: { level: 1, id: 'A'.repeat(43), length: 9 },
  indexes: [`index/${'a'.repeat(64)}`],
  changes: {
    created: 1,
    modified: 2,
    deleted: 3,
    renamed: 4,
    paths: [
      { mark: '>', path: 'b', from: 'a' },
      { mark: '+', path: 'é', from: undefined },
    ],
  },
  totals: { files: 1, folders: 2, symlinks: 3, bytes: 4 },
  snapshots: [1, 2, 5, 7],
  condemned: ['b'.repeat(64)],
  lost: 3,
};
const NAME = { vault: 'v', sequence: 7, object: 'commits/000000000007' };

async function withCommits(count: number): Promise<TestVault> {
  const made = await newTestVault();
  const storage = await openStorage(made);
  for (let n = 2; n <= count; n++) {
    for await (const _ of storage.list({ ignore: [] }));
    await putFile(storage, `file ${n}`);
    await storage.flush();
  }
  return made;
}

function logOf({ blobs, config, keys }: TestVault): CommitLog {
  return new CommitLog({ blobs, keys: keys.seal, vault: config.id });
}

describe('a commit as bytes', () => {
  it('comes back as it was, and a bare one too', () => {
    expect(decodeCommit(encodeCommit('v', commit), NAME)).toEqual(commit);
    const bare: Commit = {
      ...commit,
      previous: undefined,
      run: undefined,
      root: undefined,
      changes: NO_CHANGES,
      condemned: [],
      lost: undefined,
    };
    expect(decodeCommit(encodeCommit('v', bare), NAME)).toEqual(bare);
  });

  it('keeps few paths when they are long', () => {
    const paths = Array.from({ length: 1000 }, (_, n) => ({ mark: '+' as const, path: `${n} ${'x'.repeat(10_000)}` }));
    const stored = decodeCommit(encodeCommit('v', { ...commit, changes: { ...commit.changes, paths } }), NAME);
    expect(stored.changes.paths.length).toBeGreaterThan(10);
    expect(stored.changes.paths.length).toBeLessThan(100);
  });

  it.each([
    ['another vault', encodeCommit('w', commit), 'vault/damaged'],
    ['another number', encodeCommit('v', { ...commit, sequence: 8 }), 'vault/damaged'],
    ['nothing', new Uint8Array(), 'vault/damaged'],
    ['an unknown compression', Uint8Array.of(9, 1, 2), 'vault/damaged'],
    ['no zstd', Uint8Array.of(1, 1, 2), 'vault/damaged'],
    ['no JSON', Buffer.from('\0{'), 'vault/damaged'],
    ['a newer version', Buffer.from('\0{"version":2}'), 'vault/newer-version'],
    ['snapshots out of order', encodeCommit('v', { ...commit, snapshots: [5, 2] }), 'vault/damaged'],
  ])('refuses %s', (_what, bytes, code) => {
    expect(() => decodeCommit(bytes, NAME)).toThrow(expect.objectContaining({ code }));
  });

  it('writes runs of snapshots as ranges', () => {
    expect(rangesOf([1, 2, 3, 7, 9, 10])).toEqual([
      [1, 3],
      [7, 7],
      [9, 10],
    ]);
  });
});

describe('the log', () => {
  it('numbers commits, each naming the hash of the one before', async () => {
    const log = logOf(await withCommits(4));
    expect(await log.list()).toEqual([1, 2, 3, 4]);
    for (const sequence of [2, 3, 4]) expect((await log.read(sequence)).commit.previous).toBe((await log.read(sequence - 1)).hash);
    expect((await log.head())?.commit.sequence).toBe(4);
  });

  it('takes a number once', async () => {
    const made = await withCommits(2);
    const log = logOf(made);
    const head = (await log.head())?.commit as Commit;
    expect(await log.append({ ...head, sequence: 2 })).toBeUndefined();
    expect((await log.append({ ...head, sequence: 3 }))?.commit.sequence).toBe(3);
  });

  it('knows its own commit again when the answer was lost', async () => {
    const made = await withCommits(2);
    const { blobs: stored } = made;
    const blobs: BlobStore = {
      url: stored.url,
      get: (name) => stored.get(name),
      getRange: (...range) => stored.getRange(...range),
      put: (...blob) => stored.put(...blob),
      list: (prefix) => stored.list(prefix),
      delete: (name) => stored.delete(name),
      flush: () => stored.flush(),
      create: async (...blob) => {
        await stored.create(...blob);
        throw new SyncError('storage/unreachable', 'no answer came');
      },
    };
    const head = (await logOf(made).head())?.commit as Commit;
    expect((await logOf({ ...made, blobs }).append({ ...head, sequence: 3 }))?.commit.sequence).toBe(3);
  });

  it('a number whose commit was forgotten is no place for a new one', async () => {
    const made = await withCommits(5);
    const log = logOf(made);
    const sleeping = (await log.read(2)).commit;
    await log.delete([3, 4, 5]);
    expect(await log.list()).toEqual([1, 2, 5]);
    expect(await log.append({ ...sleeping, sequence: 3 })).toBeUndefined();
    expect((await log.head())?.commit.sequence).toBe(5);
  });

  it('what is missing, damaged, swapped or played back says so, and the rest stays readable', async () => {
    const made = await withCommits(4);
    const { blobs } = made;
    const log = logOf(made);
    await expect(log.read(9)).rejects.toMatchObject({ code: 'vault/no-such-version' });
    const [two, three] = [await blobs.get(nameOf(2)), await blobs.get(nameOf(3))];
    await blobs.put(nameOf(3), two);
    await expect(log.read(3)).rejects.toMatchObject({ code: 'vault/damaged', path: nameOf(3) });
    for (const at of [0, 5, 45, three.length - 1]) {
      await blobs.put(
        nameOf(3),
        three.map((byte, index) => (index === at ? byte ^ 1 : byte)),
      );
      await expect(log.read(3), `byte ${at}`).rejects.toMatchObject({ path: nameOf(3) });
    }
    expect((await log.read(2)).commit.sequence).toBe(2);
  });

  it('a damaged newest commit is refused, or stepped back from, and the next one comes after it', async () => {
    const made = await withCommits(3);
    await made.blobs.put(nameOf(3), Buffer.from('damaged'));
    await expect(Vault.open(made)).rejects.toMatchObject({ code: 'content/damaged' });
    const vault = await Vault.open({ ...made, damagedHead: 'step-back' });
    expect([vault.head?.commit.sequence, vault.unreadable]).toEqual([2, [3]]);
    const record = await vault.commit({ author: AUTHOR, kind: 'repair', make: async () => ({}) });
    expect(record?.commit).toMatchObject({ sequence: 4, kind: 'repair', previous: await logOf(made).hashOf(3), snapshots: [1, 2, 4] });
    expect(await committed(made)).toEqual({ 'file 2': 'file 2' });
  });

  it('junk under the last number is refused by name, and nothing is ever committed under a longer one', async () => {
    const made = await withCommits(3);
    const last = 'commits/999999999999';
    await made.blobs.put(last, Buffer.from('junk'));
    await expect(Vault.open(made)).rejects.toMatchObject({ code: 'content/damaged', path: last });
    const vault = await Vault.open({ ...made, damagedHead: 'step-back' });
    const commit = vault.commit({ author: AUTHOR, kind: 'repair', make: async () => ({}) });
    await expect(commit).rejects.toMatchObject({ code: 'vault/damaged', path: last, message: expect.stringContaining('delete that blob') });
    expect(await logOf(made).list()).toEqual([1, 2, 3, 999_999_999_999]);
    await made.blobs.delete(last);
    expect((await Vault.open(made)).head?.commit.sequence).toBe(3);
  });

  it('a device that has seen more is told that the vault was put back', async () => {
    const made = await withCommits(4);
    const head = await logOf(made).head();
    const lastSeen = { sequence: 4, hash: head?.hash ?? '' };
    expect((await Vault.open({ ...made, lastSeen })).head?.hash).toBe(head?.hash);
    const older = new MemoryBlobStore();
    for await (const { name } of made.blobs.list('')) if (name !== nameOf(4)) await older.create(name, [await made.blobs.get(name)]);
    await expect(Vault.open({ ...made, blobs: older, lastSeen })).rejects.toMatchObject({ code: 'vault/rolled-back' });
    const fork = await openStorage({ ...made, blobs: older });
    await putFile(fork, 'other');
    await fork.flush();
    await expect(Vault.open({ ...made, blobs: older, lastSeen })).rejects.toMatchObject({ code: 'vault/rolled-back' });
    await putFile(fork, 'another');
    await fork.flush();
    await expect(Vault.open({ ...made, blobs: older, lastSeen })).rejects.toMatchObject({ code: 'vault/rolled-back' });
    expect((await Vault.open({ ...made, blobs: older })).head?.commit.sequence).toBe(5);
  });

  it('after a rotation old keys are told so, and cannot bring their commits in', async () => {
    const made = await withCommits(2);
    const rotated = {
      ...made.keys,
      seal: { ...made.keys.seal, epochs: [...made.keys.seal.epochs, { epoch: 2, key: new Uint8Array(32).fill(7) }] },
    };
    const sleeping = await Vault.open(made);
    const vault = await Vault.open({ ...made, keys: rotated });
    await vault.commit({ author: AUTHOR, kind: 'keys', make: async () => ({}) });
    await expect(sleeping.refresh()).rejects.toMatchObject({ code: 'vault/wrong-key' });
    await expect(Vault.open(made)).rejects.toMatchObject({ code: 'vault/wrong-key' });
    const head = (await logOf({ ...made, keys: rotated }).head())?.commit as Commit;
    await logOf(made).append({ ...head, sequence: 4 });
    await expect(Vault.open({ ...made, keys: rotated })).rejects.toMatchObject({ code: 'vault/damaged' });
  });
});
