import { describe, expect, it } from 'vitest';
import { readContent } from '../content/read-content.ts';
import { forget } from './forget.ts';
import { LOCK_MS, unlock, withMaintenanceLock } from './maintenance-lock.ts';
import { prune } from './prune.ts';
import { readableSnapshots } from './snapshots.ts';
import { collect, DAY_MS, noise, TestClock, TestVault } from './vault.test.support.ts';

/** Every file of every version, by reading it. */
async function everything(test: TestVault): Promise<Map<string, string>> {
  const all = new Map<string, string>();
  const vault = await test.open();
  for await (const { commit, tree } of readableSnapshots(vault)) {
    for await (const rows of tree.rows()) {
      for (const row of rows) {
        const content = row.kind === 'file' ? (await collect(readContent(vault.chunks, row))).toString('base64') : row.kind;
        all.set(`${commit.sequence} ${row.path}`, content);
      }
    }
  }
  return all;
}

async function storedBytes(test: TestVault, prefix: string): Promise<number> {
  let sum = 0;
  for await (const { size } of test.blobs.list(prefix)) sum += size;
  return sum;
}

/** Three versions of a tree with one big file that changes wholly, and small ones that stay. */
async function threeVersions(): Promise<TestVault> {
  const test = await TestVault.make();
  const writer = await test.writer();
  for (let version = 1; version <= 3; version++) {
    await writer.write('big', noise(`big ${version}`, 300_000));
    await writer.write(`small ${version}`, noise(`small ${version}`, 20_000));
    await writer.commit();
  }
  return test;
}

describe('prune', () => {
  it('frees what no version needs, and everything else stays readable', async () => {
    const test = await threeVersions();
    const before = await everything(test);
    const vault = await test.open();
    const { forgotten } = await forget(vault, { last: 1 }, { author: test.author() });
    expect(forgotten).toEqual([3, 2, 1]);
    const bytes = await storedBytes(test, 'packs/');
    const report = await prune(vault, { author: test.author() });
    expect(report).toMatchObject({ packsRewritten: 2, sequence: 6 });
    expect(bytes - (await storedBytes(test, 'packs/'))).toBeGreaterThan(590_000);
    expect(await everything(test)).toEqual(new Map([...before].filter(([key]) => key.startsWith('4 '))));
  });

  it('says in a dry run what the run then does, and writes nothing', async () => {
    const test = await threeVersions();
    const vault = await test.open();
    await forget(vault, { last: 1 }, { author: test.author() });
    const before = await test.contents();
    const preview = await prune(vault, { author: test.author(), dryRun: true });
    expect(await test.contents()).toEqual(before);
    expect(await prune(vault, { author: test.author() })).toEqual({ ...preview, sequence: 6 });
  });

  it('does nothing, and commits nothing, when there is nothing to free', async () => {
    const test = await threeVersions();
    const vault = await test.open();
    await prune(vault, { author: test.author() });
    const before = await test.contents();
    expect(await prune(vault, { author: test.author() })).toMatchObject({
      packsUnused: 0,
      packsRewritten: 0,
      bytesDeleted: 0,
      sequence: undefined,
    });
    expect(await test.contents()).toEqual(before);
  });

  it('deletes the commits and index objects that nobody needs any more', async () => {
    const test = await threeVersions();
    const vault = await test.open();
    await forget(vault, { last: 2 }, { author: test.author() });
    test.clock.ms += DAY_MS;
    await prune(vault, { author: test.author() });
    const names = [...(await test.contents()).keys()];
    expect(names.filter((name) => name.startsWith('commits/'))).toEqual([3, 4, 6].map((n) => `commits/00000000000${n}`));
    expect(names.filter((name) => name.startsWith('index/')).sort()).toEqual([...(vault.head?.commit.indexes ?? [])].sort());
    expect(names.filter((name) => name.startsWith('locks/'))).toEqual([]);
  });

  it('leaves packs alone that a writer may be about to name, until they are a day old by the clock of the blob store', async () => {
    const test = await threeVersions();
    const dead = await test.writer('dead');
    await dead.write('never committed', noise('orphan', 50_000));
    await dead.vault.chunks.seal();
    const count = async (): Promise<number> => [...(await test.contents()).keys()].filter((name) => name.startsWith('packs/')).length;
    const packs = await count();
    const vault = await test.open();
    test.clock.ms += DAY_MS - 1;
    expect(await prune(vault, { author: test.author() })).toMatchObject({ orphansDeleted: 0 });
    expect(await count()).toBe(packs);
    test.clock.ms += 1;
    expect(await prune(vault, { author: test.author() })).toMatchObject({ orphansDeleted: 1 });
    expect(await count()).toBe(packs - 1);
  });

  it('puts many small packs together', async () => {
    const test = await TestVault.make();
    const writer = await test.writer();
    for (let n = 0; n < 8; n++) {
      await writer.write(`file ${n}`, noise(n, 5000));
      await writer.commit();
    }
    const before = await everything(test);
    await prune(await test.open(), { author: test.author(), smallPacksMax: 4 });
    const packs = [...(await test.contents()).keys()].filter((name) => name.startsWith('packs/'));
    expect(packs).toHaveLength(2);
    expect(await everything(test)).toEqual(before);
  });

  it('refuses when a tree cannot be read, since then nobody knows what is in use', async () => {
    const test = await threeVersions();
    const vault = await test.open();
    const tree = [...vault.chunks.index.packs()].find(({ kind }) => kind === 'tree');
    await test.blobs.delete(`packs/${tree?.salt.slice(0, 2)}/${tree?.salt}`);
    const before = await test.contents();
    await expect(prune(await test.open(), { author: test.author() })).rejects.toMatchObject({ code: 'content/missing' });
    expect(await test.contents()).toEqual(before);
  });
});

describe('the maintenance lock', () => {
  it('says who holds it, ends by itself, and can be removed', async () => {
    const clock = new TestClock();
    const test = await TestVault.make({ clock });
    const [vault, other] = [await test.open(), await test.open()];
    await withMaintenanceLock(vault, { author: test.author('desktop'), work: 'prune' }, async () => {
      await expect(prune(other, { author: test.author() })).rejects.toMatchObject({
        code: 'vault/locked',
        message: expect.stringMatching(/^desktop runs prune on the vault since .*ends by itself in 30 min.*cloudsync vault unlock$/),
      });
      clock.ms += LOCK_MS;
      await expect(prune(other, { author: test.author() })).resolves.toMatchObject({ packsRewritten: 0 });
    });
    await withMaintenanceLock(vault, { author: test.author('desktop'), work: 'repair' }, async () => {
      expect(await unlock(other)).toMatchObject({ work: 'repair', device: { name: 'desktop' } });
      expect(await unlock(other)).toBeUndefined();
    });
    await test.blobs.put('locks/maintenance', Buffer.from('?'));
    await expect(prune(other, { author: test.author() })).rejects.toThrow(/does not say by whom/);
    expect(await unlock(other)).toBe('unreadable');
  });
});
