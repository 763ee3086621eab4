import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { FolderBlobStore, MemoryBlobStore, type SealSuite } from '@cloudsync/content';
import { describe, expect, it } from 'vitest';
import { CONFIG_BLOB, encodeConfig, readConfig } from '../config.ts';
import { readContent } from '../content/read-content.ts';
import { unlock } from '../keys/key-ring.ts';
import { vaultKeys } from '../keys/master-keys.ts';
import { check } from '../maintenance/check.ts';
import { snapshots, treeOf } from '../maintenance/snapshots.ts';
import { collect, TestClock, TestVault } from '../maintenance/vault.test.support.ts';
import { describePlainBlobs, describeVault } from './describe-vault.test.support.ts';
import {
  GOLDEN_MODES,
  GOLDEN_PASSPHRASE,
  GOLDEN_START_MS,
  GOLDEN_SUITES,
  GOLDEN_VERSIONS,
  writeGolden,
} from './golden-content.test.support.ts';

/**
 * Vaults of format 1, frozen: every later program opens them. Never made again; a new format gets new ones beside them.
 * `MAKE_GOLDEN=folder npx vitest run packages/vault/src/golden` writes some.
 */
const GOLDEN = fileURLToPath(new URL('../../golden/format-1/', import.meta.url));

async function openGolden(suite: SealSuite): Promise<TestVault> {
  const blobs = new FolderBlobStore(GOLDEN + suite);
  const config = await readConfig(blobs);
  const { keys } = await unlock(blobs, config, { kind: 'passphrase', text: GOLDEN_PASSPHRASE });
  return TestVault.over(blobs, new TestClock(), { config, keys: vaultKeys(config, keys) });
}

describe.each(GOLDEN_SUITES)('the golden vault with suite %s', (suite) => {
  it('opens with its passphrase, and is found sound', async () => {
    const vault = await (await openGolden(suite)).open();
    expect(vault.head?.commit.sequence).toBe(3);
    expect((await check(vault, { readData: true })).findings).toEqual([]);
  });

  it('gives back every version byte for byte', async () => {
    const vault = await (await openGolden(suite)).open();
    for await (const { sequence, commit } of snapshots(vault)) {
      const found: Record<string, Buffer | string> = {};
      if (commit === undefined) throw new Error(`version ${sequence} cannot be read`);
      for await (const rows of treeOf(vault, commit).rows()) {
        for (const row of rows) {
          found[row.path] =
            row.kind === 'file'
              ? await collect(readContent(vault.chunks, row))
              : row.kind === 'folder'
                ? '/'
                : `→ ${row.kind === 'symlink' && row.target}`;
          if (row.kind !== 'tombstone' && row.path in GOLDEN_MODES) expect(row.mode).toBe(GOLDEN_MODES[row.path]);
        }
      }
      expect(found).toEqual(GOLDEN_VERSIONS[sequence] ?? {});
    }
  });

  it('is what the same history is written as today: else the format needs a new number', async () => {
    const golden = await openGolden(suite);
    const clock = new TestClock();
    clock.ms = GOLDEN_START_MS;
    const today = TestVault.over(new MemoryBlobStore({ now: clock.now }), clock, golden);
    await today.blobs.create(CONFIG_BLOB, [encodeConfig(golden.config)]);
    const writer = await today.writer();
    await writeGolden(writer);
    expect(await describeVault(await today.open())).toEqual(await describeVault(await golden.open()));
    const secret = { kind: 'passphrase', text: GOLDEN_PASSPHRASE } as const;
    const fresh = await TestVault.make({ suite, secret });
    expect(await describePlainBlobs(fresh.blobs)).toEqual(await describePlainBlobs(golden.blobs));
  });
});

if (process.env.MAKE_GOLDEN !== undefined) {
  const folder = process.env.MAKE_GOLDEN;
  it.each(GOLDEN_SUITES)('a golden vault with suite %s is written to a new folder', async (suite) => {
    mkdirSync(`${folder}/${suite}`, { recursive: true });
    const clock = new TestClock();
    clock.ms = GOLDEN_START_MS;
    const secret = { kind: 'passphrase', text: GOLDEN_PASSPHRASE } as const;
    const blobs = new FolderBlobStore(`${folder}/${suite}`);
    await writeGolden(await (await TestVault.make({ suite, clock, secret, blobs })).writer());
  });
}
