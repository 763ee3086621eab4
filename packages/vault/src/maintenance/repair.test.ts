import { type IndexedPack, packName } from '@cloudsync/content';
import { describe, expect, it } from 'vitest';
import { nameOf } from '../commit/commit-log.ts';
import { readContent } from '../content/read-content.ts';
import type { Vault } from '../vault.ts';
import { check } from './check.ts';
import { forgetVersions } from './forget.ts';
import { prune } from './prune.ts';
import { type RepairReport, repair } from './repair.ts';
import { collect, DAY_MS, noise, TestVault } from './vault.test.support.ts';

const [A, B] = [noise('a', 30_000), noise('b', 30_000)];

/** Version 2 holds a, version 3 b as well, each in packs of their own. */
async function twoVersions(): Promise<TestVault> {
  const test = await TestVault.make();
  const writer = await test.writer();
  await writer.write('a', A);
  await writer.commit();
  await writer.write('b', B);
  await writer.commit();
  return test;
}

function rescued(test: TestVault): Promise<Vault> {
  return test.open({ damagedHead: 'step-back' });
}

async function repaired(test: TestVault): Promise<RepairReport> {
  return repair(await rescued(test), { author: test.author('repairer') });
}

async function problems(test: TestVault): Promise<string[]> {
  const { findings } = await check(await rescued(test), { readData: true });
  return findings.filter(({ harmless }) => !harmless).map(({ object }) => object);
}

async function readable(test: TestVault): Promise<string[]> {
  const vault = await test.open();
  const paths: string[] = [];
  for await (const rows of vault.tree().rows()) {
    for (const row of rows) {
      if (row.kind !== 'file') continue;
      const content = await collect(readContent(vault.chunks, row));
      expect(content.equals(row.path === 'a' ? A : B)).toBe(true);
      paths.push(row.path);
    }
  }
  return paths;
}

/** The pack with the data of a file, or with the newest tree. */
async function packOf(test: TestVault, path: string): Promise<IndexedPack> {
  const { chunks, head, nodes: _ } = await test.open();
  const row = await (await test.open()).tree().get(path);
  const id = row?.kind === 'file' && 'chunks' in row.content ? row.content.chunks[0]?.id : head?.commit.root?.id;
  return chunks.index.place(chunks.index.find(Buffer.from(id ?? '', 'base64url'))).pack;
}

async function flip(test: TestVault, name: string, at: number): Promise<void> {
  const bytes = await test.blobs.get(name);
  bytes[at] = (bytes[at] as number) ^ 4;
  await test.blobs.put(name, bytes);
}

describe('repair', () => {
  it('does nothing to a sound vault', async () => {
    const test = await twoVersions();
    const before = await test.contents();
    expect(await repaired(test)).toMatchObject({
      // Two of data, and a tree for each version that has one.
      checked: { packs: 4, versions: 3 },
      damagedPacks: [],
      lost: [],
      damagedVersions: [],
      sequence: undefined,
    });
    expect(await test.contents()).toEqual(before);
  });

  it('leaves out of the newest version what is lost, keeps all else, and a later sync puts it back', async () => {
    const test = await twoVersions();
    const pack = packName((await packOf(test, 'b')).salt);
    const identity = await (await test.writer()).storage.identity();
    await flip(test, pack, 100);
    expect(await problems(test)).toEqual([pack]);
    expect(await repair(await rescued(test), { author: test.author(), dryRun: true })).toMatchObject({ lost: ['b'], damagedPacks: [pack] });
    expect(await repaired(test)).toMatchObject({ damagedPacks: [pack], lost: ['b'], damagedVersions: [3], sequence: 6 });
    expect(await readable(test)).toEqual(['a']);
    const writer = await test.writer();
    expect(writer.vault.head?.commit).toMatchObject({
      kind: 'repair',
      snapshots: [1, 2, 3, 6],
      lost: 6,
      changes: { deleted: 1, paths: [{ mark: '-', path: 'b' }] },
    });
    expect(await writer.storage.identity()).not.toBe(identity);
    await writer.begin();
    await writer.write('b', B);
    await writer.commit();
    expect(await readable(test)).toEqual(['a', 'b']);
    // With the same chunks back, the damaged version is whole again, too.
    expect(await problems(test)).toEqual([]);
    await prune(await test.open(), { author: test.author() });
    expect((await test.contents()).has(pack)).toBe(false);
    expect(await readable(test)).toEqual(['a', 'b']);
  });

  it('saves what can be read of a damaged pack', async () => {
    const test = await twoVersions();
    const { salt, size } = await packOf(test, 'b');
    await flip(test, packName(salt), size - 1);
    expect(await repaired(test)).toMatchObject({ damagedPacks: [packName(salt)], lost: [], damagedVersions: [] });
    expect(await problems(test)).toEqual([]);
    expect(await readable(test)).toEqual(['a', 'b']);
  });

  it('takes a chunk from another pack that holds it, too', async () => {
    const test = await twoVersions();
    const [first, second] = [await test.writer('one'), await test.writer('two')];
    for (const writer of [first, second]) {
      await writer.begin();
      await writer.write(`by ${writer === first ? 'one' : 'two'}`, noise('both', 20_000));
    }
    await first.storage.flush();
    await second.storage.flush();
    const pack = packName((await packOf(test, 'by one')).salt);
    await flip(test, pack, 100);
    expect(await repaired(test)).toMatchObject({ damagedPacks: [pack], lost: [] });
    expect(await problems(test)).toEqual([]);
  });

  it('makes the index anew from the packs', async () => {
    const test = await twoVersions();
    for (const [name] of await test.contents()) if (name.startsWith('index/')) await flip(test, name, 60);
    await expect(test.open()).rejects.toMatchObject({ code: 'content/damaged' });
    const report = await repaired(test);
    expect(report).toMatchObject({ adoptedPacks: 4, lost: [], damagedVersions: [] });
    expect(report.unreadableIndexes.length).toBeGreaterThan(0);
    expect(await problems(test)).toEqual([]);
    expect(await readable(test)).toEqual(['a', 'b']);
    expect((await test.open()).head?.commit.lost).toBeUndefined();
  });

  it('goes on from the newest commit that can be read', async () => {
    const test = await twoVersions();
    await flip(test, nameOf(3), 60);
    await expect(test.open()).rejects.toMatchObject({ code: 'content/damaged', path: nameOf(3) });
    expect(await repaired(test)).toMatchObject({ unreadableCommits: [3], sequence: 4 });
    expect((await test.open()).head?.commit).toMatchObject({ kind: 'repair', sequence: 4, snapshots: [1, 2, 4], lost: 4 });
    expect(await readable(test)).toEqual(['a']);
    expect(await problems(test)).toEqual([]);
  });

  it('drops a version whose commit cannot be read', async () => {
    const test = await twoVersions();
    await flip(test, nameOf(2), 60);
    expect(await problems(test)).toEqual([nameOf(2)]);
    await repaired(test);
    expect((await test.open()).head?.commit).toMatchObject({ snapshots: [1, 3, 4], lost: undefined });
    expect(await readable(test)).toEqual(['a', 'b']);
    expect(await problems(test)).toEqual([]);
  });

  it('makes a tree anew of the rows that can be read, and prune goes on when damaged versions are forgotten', async () => {
    const test = await TestVault.make();
    const writer = await test.writer();
    for (let n = 0; n < 600; n++) await writer.write(`file ${n}`, `content ${n}`);
    await writer.commit();
    const tree = writer.vault.tree();
    const leaves: string[] = [];
    for await (const { id, node } of tree.walk()) if ('rows' in node) leaves.push(id);
    const { index } = writer.vault.chunks;
    const { pack, segment } = index.place(index.find(Buffer.from(leaves[1] ?? '', 'base64url')));
    await writer.write('file 0', 'other'); // the root and a leaf come into another pack
    await writer.commit();
    await flip(test, packName(pack.salt), segment.sealedOffset);
    const report = await repaired(test);
    expect(report.lost.length).toBeGreaterThan(1);
    expect(report.damagedVersions).toEqual([2, 3]);
    const vault = await test.open();
    expect((await vault.tree().summary()).files).toBeGreaterThan(0);
    expect(await (await test.open()).tree().get('file 0')).toMatchObject({ kind: 'file', size: 5 });
    await expect(prune(vault, { author: test.author() })).rejects.toMatchObject({ code: 'content/missing' });
    await forgetVersions(vault, [2, 3], { author: test.author() });
    test.clock.ms += DAY_MS;
    await prune(vault, { author: test.author() });
    expect(await problems(test)).toEqual([]);
  });

  it('takes rows of an older version where the newest tree is gone', async () => {
    const test = await twoVersions();
    const { root } = (await test.open()).head?.commit ?? {};
    const { index } = (await test.open()).chunks;
    const { pack } = index.place(index.find(Buffer.from(root?.id ?? '', 'base64url')));
    await test.blobs.delete(packName(pack.salt));
    expect(await repaired(test)).toMatchObject({ lost: ['everything'], damagedVersions: [3], sequence: 6 });
    expect(await readable(test)).toEqual(['a']);
    expect((await test.open()).head?.commit.lost).toBe(6);
  });

  it.each(['gone', 'cut off'])(
    'makes a vault sound again in which any one object is %s, and syncs go on',
    { timeout: 60_000 },
    async (how) => {
      const sound = await twoVersions();
      for (const [name, bytes] of await sound.contents()) {
        if (name === 'config' || name.startsWith('keys/')) continue;
        const test = await sound.clone();
        if (how === 'gone') await test.blobs.delete(name);
        else await test.blobs.put(name, bytes.subarray(0, bytes.length / 2));
        const { damagedVersions } = await repaired(test);
        const writer = await test.writer('with both files');
        await writer.begin();
        await writer.write('a', A);
        await writer.write('b', B);
        await writer.commit();
        expect(await readable(test), name).toEqual(['a', 'b']);
        const vault = await test.open();
        const kept: readonly number[] = vault.head?.commit.snapshots ?? [];
        await forgetVersions(
          vault,
          damagedVersions.filter((version) => kept.includes(version)),
          { author: test.author() },
        );
        test.clock.ms += DAY_MS;
        await prune(vault, { author: test.author() });
        expect(await problems(test), name).toEqual([]);
        expect(await readable(test), name).toEqual(['a', 'b']);
      }
    },
  );
});
