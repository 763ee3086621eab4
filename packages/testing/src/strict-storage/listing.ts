import {
  comparePaths,
  type Entry,
  encodeHead,
  IGNORE_FILE,
  IgnoreRules,
  isOwnName,
  isWithin,
  type ListBatch,
  type ListNote,
  type ListOptions,
  nameOf,
  parentOf,
} from '@cloudsync/engine';
import { sha256, textOf } from '../content.ts';
import type { Disk } from './disk.ts';
import type { Found } from './tree.ts';

export interface ListingOptions {
  readonly disk: Disk;
  /** In path order with ignore rules applied, as encoded rows; else unordered entries without rules. */
  readonly scans: boolean;
  /** Puts the hash of each file into the listing. */
  readonly withHashes: boolean;
  /** A folder that cannot be read at the moment. */
  readonly unreadable: string | undefined;
  /** What some entries looked like before, by path; null: the entry was not there. */
  readonly stale: ReadonlyMap<string, Entry | null>;
}

const BATCH_ENTRIES = 7;

/** What one listing of a disk shows, all of one moment. */
export interface Listing {
  readonly entries: readonly Entry[];
  readonly notes: readonly ListNote[];
}

export function listDisk(options: ListOptions, listing: ListingOptions): Listing {
  const notes: ListNote[] = [];
  const found = visible(options, { ...listing, notes });
  return { entries: refresh(found, options, listing), notes };
}

/** A listing in batches; small ones, so that every border between batches is met. */
export function* batchesOf({ entries, notes }: Listing, asRows: boolean): Generator<ListBatch> {
  for (let at = 0; at < entries.length || at === 0; at += BATCH_ENTRIES) {
    const batch = entries.slice(at, at + BATCH_ENTRIES);
    const files = batch.filter(({ kind }) => kind === 'file').length;
    const about = at === 0 ? { files, notes } : { files };
    yield asRows ? { ...about, rows: batch.map(encodeHead).join('\n') } : { ...about, entries: batch };
  }
}

/** What the listing shows of the disk as it is, with the notes that go with it. */
function visible(options: ListOptions, { disk, scans, unreadable, notes }: ListingOptions & { notes: ListNote[] }): Found[] {
  const rules = new IgnoreRules(options.ignore);
  const hidden = new Set<string>();
  const holders = new Set<string>();
  const shown: Found[] = [];
  const all = [...disk.all()];
  if (scans) for (const { path, node } of all) if (isIgnoreFile(path) && node.kind === 'file') rules.addFile(path, textOf(node.bytes));
  if (unreadable !== undefined) {
    const message = `${JSON.stringify(unreadable)} cannot be read now`;
    notes.push({ type: 'unreadable', path: unreadable, code: 'storage/denied', message });
  }
  for (const item of all) {
    const { path, node } = item;
    if (hidden.has(parentOf(path)) || isOwnName(nameOf(path))) {
      hidden.add(path);
      continue;
    }
    if (scans && rules.ignores(path, node.kind === 'folder')) {
      hidden.add(path);
      holders.add(parentOf(path));
      continue;
    }
    if (unreadable !== undefined && isWithin(unreadable, path) && path !== unreadable) continue;
    if (scans && node.kind === 'file' && isIgnoreFile(path) && isWanted(options, path, true)) {
      notes.push({ type: 'ignore-file', path, text: textOf(node.bytes) });
    }
    if (!isWanted(options, path, false)) continue;
    if (node.kind === 'symlink' && options.symlinks === 'skip') {
      notes.push({ type: 'skipped', path, message: `${JSON.stringify(path)} is a symlink` });
      continue;
    }
    shown.push(item);
  }
  for (const path of holders) if (path !== '' && isWanted(options, path, false)) notes.push({ type: 'holds-ignored', path });
  return shown;
}

/** Whether `only` asks for the path; for ignore files also whether their rules reach into what it asks for. */
function isWanted({ only }: ListOptions, path: string, forRules: boolean): boolean {
  return only === undefined || only.some((wanted) => isWithin(wanted, path) || (forRules && isWithin(parentOf(path), wanted)));
}

/** The entries of what is shown, some of them out of date, in path order; nothing hangs below what is not shown as a folder. */
function refresh(found: readonly Found[], options: ListOptions, { disk, withHashes, stale }: ListingOptions): Entry[] {
  const entries = new Map<string, Entry>();
  for (const item of found) {
    const now = disk.entryOf(item);
    entries.set(item.path, withHashes && item.node.kind === 'file' ? { ...now, hash: sha256(item.node.bytes) } : now);
  }
  if (stale.size === 0) return [...entries.values()];
  for (const [path, before] of stale) {
    if (before === null) entries.delete(path);
    else if (isWanted(options, path, false)) entries.set(path, before);
  }
  const shown = new Map<string, Entry>();
  for (const entry of [...entries.values()].sort(byPath)) {
    const parent = parentOf(entry.path);
    if (parent === '' || shown.get(parent)?.kind === 'folder' || !isWanted(options, parent, false)) shown.set(entry.path, entry);
  }
  return [...shown.values()];
}

function isIgnoreFile(path: string): boolean {
  return nameOf(path) === IGNORE_FILE;
}

function byPath(a: Entry, b: Entry): number {
  return comparePaths(a.path, b.path);
}
