import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ListBatch } from '@cloudsync/engine';
import { describe, expect, onTestFinished, test } from 'vitest';
import { failureOf, freshRoot, joined, plant } from '../fresh-root.test.support.ts';
import { FolderScan, type ScanOptions } from './folder-scan.ts';
import { ScanThread, scanTree } from './scan-thread.ts';

function optionsFor(root: string, more: Partial<ScanOptions> = {}): ScanOptions {
  return { root, ignore: [], only: undefined, symlinks: 'keep', modes: true, rowsPerBatch: 10, nowMs: Date.now(), ...more };
}

function tree(): string {
  const root = plant(freshRoot(), { '.syncignore': '*.log', 'a/.syncignore': '!keep.log', 'a/keep.log': '', 'b/drop.log': '' });
  for (let at = 0; at < 30; at++) plant(root, Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`d${at}/${n}`, ''])));
  return root;
}

/** The scan without any thread, for comparison. */
function plainScan(options: ScanOptions): ListBatch[] {
  const scan = new FolderScan(options);
  const batches: ListBatch[] = [];
  for (let batch = scan.next(); batch !== undefined; batch = scan.next()) batches.push(batch);
  return batches;
}

async function allOf(scan: AsyncIterable<ListBatch>): Promise<ListBatch[]> {
  const batches: ListBatch[] = [];
  for await (const batch of scan) batches.push(batch);
  return batches;
}

describe.each([
  ['here', Number.POSITIVE_INFINITY],
  ['in a thread from the first batch', 0],
  ['in a thread that takes over on the way', 5],
])('%s', (_, batchesAlone) => {
  test('yields the whole tree, also to a slow reader', async () => {
    const options = optionsFor(tree(), { ignore: ['d7/'] });
    const batches: ListBatch[] = [];
    for await (const batch of scanTree(options, undefined, batchesAlone)) {
      batches.push(batch);
      await nextTurn();
    }
    expect(joined(batches)).toEqual(joined(plainScan(options)));
    expect(batches.reduce((sum, { files }) => sum + files, 0)).toBe(583);
  });

  test('yields two trees that are scanned at once', async () => {
    const both = [optionsFor(tree()), optionsFor(tree(), { ignore: ['d3/'] })];
    const scanned = both.map(async (options) => joined(await allOf(scanTree(options, undefined, batchesAlone))));
    expect(await Promise.all(scanned)).toEqual(both.map((options) => joined(plainScan(options))));
  });

  test('can be left early', async () => {
    for await (const batch of scanTree(optionsFor(tree()), undefined, batchesAlone)) {
      expect(batch.files).toBeGreaterThan(0);
      break;
    }
  });

  test('can be cancelled', async () => {
    const controller = new AbortController();
    const scan = scanTree(optionsFor(tree()), controller.signal, batchesAlone);
    for (let at = 0; at < 8; at++) await scan.next();
    controller.abort();
    expect((await failureOf(() => scan.next())).code).toBe('sync/cancelled');
  });
});

test('a thread runs only a few batches ahead of its reader', async () => {
  const root = tree();
  const options = optionsFor(root);
  const thread = new ScanThread(options);
  onTestFinished(() => thread.close());
  const scan = thread.batchesFrom(new FolderScan(options).state, undefined);
  const batches = [(await scan.next()).value as ListBatch];
  // Time enough for a thread without bounds to see everything.
  for (let at = 0; at < 30; at++) plainScan(options);
  rmSync(join(root, 'd9'), { recursive: true });
  for await (const batch of scan) batches.push(batch);
  const { paths } = joined(batches);
  expect(paths).toContain('d8/19');
  expect(paths.filter((path) => path.startsWith('d9/'))).toEqual([]);
});
