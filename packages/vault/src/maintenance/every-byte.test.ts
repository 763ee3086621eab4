import type { SealSuite } from '@cloudsync/content';
import { SyncError } from '@cloudsync/engine';
import { describe, expect, it } from 'vitest';
import { nameOf } from '../commit/commit-log.ts';
import { readConfig } from '../config.ts';
import { readContent } from '../content/read-content.ts';
import { unlock } from '../keys/key-ring.ts';
import { vaultKeys } from '../keys/master-keys.ts';
import { recordReplica } from '../replica/replicas.ts';
import { Vault } from '../vault.ts';
import { check } from './check.ts';
import type { Finding } from './findings.ts';
import { readableRows } from './readable-rows.ts';
import { readableSnapshots } from './snapshots.ts';
import { collect, noise, PASSPHRASE, TestVault } from './vault.test.support.ts';

/**
 * Whatever a disk or a hostile holder does to a vault: it is noticed, and nothing that is read is wrong. `EVERY_BYTE=1` flips every byte of every
 * blob (some minutes); otherwise each run takes every so many-th, another part for each suite.
 */
const STRIDE = process.env.EVERY_BYTE === '1' ? 1 : 29;
const TIMEOUT_MS = STRIDE === 1 ? 1_800_000 : 60_000;
const SUITES: readonly SealSuite[] = ['none', 'aes-256-gcm', 'xchacha20-poly1305'];

/** Two versions, a file of several chunks, one that is shared, names, a folder, a symlink, a tombstone, a replica; a few kilobytes in all. */
async function smallVault(suite: SealSuite): Promise<TestVault> {
  const test = await TestVault.make({ suite });
  const writer = await test.writer();
  await writer.folder('docs');
  await writer.write('docs/long', 'the quick brown fox jumps over the lazy dog, again and again; '.repeat(400));
  await writer.write('docs/short', noise('short', 90));
  await writer.symlink('docs/link', 'short');
  await writer.write('goes', 'away');
  await writer.commit();
  await writer.write('docs/short', noise('shorter', 80));
  await writer.write('copy', noise('short', 90));
  await writer.remove('goes');
  await writer.commit();
  await recordReplica(writer.vault, { id: 'desktop', name: 'Desktop', seen: 2, timeMs: test.clock.ms });
  return test;
}

type Contents = ReadonlyMap<string, string>;

/** All that can be read of a vault, by version and path; damage is left out, anything else that goes wrong fails the test. */
async function readableContents(vault: Vault): Promise<Map<string, string>> {
  const contents = new Map<string, string>();
  for await (const { commit, tree } of readableSnapshots(vault)) {
    for await (const rows of readableRows(tree, { onDamage: () => undefined })) {
      for (const row of rows) {
        const key = `${commit.sequence} ${row.path}`;
        if (row.kind !== 'file') contents.set(key, JSON.stringify(row));
        else await tolerating(async () => contents.set(key, (await collect(readContent(vault.chunks, row))).toString('latin1')));
      }
    }
  }
  return contents;
}

/** @returns the typed error that came instead */
async function tolerating(work: () => Promise<unknown>): Promise<SyncError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (SyncError.is(error) && /^(content|vault)\//.test(error.code)) return error;
    throw error;
  }
}

interface Look {
  /** Why it does not open, if it does not. */
  readonly refused: SyncError | undefined;
  readonly findings: readonly Finding[];
  readonly contents: Contents;
}

/** Opens a vault as the command does, from the passphrase on; then by stepping back, as check and restore do. */
async function look({ blobs }: TestVault): Promise<Look> {
  let findings: readonly Finding[] = [];
  let contents: Contents = new Map();
  const refused = await tolerating(async () => {
    const config = await readConfig(blobs);
    const { keys } = await unlock(blobs, config, { kind: 'passphrase', text: PASSPHRASE });
    const options = { blobs, config, keys: vaultKeys(config, keys) };
    const rescued = await Vault.open({ ...options, damagedHead: 'step-back' });
    findings = (await check(rescued, { readData: true })).findings;
    contents = await readableContents(rescued);
    await Vault.open(options);
  });
  return { refused, findings, contents };
}

async function assertNoticed(test: TestVault, sound: Contents, what: string): Promise<Look> {
  const seen = await look(test);
  expect(seen.refused !== undefined || seen.findings.length > 0, `${what} is noticed`).toBe(true);
  assertNothingWrong(seen, sound, what);
  return seen;
}

function assertNothingWrong({ contents }: Look, sound: Contents, what: string): void {
  for (const [key, content] of contents) expect(content === sound.get(key), `${what}: ${key} is what it was`).toBe(true);
}

describe.each(SUITES)('a vault with suite %s', { timeout: TIMEOUT_MS }, (suite) => {
  it('is found sound when it is', async () => {
    const test = await smallVault(suite);
    const { refused, findings, contents } = await look(test);
    expect(refused).toBeUndefined();
    expect(findings).toEqual([]);
    expect([...contents.keys()].filter((key) => key.startsWith('3 '))).toEqual(
      ['copy', 'docs', 'docs/link', 'docs/long', 'docs/short', 'goes'].map((path) => `3 ${path}`),
    );
  });

  it('notices any byte that is flipped', async () => {
    const test = await smallVault(suite);
    const { contents: sound } = await look(test);
    let [flips, harmless] = [0, 0];
    for (const [name, bytes] of await test.contents()) {
      for (let at = SUITES.indexOf(suite) % STRIDE; at < bytes.length; at += STRIDE) {
        const flipped = Uint8Array.from(bytes);
        flipped[at] = (flipped[at] as number) ^ (1 << (at % 8));
        await test.blobs.put(name, flipped);
        const seen = await assertNoticed(test, sound, `byte ${at} of ${name}`);
        flips++;
        if (seen.refused === undefined && seen.findings.every((finding) => finding.harmless)) harmless++;
      }
      await test.blobs.put(name, bytes);
    }
    expect(flips).toBeGreaterThan(100);
    expect(harmless, 'what can be flipped without any harm is little').toBeLessThan(flips / 3);
  });

  it('notices any object that is cut off, empty or gone', async () => {
    const test = await smallVault(suite);
    const { contents: sound } = await look(test);
    const { commit } = (await test.open()).head ?? {};
    // Without its newest commit a vault is an older one (see below); a replica that nobody knows of is new; an index object can be superseded.
    const isNeeded = (name: string): boolean =>
      !name.startsWith('replicas/') &&
      name !== nameOf(commit?.sequence ?? 0) &&
      !(name.startsWith('index/') && !commit?.indexes.includes(name));
    for (const [name, bytes] of await test.contents()) {
      for (const length of [0, 1, Math.floor(bytes.length / 2), bytes.length - 1]) {
        await test.blobs.put(name, bytes.subarray(0, length));
        await assertNoticed(test, sound, `${name} cut off at ${length}`);
      }
      await test.blobs.delete(name);
      if (isNeeded(name)) await assertNoticed(test, sound, `${name} gone`);
      else assertNothingWrong(await look(test), sound, `${name} gone`);
      await test.blobs.put(name, bytes);
    }
  });

  it('notices any two objects that change places', async () => {
    const test = await smallVault(suite);
    const { contents: sound } = await look(test);
    const blobs = [...(await test.contents())];
    for (const [a, bytesOfA] of blobs) {
      for (const [b, bytesOfB] of blobs) {
        if (a >= b || a.split('/')[0] !== b.split('/')[0]) continue;
        await test.blobs.put(a, bytesOfB);
        await test.blobs.put(b, bytesOfA);
        await assertNoticed(test, sound, `${a} in the place of ${b}`);
        await test.blobs.put(a, bytesOfA);
        await test.blobs.put(b, bytesOfB);
      }
    }
  });

  it('notices objects of another vault', async () => {
    const [test, other] = [await smallVault(suite), await smallVault(suite)];
    const { contents: sound } = await look(test);
    const foreign = [...(await other.contents())];
    for (const [name, bytes] of await test.contents()) {
      const [, replacement] = foreign.find(([each]) => each.split('/')[0] === name.split('/')[0]) ?? [];
      await test.blobs.put(name, replacement as Uint8Array);
      await assertNoticed(test, sound, `a foreign ${name}`);
      await test.blobs.put(name, bytes);
    }
  });
});

describe('a vault that is put back', () => {
  it('is refused by who has seen it newer', async () => {
    const test = await smallVault('aes-256-gcm');
    const vault = await test.open();
    const { commit, hash } = vault.head ?? {};
    await test.blobs.delete(nameOf(commit?.sequence ?? 0));
    const lastSeen = { sequence: commit?.sequence ?? 0, hash: hash ?? '' };
    await expect(test.open({ lastSeen })).rejects.toMatchObject({ code: 'vault/rolled-back' });
  });

  it('an older record of a replica keeps tombstones longer, and does nothing else', async () => {
    const test = await smallVault('aes-256-gcm');
    const { contents: sound } = await look(test);
    const [replica] = [...(await test.contents())].filter(([name]) => name.startsWith('replicas/'));
    const vault = await test.open();
    await recordReplica(vault, { id: 'desktop', name: 'Desktop', seen: 3, timeMs: test.clock.ms });
    await test.blobs.put(replica?.[0] ?? '', replica?.[1] ?? new Uint8Array());
    const seen = await look(test);
    expect(seen.refused).toBeUndefined();
    assertNothingWrong(seen, sound, 'an older replica');
    expect(seen.contents).toEqual(sound);
  });
});
