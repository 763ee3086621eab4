import type { BlobStore } from '@cloudsync/content';
import { expect } from 'vitest';
import { bytesOf, textOf } from '../content.ts';
import { expectFailure } from '../storage-contract/fixture.ts';
import type { BlobStoreRule } from './fixture.ts';

const BIG = Uint8Array.from({ length: 3_000_000 }, (_, at) => (at * 2654435761) >>> 24);

/** Every rule of the `BlobStore` interface. Each works on an empty store. */
export const BLOB_STORE_RULES: readonly BlobStoreRule[] = [
  {
    title: 'a blob comes back as it was created, its parts joined',
    check: async ({ store, reopen }) => {
      expect(await store.create('packs/3f/3f0a', [bytesOf('one '), new Uint8Array(0), bytesOf('two')])).toBe(true);
      expect(textOf(await store.get('packs/3f/3f0a'))).toBe('one two');
      expect(textOf(await reopen().get('packs/3f/3f0a'))).toBe('one two');
      expect(await store.create('big', [BIG.subarray(0, 1_000_000), BIG.subarray(1_000_000)])).toBe(true);
      expect(Buffer.compare(await store.get('big'), BIG)).toBe(0);
    },
  },
  {
    title: 'a blob of thousands of parts comes back',
    check: async ({ store }) => {
      const parts = Array.from({ length: 3000 }, (_, at) => bytesOf('x'.repeat(at % 5)));
      expect(await store.create('packs/a/1', parts)).toBe(true);
      expect(await store.get('packs/a/1')).toHaveLength(6000);
    },
  },
  {
    title: 'an empty blob is a blob',
    check: async ({ store }) => {
      expect(await store.create('empty', [])).toBe(true);
      expect(await store.get('empty')).toHaveLength(0);
      expect(await store.create('empty', [bytesOf('x')])).toBe(false);
      expect(await store.getRange('empty', 0, 0)).toHaveLength(0);
    },
  },
  {
    title: 'rule 2: create changes nothing when the name is taken',
    check: async ({ store, reopen, leftovers }) => {
      expect(await store.create('commits/1', [bytesOf('first')])).toBe(true);
      expect(await reopen().create('commits/1', [bytesOf('second')])).toBe(false);
      expect(textOf(await store.get('commits/1'))).toBe('first');
      expect((await leftovers?.()) ?? []).toEqual([]);
    },
  },
  {
    title: 'rule 2: of many racing writers exactly one wins, and its blob is whole',
    check: async ({ store, reopen }) => {
      const writers = [store, ...Array.from({ length: 7 }, reopen)];
      const contents = writers.map((_, at) => `${at}`.repeat(200_000));
      const won = await Promise.all(
        // That another writer is at work at this moment is an answer, when the call may be tried again.
        writers.map((writer, at) => createPatiently(writer, 'commits/7', bytesOf(contents[at] as string))),
      );
      expect(won.filter(Boolean)).toHaveLength(1);
      expect(textOf(await store.get('commits/7'))).toBe(contents[won.indexOf(true)]);
    },
  },
  {
    title: 'a range is exactly what was asked for; one past the end fails',
    check: async ({ store }) => {
      await store.create('big', [BIG]);
      expect(Buffer.from(await store.getRange('big', 0, 40))).toEqual(Buffer.from(BIG.slice(0, 40)));
      expect(Buffer.from(await store.getRange('big', 1_234_567, 1_000))).toEqual(Buffer.from(BIG.slice(1_234_567, 1_235_567)));
      expect(Buffer.from(await store.getRange('big', BIG.length - 8, 8))).toEqual(Buffer.from(BIG.slice(-8)));
      expect(await store.getRange('big', 5, 0)).toHaveLength(0);
      await expectFailure(store.getRange('big', BIG.length - 8, 9), 'storage/corrupt-transfer');
      await expectFailure(store.getRange('big', BIG.length + 1, 1), 'storage/corrupt-transfer');
    },
  },
  {
    title: 'a blob that is larger than the caller expects is not read',
    check: async ({ store }) => {
      await store.create('index/a', [bytesOf('12345')]);
      expect(await store.get('index/a', 5)).toHaveLength(5);
      await expectFailure(store.get('index/a', 4), 'storage/corrupt-transfer');
    },
  },
  {
    title: 'what is handed in and out is not shared with the store',
    check: async ({ store }) => {
      const bytes = bytesOf('content');
      await store.create('a', [bytes]);
      await store.put('b', bytes);
      bytes.fill(0);
      (await store.get('a')).fill(1);
      (await store.getRange('a', 0, 7)).fill(1);
      expect([textOf(await store.get('a')), textOf(await store.get('b'))]).toEqual(['content', 'content']);
    },
  },
  {
    title: 'put writes, and replaces whole',
    check: async ({ store, reopen, leftovers }) => {
      await store.put('replicas/a', bytesOf('a long first text'));
      await store.put('replicas/a', bytesOf('short'));
      expect(textOf(await reopen().get('replicas/a'))).toBe('short');
      await store.create('replicas/b', [bytesOf('created')]);
      await store.put('replicas/b', bytesOf('replaced'));
      expect(textOf(await store.get('replicas/b'))).toBe('replaced');
      expect((await leftovers?.()) ?? []).toEqual([]);
    },
  },
  {
    title: 'list gives all below a prefix, in order of name, with size and time',
    check: async ({ store }) => {
      for (const name of ['packs/b/2', 'packs/a/10', 'packs/a/1', 'packs-2', 'packs/a.x', 'config', 'index/z'])
        await store.create(name, [bytesOf(name)]);
      expect(await namesOf(store, 'packs/')).toEqual(['packs/a.x', 'packs/a/1', 'packs/a/10', 'packs/b/2']);
      expect(await namesOf(store, 'packs/a/')).toEqual(['packs/a/1', 'packs/a/10']);
      expect(await namesOf(store, '')).toEqual(['config', 'index/z', 'packs-2', 'packs/a.x', 'packs/a/1', 'packs/a/10', 'packs/b/2']);
      expect(await namesOf(store, 'nothing/')).toEqual([]);
      for await (const { size, modifiedMs } of store.list('index/')) {
        expect(size).toBe('index/z'.length);
        expect(Math.abs(modifiedMs - Date.now())).toBeLessThan(3_600_000);
      }
    },
  },
  {
    title: 'delete removes a blob and frees its name; one that is gone is fine',
    check: async ({ store, reopen }) => {
      await store.create('packs/a/1', [bytesOf('x')]);
      await store.delete('packs/a/1');
      await store.delete('packs/a/1');
      await store.delete('never/there');
      expect(await namesOf(reopen(), '')).toEqual([]);
      expect(await store.create('packs/a/1', [bytesOf('y')])).toBe(true);
    },
  },
  {
    title: 'rule 4: a blob that is not there is storage/not-found',
    check: async ({ store }) => {
      await expectFailure(store.get('commits/1'), 'storage/not-found');
      await expectFailure(store.getRange('commits/1', 0, 1), 'storage/not-found');
    },
  },
  {
    title: 'names outside the rules are refused, whatever is done with them',
    check: async ({ store }) => {
      for (const name of ['', '/a', 'a/', 'a//b', '.', '..', 'a/../b', '../a', '.tmp-1', 'a/.b', 'A', 'ä', 'a b', 'a\\b', 'a\0', 'a\nb']) {
        await expectFailure(store.create(name, [bytesOf('x')]), 'path/unsafe');
        await expectFailure(store.put(name, bytesOf('x')), 'path/unsafe');
        await expectFailure(store.get(name), 'path/unsafe');
        await expectFailure(store.getRange(name, 0, 1), 'path/unsafe');
        await expectFailure(store.delete(name), 'path/unsafe');
      }
      await expectFailure(namesOf(store, '../'), 'path/unsafe');
      await expectFailure(namesOf(store, 'packs'), 'path/unsafe');
      expect(await namesOf(store, '')).toEqual([]);
    },
  },
  {
    title: 'flush works on an empty store, after writes, and twice',
    check: async ({ store }) => {
      await store.flush();
      await store.create('packs/a/1', [bytesOf('x')]);
      await store.delete('packs/a/1');
      await store.create('packs/b/1', [bytesOf('x')]);
      await store.flush();
      await store.flush();
      expect(await namesOf(store, '')).toEqual(['packs/b/1']);
    },
  },
  {
    title: 'many blobs at once',
    check: async ({ store }) => {
      const names = Array.from({ length: 60 }, (_, at) => `packs/${at % 7}/${String(at).padStart(3, '0')}`);
      await Promise.all(names.map((name) => store.create(name, [bytesOf(name)])));
      expect(await Promise.all(names.map(async (name) => textOf(await store.get(name))))).toEqual(names);
      expect(await namesOf(store, 'packs/')).toHaveLength(names.length);
    },
  },
  {
    title: 'rule 3: after flush everything written before it survives a power cut',
    applies: ({ powerCut }) => powerCut !== undefined,
    check: async ({ store, powerCut }) => {
      await store.create('gone', [bytesOf('x')]);
      await store.flush();
      await store.create('packs/a/1', [BIG.subarray(0, 1_000_000)]);
      await store.put('replicas/a', bytesOf('new'));
      await store.delete('gone');
      await store.flush();
      const after = powerCut?.() as BlobStore;
      expect(await namesOf(after, '')).toEqual(['packs/a/1', 'replicas/a']);
      expect(Buffer.compare(await after.get('packs/a/1'), BIG.subarray(0, 1_000_000))).toBe(0);
    },
  },
  {
    title: 'rule 3: flush vouches for what was read and listed, too',
    applies: ({ powerCut }) => powerCut !== undefined,
    check: async ({ store, reopen, powerCut }) => {
      await store.create('commits/1', [bytesOf('read')]);
      await store.create('packs/a/1', [bytesOf('listed')]);
      const other = reopen();
      await other.get('commits/1');
      await namesOf(other, 'packs/');
      await other.flush();
      expect(await namesOf(powerCut?.() as BlobStore, '')).toEqual(['commits/1', 'packs/a/1']);
    },
  },
  {
    title: 'rule 1: a blob is there whole or not at all, after a power cut as well',
    applies: ({ powerCut }) => powerCut !== undefined,
    check: async ({ store, powerCut }) => {
      await store.put('replicas/a', bytesOf('old'));
      await store.flush();
      await store.put('replicas/a', BIG);
      await store.create('packs/a/1', [BIG]);
      const after = powerCut?.() as BlobStore;
      const names = await namesOf(after, '');
      expect(names).toContain('replicas/a');
      expect([3, BIG.length]).toContain((await after.get('replicas/a')).length);
      if (names.includes('packs/a/1')) expect(Buffer.compare(await after.get('packs/a/1'), BIG)).toBe(0);
    },
  },
];

async function createPatiently(store: BlobStore, name: string, bytes: Uint8Array): Promise<boolean> {
  for (;;) {
    try {
      return await store.create(name, [bytes]);
    } catch (error) {
      if (!isRetryable(error)) throw error;
    }
  }
}

function isRetryable(error: unknown): boolean {
  return error instanceof Error && 'retryable' in error && error.retryable === true;
}

async function namesOf(store: BlobStore, prefix: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of store.list(prefix)) names.push(name);
  return names;
}
