import { describe, expect, it } from 'vitest';
import { makeFile, makeFolder, remove, ThreeVaults } from './three-vaults.ts';

describe('a deleted folder that comes back only for what is in it', () => {
  /** Vault 0 has deleted a folder, and vault 1 knows; in vault 2 somebody put a file into it meanwhile. */
  async function deletedBelow(): Promise<ThreeVaults> {
    const vaults = await ThreeVaults.make();
    await vaults.act(0, (storage) => makeFolder(storage, 'f'));
    await vaults.syncAll();
    await vaults.act(2, (storage) => makeFile(storage, 'f/x'));
    await vaults.act(0, (storage) => remove(storage, 'f'));
    await vaults.sync(0, 1);
    expect(await vaults.treeOf(1)).toEqual({});
    return vaults;
  }

  it('is deleted again with it, wherever it came to', async () => {
    const vaults = await deletedBelow();
    await vaults.sync(1, 2);
    expect(await vaults.treeOf(1)).toEqual({ f: '(folder)', 'f/x': 'f/x' });
    await vaults.act(2, (storage) => remove(storage, 'f/x'));
    await vaults.syncAll();
    expect(await vaults.trees()).toEqual([{}, {}, {}]);
  });

  it('stays where somebody made it anew meanwhile', async () => {
    const vaults = await deletedBelow();
    await vaults.act(1, (storage) => makeFolder(storage, 'f'));
    await vaults.sync(1, 2);
    await vaults.act(2, (storage) => remove(storage, 'f/x'));
    await vaults.syncAll();
    expect(await vaults.trees()).toEqual(Array(3).fill({ f: '(folder)' }));
  });
});
