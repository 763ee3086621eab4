import { hash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CopyJob, type CopyResult, type Entry, type FetchJob, type HashResult, SyncError } from '@cloudsync/engine';
import { expect, test } from 'vitest';
import { content, fileEntry, folderEntry, freshRoot, plant } from '../fresh-root.test.support.ts';
import { MemoryStorage } from '../memory/memory-storage.ts';
import { LocalFolder } from './local-folder.ts';

const NEW = { expected: undefined };

/** A storage that writes files itself, as a vault does. */
class Fetching extends MemoryStorage {
  async fetchFiles(jobs: readonly FetchJob[]): Promise<HashResult[]> {
    return Promise.all(jobs.map((job) => this.#fetch(job)));
  }

  async #fetch({ entry, target }: FetchJob): Promise<HashResult> {
    if (entry.path.includes('broken')) return { error: new SyncError('content/damaged', `${entry.path} is damaged`) };
    if (entry.path.includes('denied')) return { error: new SyncError('storage/denied', `${entry.path} may not be written`) };
    const parts: Uint8Array[] = [];
    for await (const part of this.download(entry)) parts.push(part);
    writeFileSync(target, Buffer.concat(parts), { flag: 'wx', mode: 0o600 });
    return { hash: hash('sha256', Buffer.concat(parts)) };
  }
}

async function giverOf(files: Record<string, string>): Promise<{ giver: Fetching; entries: Entry[] }> {
  const giver = new Fetching();
  const entries: Entry[] = [];
  for (const [path, text] of Object.entries(files)) {
    const folder = path.slice(0, path.indexOf('/'));
    if (path.includes('/')) await giver.upload(folderEntry(folder), undefined, NEW);
    const entry = { ...fileEntry(path, text), mtimeMs: 1_600_000_000_123, mode: 0o640 };
    entries.push(await giver.upload(entry, content(text), { expected: undefined }));
  }
  return { giver, entries };
}

function copy(root: string, giver: Fetching, jobs: readonly CopyJob[]): Promise<CopyResult[]> {
  const copier = new LocalFolder(root).copierFrom(giver);
  if (copier === undefined) throw new Error('there is a copier from who can fetch');
  return copier.copy(jobs, {});
}

function codesOf(results: readonly CopyResult[]): string[] {
  return results.map((result) => ('error' in result ? (result.error as SyncError).code : 'copied'));
}

test.each([1, 7])('%d files get their content, time and mode, and nothing else is left', async (count) => {
  const names = Array.from({ length: count }, (_, at) => `f${at}`);
  const { giver, entries } = await giverOf(Object.fromEntries(names.map((name) => [name, `content of ${name}`])));
  const root = freshRoot();
  const results = await copy(
    root,
    giver,
    entries.map((entry) => ({ from: entry, to: { ...entry, mode: 0o640, mtimeMs: 1_600_000_000_123 }, ...NEW })),
  );
  expect(codesOf(results)).toEqual(names.map(() => 'copied'));
  for (const name of names) {
    expect(readFileSync(join(root, name), 'utf8')).toBe(`content of ${name}`);
    expect(statSync(join(root, name)).mtimeMs).toBe(1_600_000_000_123);
    expect(statSync(join(root, name)).mode & 0o777).toBe(0o640);
  }
  expect(readdirSync(root).sort()).toEqual(names);
});

test('a mode that the giver does not know is what a new file gets', async () => {
  const { giver, entries } = await giverOf({ f: 'text' });
  const root = freshRoot();
  await copy(
    root,
    giver,
    entries.map((entry) => ({ from: entry, to: { ...entry, mode: undefined }, ...NEW })),
  );
  expect(statSync(join(root, 'f')).mode & 0o777).toBe(0o666 & ~process.umask());
});

test('one that fails does not stop the others; what is replaced goes to the trash; what is not expected stays', async () => {
  const { giver, entries } = await giverOf({ broken: 'a', good: 'b', there: 'new', unseen: 'c', 'link/x': 'd', wrong: 'e' });
  const elsewhere = freshRoot();
  const root = plant(freshRoot(), { there: 'old', unseen: 'mine' });
  symlinkSync(elsewhere, join(root, 'link'));
  const expected = await new LocalFolder(root).stat('there');
  const jobs = entries.map((entry): CopyJob => {
    const to = entry.path === 'wrong' ? { ...entry, hash: '0'.repeat(64) } : entry;
    return { from: entry, to, expected: entry.path === 'there' ? expected : undefined };
  });
  const results = await copy(root, giver, jobs);
  expect(codesOf(results)).toEqual(['content/damaged', 'copied', 'copied', 'storage/changed', 'path/unsafe', 'storage/corrupt-transfer']);
  expect(readFileSync(join(root, 'there'), 'utf8')).toBe('new');
  expect(readFileSync(join(root, 'unseen'), 'utf8')).toBe('mine');
  expect(readdirSync(elsewhere)).toEqual([]);
  expect(readdirSync(join(root, '.sync_trash'))).toHaveLength(1);
  expect(readdirSync(root).sort()).toEqual(['.sync_trash', 'good', 'link', 'there', 'unseen']);
});

test('where the giver may not write, the folder does it itself', async () => {
  const { giver, entries } = await giverOf({ 'denied/f': 'text' });
  const root = freshRoot();
  mkdirSync(join(root, 'denied'));
  const results = await copy(
    root,
    giver,
    entries.map((entry) => ({ from: entry, to: entry, ...NEW })),
  );
  expect(codesOf(results)).toEqual(['copied']);
  expect(readFileSync(join(root, 'denied/f'), 'utf8')).toBe('text');
  expect(existsSync(join(root, 'denied'))).toBe(true);
});

test('when the giver gives up half-way, nothing is left', async () => {
  const { giver, entries } = await giverOf({ first: 'one', second: 'two' });
  const fetch = giver.fetchFiles.bind(giver);
  giver.fetchFiles = async (jobs) => {
    await fetch(jobs.slice(0, 1));
    throw new SyncError('sync/cancelled', 'cancelled');
  };
  const root = freshRoot();
  const jobs = entries.map((entry): CopyJob => ({ from: entry, to: entry, ...NEW }));
  await expect(copy(root, giver, jobs)).rejects.toThrow(expect.objectContaining({ code: 'sync/cancelled' }));
  expect(readdirSync(root)).toEqual([]);
});

test('a storage that cannot fetch has no copier', () => {
  expect(new LocalFolder(freshRoot()).copierFrom(new MemoryStorage())).toBeUndefined();
});

test('cancelled when all has been fetched: nothing is published, and nothing is left', async () => {
  const { giver, entries } = await giverOf({ a: 'a', b: 'b' });
  const cancel = new AbortController();
  const { fetchFiles } = giver;
  giver.fetchFiles = async (jobs) => {
    const fetched = await fetchFiles.call(giver, jobs);
    cancel.abort();
    return fetched;
  };
  const root = freshRoot();
  const copier = new LocalFolder(root).copierFrom(giver);
  const results = await copier?.copy(
    entries.map((entry) => ({ from: entry, to: entry, ...NEW })),
    { signal: cancel.signal },
  );
  expect(codesOf(results ?? [])).toEqual(['sync/cancelled', 'sync/cancelled']);
  expect(readdirSync(root)).toEqual([]);
});
