import { describe, expect, it } from 'vitest';
import { makeFile, remove, ThreeVaults } from './three-vaults.ts';

describe('a deletion', () => {
  it('is remembered by a vault that never had what was deleted, and does not let it in', async () => {
    const vaults = await ThreeVaults.make();
    await vaults.act(0, (storage) => makeFile(storage, 'a'));
    await vaults.sync(0, 2);
    await vaults.act(0, (storage) => remove(storage, 'a'));
    await vaults.sync(0, 1);
    await vaults.sync(1, 2);
    expect(await vaults.trees()).toEqual([{}, {}, {}]);
  });

  it('is forgotten by all when all have seen it, whatever goes round meanwhile', async () => {
    const vaults = await ThreeVaults.make();
    await vaults.act(0, (storage) => makeFile(storage, 'a'));
    await vaults.syncAll();
    await vaults.act(0, (storage) => remove(storage, 'a'));
    await vaults.syncAll();
    await vaults.syncAll();
    // Tombstones go with the next commit.
    for (const index of [0, 1, 2]) {
      await vaults.act(index, (storage) => makeFile(storage, `from ${index}`));
      await vaults.syncAll();
    }
    expect(await Promise.all([0, 1, 2].map((index) => vaults.tombstonesOf(index)))).toEqual([[], [], []]);
    const heads = await vaults.heads();
    await vaults.syncAll();
    expect(await vaults.heads()).toEqual(heads);
  });

  it('does not reach what was changed beside it', async () => {
    const vaults = await ThreeVaults.make();
    await vaults.act(0, (storage) => makeFile(storage, 'a'));
    await vaults.sync(0, 2);
    await vaults.act(0, (storage) => remove(storage, 'a'));
    await vaults.sync(0, 1);
    await vaults.act(1, (storage) => makeFile(storage, 'a'));
    await vaults.syncAll();
    await vaults.syncAll();
    expect(await vaults.trees()).toEqual(Array(3).fill({ a: 'a' }));
  });
});

describe('a file that is renamed in one vault', () => {
  it('arrives in the others without its content', async () => {
    const vaults = await ThreeVaults.make();
    await vaults.act(0, (storage) => makeFile(storage, 'a'));
    await vaults.syncAll();
    await vaults.act(0, async (storage) => {
      const entry = await storage.stat('a');
      if (entry !== undefined) await storage.rename(entry, 'b', { expected: undefined });
    });
    const { statistics } = await vaults.sync(0, 1);
    expect(statistics).toMatchObject({ uploaded: 1, bytesUploaded: 1, bytesReused: 1, deletedAtDestination: 1 });
    await vaults.syncAll();
    expect(await vaults.trees()).toEqual(Array(3).fill({ b: 'a' }));
  });
});
