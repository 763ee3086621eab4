import { check, initVault, Vault, VaultStorage, vaultKeys } from '@cloudsync/vault';
import { describe, expect, it } from 'vitest';
import { BlobDisk } from '../blob-store-contract/blob-disk.ts';
import { FaultyBlobStore } from '../blob-store-contract/faulty-blob-store.ts';
import { bytesOf, streamOf } from '../content.ts';
import { Random } from '../random.ts';
import { Process } from '../strict-storage/process.ts';
import { viewOfStorage } from './vault-view.ts';

const AUTHOR = { device: { id: 'd'.repeat(32), name: 'test' }, clock: () => 1000 };
const FILES = ['a', 'b', 'folder/c'];

async function newDisk() {
  const disk = new BlobDisk({ now: () => 0 });
  const blobs = new FaultyBlobStore({ disk });
  const { config, keys } = await initVault(blobs, { suite: 'none', slots: [], nowMs: 0 });
  await Vault.create({ blobs, config, keys: vaultKeys(config, keys), threads: false }, AUTHOR);
  return { disk, config, keys: vaultKeys(config, keys) };
}

type TestDisk = Awaited<ReturnType<typeof newDisk>>;

async function open({ disk, config, keys }: TestDisk, process = new Process()): Promise<VaultStorage> {
  const vault = await Vault.open({ blobs: new FaultyBlobStore({ disk, process }), config, keys, threads: false });
  return new VaultStorage(vault, { actor: 'a'.repeat(16), ...AUTHOR });
}

/** Brings the vault to a state, whatever it has of it already: every file in a commit of its own, then one deleted and one renamed. */
async function work(storage: VaultStorage): Promise<void> {
  if ((await storage.stat('folder')) === undefined)
    await storage.upload({ path: 'folder', kind: 'folder', size: 0, mtimeMs: 1 }, undefined, { expected: undefined });
  const isDone = (await storage.stat('renamed')) !== undefined;
  for (const path of isDone ? [] : FILES) {
    if ((await storage.stat(path)) !== undefined) continue;
    await storage.upload({ path, kind: 'file', size: path.length, mtimeMs: 1 }, streamOf(bytesOf(path)), { expected: undefined });
    await storage.flush();
  }
  const [a, b] = [await storage.stat('a'), await storage.stat('b')];
  if (a !== undefined) await storage.delete(a);
  if (b !== undefined) await storage.rename(b, 'renamed', { expected: undefined });
  await storage.flush();
}

/** @returns the sequence of the head */
async function assertWhole(disk: TestDisk, label: string): Promise<number> {
  const { vault } = await open(disk);
  const { findings } = await check(vault, { readData: true });
  expect(
    findings.filter(({ harmless }) => !harmless),
    label,
  ).toEqual([]);
  return vault.head?.commit.sequence ?? 0;
}

describe('a writer that is killed between any two things it does', () => {
  for (const power of ['stays', 'fails'] as const) {
    it(`power ${power}: the vault opens, checks clean, keeps what flush promised, and the next run finishes`, async () => {
      const whole = new Process();
      await work(await open(await newDisk(), whole));
      expect(whole.steps).toBeGreaterThan(40);
      for (let diesAtStep = 1; diesAtStep <= whole.steps; diesAtStep++) {
        const disk = await newDisk();
        const process = new Process({ diesAtStep });
        let promised = 1;
        const writing = (async () => {
          const storage = await open(disk, process);
          const flush = storage.flush.bind(storage);
          storage.flush = async () => {
            await flush();
            promised = storage.vault.head?.commit.sequence ?? 0;
          };
          await work(storage);
        })();
        await Promise.race([writing, process.death]);
        if (power === 'fails') disk.disk.powerCut(new Random(diesAtStep));
        const label = `killed at step ${diesAtStep}`;
        expect(await assertWhole(disk, label), label).toBeGreaterThanOrEqual(promised);
        await work(await open(disk));
        await assertWhole(disk, label);
        expect([...(await viewOfStorage(await open(disk)))], label).toEqual([
          ['folder', '(folder)'],
          ['folder/c', 'folder/c'],
          ['renamed', 'b'],
        ]);
      }
    });
  }
});
