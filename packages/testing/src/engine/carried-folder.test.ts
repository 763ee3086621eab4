import { describe, expect, it } from 'vitest';
import { makeFile, makeFolder, remove, ThreeVaults } from './three-vaults.ts';

describe('a deleted folder that comes back only for what is in it', () => {
  /** Vault 0 has deleted a folder with its file; vault 1 knows of the folder's deletion, and never had the file; vault 2 has both. */
  async function deletedBelow(): Promise<ThreeVaults> {
    const vaults = await ThreeVaults.make();
    await vaults.act(0, (storage) => makeFolder(storage, 'f'));
    await vaults.sync(0, 1);
    await vaults.act(0, (storage) => makeFile(storage, 'f/x'));
    await vaults.sync(0, 2);
    await vaults.act(0, async (storage) => {
      await remove(storage, 'f/x');
      await remove(storage, 'f');
    });
    await vaults.sync(0, 1);
    return vaults;
  }

  async function treesAfterAllSyncs(vaults: ThreeVaults): Promise<unknown[]> {
    await vaults.sync(0, 2);
    await vaults.sync(0, 1);
    await vaults.sync(1, 2);
    return Promise.all([0, 1, 2].map((index) => vaults.treeOf(index)));
  }

  it('is deleted again with it, wherever it came to', async () => {
    const vaults = await deletedBelow();
    expect(await vaults.treeOf(1)).toEqual({});
    await vaults.sync(1, 2);
    expect(await vaults.treeOf(1)).toEqual({ f: '(folder)', 'f/x': 'f/x' });
    expect(await treesAfterAllSyncs(vaults)).toEqual([{}, {}, {}]);
  });

  it('stays where somebody made it anew meanwhile', async () => {
    const vaults = await deletedBelow();
    await vaults.act(1, (storage) => makeFolder(storage, 'f'));
    await vaults.sync(1, 2);
    expect(await treesAfterAllSyncs(vaults)).toEqual(Array(3).fill({ f: '(folder)' }));
  });
});
