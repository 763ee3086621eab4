import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { decodeHead, type Entry, type ListBatch, type ListNote, type ListOptions, type Storage } from '@cloudsync/engine';
// biome-ignore lint/correctness/noUndeclaredDependencies: like every test, it takes vitest from the root
import { onTestFinished } from 'vitest';

/** A new folder on the real disk that is removed after the test. */
export function freshRoot(): string {
  const root = mkdtempSync(join(tmpdir(), 'cloudsync-test-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true, maxRetries: 3 }));
  return root;
}

/** Writes files given as path → text, with the folders above them; a path that ends with `/` is a folder. */
export function plant(root: string, files: Record<string, string>): string {
  for (const [path, text] of Object.entries(files)) {
    const absolute = join(root, path);
    mkdirSync(path.endsWith('/') ? absolute : dirname(absolute), { recursive: true });
    if (!path.endsWith('/')) writeFileSync(absolute, text);
  }
  return root;
}

/** Makes a special file, or anything else that only a command makes. */
export function run(command: string, ...args: string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr}`);
}

/** A file system of its own that holds so many bytes. @throws where mounting is refused: these tests want root, in a container with CAP_SYS_ADMIN */
export function smallDisk(bytes: number): string {
  const root = freshRoot();
  run('mount', '-t', 'tmpfs', '-o', `size=${bytes},mode=755`, 'tmpfs', root);
  onTestFinished(() => {
    run('umount', '-l', root);
  });
  return root;
}

/** Gives a tree to a user that permission bits hold for; root passes them all. Does nothing for an ordinary user. */
export function giveToNobody(...paths: string[]): void {
  if (process.getuid?.() !== 0) return;
  for (const path of paths) chownSync(path, NOBODY, NOBODY);
}

export const NOBODY = 65534;

export function lockFolder(path: string): void {
  chmodSync(path, 0);
  onTestFinished(() => chmodSync(path, 0o700));
}

export async function* content(...chunks: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}

export async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString();
}

/** A file entry to upload. */
export function fileEntry(path: string, text: string, more: Partial<Entry> = {}): Entry {
  return { path, kind: 'file', size: Buffer.byteLength(text), mtimeMs: 1_700_000_000_000.123, ...more };
}

export function folderEntry(path: string, more: Partial<Entry> = {}): Entry {
  return { path, kind: 'folder', size: 0, mtimeMs: 1_700_000_000_000, ...more };
}

export interface Listing {
  readonly entries: readonly Entry[];
  readonly paths: readonly string[];
  readonly notes: readonly ListNote[];
}

export async function listingOf(storage: Storage, options: Partial<ListOptions> = {}): Promise<Listing> {
  const batches: ListBatch[] = [];
  for await (const batch of storage.list({ ignore: [], ...options })) batches.push(batch);
  return joined(batches);
}

/** All batches of a listing as one, entries from either form. */
export function joined(batches: readonly ListBatch[]): Listing {
  const entries = batches.flatMap(({ entries = [], rows }) => [...entries, ...(rows?.split('\n').map(decodeHead) ?? [])]);
  return { entries, paths: entries.map(({ path }) => path), notes: batches.flatMap(({ notes = [] }) => notes) };
}

/** Runs work that must fail and gives the code and message of its SyncError. */
export async function failureOf(
  work: () => unknown,
): Promise<{ code: string; message: string; path: string | undefined; retryable: boolean }> {
  try {
    await work();
  } catch (error) {
    const { name, code, message, path, retryable } = error as Error & { code: string; path?: string; retryable: boolean };
    if (name !== 'SyncError') throw error;
    return { code, message, path, retryable };
  }
  throw new Error('it did not fail');
}
