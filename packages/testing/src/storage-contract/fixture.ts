import {
  decodeHead,
  type Entry,
  isUntouched,
  type ListNote,
  type ListOptions,
  type Storage,
  SyncError,
  type SyncErrorCode,
} from '@cloudsync/engine';
import { expect } from 'vitest';
import { bytesOf, readAll, streamOf } from '../content.ts';

/** One fresh, empty place and what a test may do to it besides using it. */
export interface StorageFixture {
  readonly storage: Storage;
  /** Another empty place of the same kind; `storage` may offer a copier from it. */
  readonly other?: Storage | undefined;
  /** A new client of the same place, as after a restart. */
  readonly reopen?: (() => Promise<Storage>) | undefined;
  /** Loses power and opens the place again; only for storages whose power a test can cut. */
  readonly powerCut?: (() => Promise<Storage>) | undefined;
  /** Takes the root away, as when a disk is unmounted. */
  readonly loseRoot?: (() => Promise<void>) | undefined;
  /** What an interrupted write left behind, by any name. */
  readonly leftovers?: (() => Promise<readonly string[]>) | undefined;
  /** An empty folder on this machine for what a test fetches. */
  readonly scratch?: string | undefined;
  readonly dispose?: (() => Promise<void>) | undefined;
}

export type StorageFactory = () => Promise<StorageFixture>;

/** Runs a test with a fixture of its own. */
export type WithFixture = (test: (fixture: StorageFixture) => Promise<void>) => () => Promise<void>;

/** What a group of contract tests is registered with; `probe` tells what the storage declares. */
export interface ContractGroup {
  readonly probe: Storage;
  readonly fixture: StorageFixture;
  readonly withFixture: WithFixture;
}

/** 2026-03-04T05:06:07Z: a time that every mtime step keeps. */
const SOME_TIME_MS = Date.UTC(2026, 2, 4, 5, 6, 8);

export interface FileToMake {
  readonly mtimeMs?: number;
  readonly mode?: number;
  readonly expected?: Entry | undefined;
}

export function fileEntry(path: string, content: string | Uint8Array, { mtimeMs = SOME_TIME_MS, mode = 0o644 }: FileToMake = {}): Entry {
  return { path, kind: 'file', size: toBytes(content).length, mtimeMs, mode };
}

export async function makeFile(storage: Storage, path: string, content: string | Uint8Array, options: FileToMake = {}): Promise<Entry> {
  const bytes = toBytes(content);
  return storage.upload(fileEntry(path, bytes, options), streamOf(bytes), { expected: options.expected });
}

export async function makeFolder(storage: Storage, path: string, mode = 0o755): Promise<Entry> {
  return storage.upload({ path, kind: 'folder', size: 0, mtimeMs: SOME_TIME_MS, mode }, undefined, { expected: undefined });
}

export async function makeLink(storage: Storage, path: string, target: string): Promise<Entry> {
  return storage.upload({ path, kind: 'symlink', size: 0, mtimeMs: SOME_TIME_MS, target }, undefined, { expected: undefined });
}

export async function contentAt(storage: Storage, path: string): Promise<string> {
  return new TextDecoder().decode(await bytesAt(storage, path));
}

export async function bytesAt(storage: Storage, path: string): Promise<Uint8Array> {
  return readAll(storage.download(await mustStat(storage, path)));
}

export async function mustStat(storage: Storage, path: string): Promise<Entry> {
  const entry = await storage.stat(path);
  if (entry === undefined) throw new Error(`nothing at ${JSON.stringify(path)}`);
  return entry;
}

export interface Listing {
  readonly entries: Entry[];
  readonly paths: string[];
  readonly notes: ListNote[];
  readonly files: number;
}

/** A whole listing, whichever form its batches have. */
export async function listAll(storage: Storage, options: Partial<ListOptions> = {}): Promise<Listing> {
  const entries: Entry[] = [];
  const notes: ListNote[] = [];
  let files = 0;
  for await (const batch of storage.list({ ignore: [], ...options })) {
    entries.push(...(batch.entries ?? []));
    if (batch.rows !== undefined && batch.rows !== '') entries.push(...batch.rows.split('\n').map(decodeHead));
    notes.push(...(batch.notes ?? []));
    files += batch.files;
  }
  return { entries, paths: entries.map(({ path }) => path), notes, files };
}

/** Expects a `SyncError`, with this code when one is given. */
export async function expectFailure(attempt: Promise<unknown>, ...codes: SyncErrorCode[]): Promise<void> {
  const error: unknown = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error, 'it should have failed').toBeDefined();
  expect(SyncError.is(error), `a SyncError, not ${String(error)}`).toBe(true);
  if (codes.length > 0) expect(codes).toContain((error as SyncError).code);
  expect((error as SyncError).message).not.toMatch(/\n/);
}

/** Expects two descriptions of one untouched entry. */
export function expectSameEntry(a: Entry | undefined, b: Entry | undefined): void {
  expect(a).toBeDefined();
  expect(b).toBeDefined();
  expect(isUntouched(a as Entry, b as Entry), `${JSON.stringify(a)} and ${JSON.stringify(b)} describe one entry`).toBe(true);
}

function toBytes(content: string | Uint8Array): Uint8Array {
  return typeof content === 'string' ? bytesOf(content) : content;
}
