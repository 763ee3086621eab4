import { SyncError } from '@cloudsync/engine';
import { describe, expect, it } from 'vitest';
import { readContent } from '../content/read-content.ts';
import { forget } from './forget.ts';
import { InterleavedBlobs } from './interleaved.test.support.ts';
import { prune } from './prune.ts';
import { collect, DAY_MS, noise, TestVault, type Writer } from './vault.test.support.ts';

const [OLD, MIDDLE, NEW] = [noise('old', 60_000), noise('middle', 60_000), noise('new', 60_000)];

/** A vault in which a prune has something to rewrite and something to delete: what only forgotten versions held. */
async function vaultWithWaste(): Promise<TestVault> {
  const test = await TestVault.make();
  const writer = await test.writer();
  await writer.write('changes', OLD);
  await writer.write('stays', noise('stays', 20_000));
  await writer.commit();
  await writer.write('changes', MIDDLE);
  await writer.commit();
  await writer.write('changes', NEW);
  await writer.commit();
  await forget(await test.open(), { last: 1 }, { author: test.author() });
  return test;
}

/** Content that is stored already, in packs that a prune is about to delete. */
async function writeWaste(writer: Writer): Promise<void> {
  await writer.write('old again', OLD);
  await writer.write('middle again', MIDDLE);
}

/** A sync that is told to come again does. */
async function commitSoonerOrLater(test: TestVault, writer: Writer): Promise<void> {
  try {
    await writer.storage.flush();
  } catch (error) {
    if (!SyncError.is(error, 'storage/changed') && !SyncError.is(error, 'content/missing')) throw error;
    const again = await test.writer('second run');
    await again.begin();
    await writeWaste(again);
    await again.storage.flush();
  }
}

async function assertWhole(test: TestVault, paths: Readonly<Record<string, Uint8Array>>): Promise<void> {
  const vault = await test.open();
  for (const [path, content] of Object.entries(paths)) {
    const row = await vault.tree().get(path);
    if (row?.kind !== 'file') throw new Error(`${path} is not there`);
    expect((await collect(readContent(vault.chunks, row))).equals(content), path).toBe(true);
  }
}

const WHOLE = { changes: NEW, stays: noise('stays', 20_000), 'old again': OLD, 'middle again': MIDDLE };

/** Runs `scenario` with something happening before each of its blob operations in turn, until it has no more. @returns how many it had */
async function beforeEveryOperation(scenario: (at: number) => Promise<{ readonly operations: number }>): Promise<number> {
  for (let at = 0; ; at++) {
    const { operations } = await scenario(at);
    if (operations <= at) return operations;
  }
}

const waste = await vaultWithWaste();

describe('prune beside writers', { timeout: 60_000 }, () => {
  it('a writer that had begun before, and commits at any moment of a prune', async () => {
    const operations = await beforeEveryOperation(async (at) => {
      const test = await waste.clone();
      const writer = await test.writer('begun before');
      await writer.begin();
      await writeWaste(writer);
      const blobs = new InterleavedBlobs(test.blobs, at, () => commitSoonerOrLater(test, writer));
      await prune(await test.open({ blobs }), { author: test.author() });
      if (blobs.operations <= at) await commitSoonerOrLater(test, writer);
      await assertWhole(test, WHOLE);
      return blobs;
    });
    expect(operations).toBeGreaterThan(30);
  });

  it('a writer that begins, writes and commits at any moment of a prune', async () => {
    const operations = await beforeEveryOperation(async (at) => {
      const test = await waste.clone();
      const meanwhile = async (): Promise<void> => {
        const writer = await test.writer('meanwhile');
        await writer.begin();
        await writeWaste(writer);
        await writer.storage.flush();
      };
      const blobs = new InterleavedBlobs(test.blobs, at, meanwhile);
      await prune(await test.open({ blobs }), { author: test.author() });
      if (blobs.operations <= at) await meanwhile();
      await assertWhole(test, WHOLE);
      return blobs;
    });
    expect(operations).toBeGreaterThan(30);
  });

  it('a prune at any moment of a writer’s run', async () => {
    const operations = await beforeEveryOperation(async (at) => {
      const test = await waste.clone();
      const meanwhile = async (): Promise<void> => {
        test.clock.ms += DAY_MS;
        await prune(await test.open(), { author: test.author() });
      };
      const blobs = new InterleavedBlobs(test.blobs, at, meanwhile);
      const writer = await test.writer('writer', { blobs });
      await writer.begin();
      await writeWaste(writer);
      await commitSoonerOrLater(test, writer);
      await assertWhole(test, WHOLE);
      return blobs;
    });
    expect(operations).toBeGreaterThan(10);
  });

  it('two prunes at once, one of which thinks that the lock has expired', async () => {
    await beforeEveryOperation(async (at) => {
      const test = await waste.clone();
      const meanwhile = async (): Promise<void> => {
        test.clock.ms += DAY_MS;
        await prune(await test.open(), { author: test.author('other') });
      };
      const blobs = new InterleavedBlobs(test.blobs, at, meanwhile);
      await prune(await test.open({ blobs }), { author: test.author() });
      await assertWhole(test, { changes: NEW, stays: noise('stays', 20_000) });
      return blobs;
    });
  });

  it('a prune that dies at any moment leaves all readable, and the next one finishes its work', async () => {
    const operations = await beforeEveryOperation(async (at) => {
      const test = await waste.clone();
      const blobs = new InterleavedBlobs(test.blobs, at, async () => {
        throw new Error('died');
      });
      const dying = test.open({ blobs }).then((vault) => prune(vault, { author: test.author() }));
      await dying.catch((error: Error) => expect(error.message).toBe('died'));
      await assertWhole(test, { changes: NEW, stays: noise('stays', 20_000) });
      const writer = await test.writer('after');
      await writer.begin();
      await writeWaste(writer);
      await writer.storage.flush();
      test.clock.ms += DAY_MS;
      await prune(await test.open(), { author: test.author() });
      await prune(await test.open(), { author: test.author() });
      await assertWhole(test, WHOLE);
      return blobs;
    });
    expect(operations).toBeGreaterThan(30);
  });
});
