import {
  ancestorsOf,
  comparePaths,
  type Entry,
  encodeHead,
  IGNORE_FILE,
  IgnoreRules,
  isOwnName,
  isWithin,
  joinPath,
  type ListBatch,
  type ListNote,
  type ListOptions,
  nameOf,
  parentOf,
  SyncError,
} from '@cloudsync/engine';
import type { FileRow, LiveRow, Row } from '../tree/row.ts';
import { entryOfRow } from './row-entry.ts';
import type { StagedTree } from './staged-tree.ts';

const IGNORE_FILE_BYTES_MAX = 1024 * 1024;

export interface RowListing extends ListOptions {
  readonly tree: StagedTree;
  readonly readText: (row: FileRow) => Promise<string>;
}

/**
 * Lists a tree in path order with ignore rules applied. An ignore file can stand behind what it rules, so it is looked up when its
 * folder is entered. Heads are given as text; where tombstones are asked for, entries, because a head says nothing of causes.
 */
export async function* listRows(listing: RowListing): AsyncGenerator<ListBatch> {
  const { tree, only, tombstones, signal } = listing;
  const walk = new Walk(listing);
  for (const within of outermost(only)) {
    if (!(await walk.begin(within))) continue;
    for await (const rows of tree.rows({ within, tombstones: tombstones === true, signal })) {
      for (const row of rows) {
        // Few rows have to wait for an ignore file; a wait for each row would cost more than the row itself.
        if (walk.mustEnter(row)) await walk.enterBefore(row);
        walk.visit(row);
      }
      yield walk.take();
    }
  }
  const rest = walk.take();
  if ((rest.notes?.length ?? 0) > 0) yield rest;
}

/** What is listed, without what lies below something that is listed; the root is `''`. */
function outermost(only: readonly string[] | undefined): string[] {
  if (only === undefined) return [''];
  const kept: string[] = [];
  for (const path of [...only].sort(comparePaths)) if (kept.every((folder) => !isWithin(folder, path))) kept.push(path);
  return kept;
}

class Walk {
  readonly #listing: RowListing;
  readonly #rules: IgnoreRules;
  readonly #entries: Entry[] = [];
  #notes: ListNote[] = [];
  readonly #holders = new Set<string>();
  readonly #entered = new Set<string>();
  /** Something that is passed over with all that lies below it. */
  #hidden: string | undefined;
  /** A folder that was met and may hold an ignore file. */
  #opening: string | undefined;

  constructor(listing: RowListing) {
    this.#listing = listing;
    this.#rules = new IgnoreRules(listing.ignore);
  }

  /** Prepares for what lies within a path. @returns false when nothing is to be listed there */
  async begin(within: string): Promise<boolean> {
    this.#hidden = undefined;
    this.#opening = undefined;
    for (const folder of ['', ...[...ancestorsOf(within)].reverse()]) {
      if (folder !== '' && (isOwnName(nameOf(folder)) || this.#rules.ignores(folder, true))) return false;
      if (!(within === '' && folder === '') && !(await this.#enter(folder))) return false;
    }
    if (within === '') this.#opening = '';
    return true;
  }

  /** Whether the folder that was met last may have an ignore file, which rules over this row. */
  mustEnter({ path }: Row): boolean {
    const folder = this.#opening;
    return folder !== undefined && isWithin(folder, path) && comparePaths(path, joinPath(folder, IGNORE_FILE)) <= 0;
  }

  /** Takes in that ignore file. */
  async enterBefore({ path }: Row): Promise<void> {
    const folder = this.#opening;
    if (folder !== undefined && !this.#isHidden(path) && !(await this.#enter(folder))) this.#hidden = folder;
  }

  visit(row: Row): void {
    const { path } = row;
    if (this.#isHidden(path)) return;
    this.#hidden = undefined;
    this.#opening = undefined;
    if (isOwnName(nameOf(path))) this.#hidden = path;
    else if (row.kind === 'tombstone') this.#notes.push({ type: 'tombstone', path, vector: row.vector, sequence: row.sequence });
    else this.#visitLive(row);
  }

  #isHidden(path: string): boolean {
    return this.#hidden !== undefined && isWithin(this.#hidden, path);
  }

  #visitLive(row: LiveRow): void {
    const { path, kind } = row;
    if (this.#rules.ignores(path, kind === 'folder')) {
      this.#hidden = path;
      const folder = parentOf(path);
      if (!this.#holders.has(folder) && folder !== '') this.#notes.push({ type: 'holds-ignored', path: folder });
      this.#holders.add(folder);
    } else if (kind === 'symlink' && this.#listing.symlinks === 'skip')
      this.#notes.push({ type: 'skipped', path, message: `${JSON.stringify(path)} is a symlink; it is not synced` });
    else {
      if (kind === 'folder') this.#opening = path;
      this.#entries.push(entryOfRow(row));
    }
  }

  take(): ListBatch {
    const entries = this.#entries.splice(0);
    const notes = this.#notes;
    this.#notes = [];
    const about = { files: entries.filter(({ kind }) => kind === 'file').length, ...(notes.length > 0 ? { notes } : {}) };
    if (entries.length === 0) return about;
    return this.#listing.tombstones === true ? { ...about, entries } : { ...about, rows: entries.map(encodeHead).join('\n') };
  }

  /** Takes in the ignore file of a folder, if there is one. @returns false when it cannot be read: then nothing there may be looked at */
  async #enter(folder: string): Promise<boolean> {
    if (this.#entered.has(folder)) return true;
    this.#entered.add(folder);
    const path = joinPath(folder, IGNORE_FILE);
    const row = await this.#listing.tree.get(path);
    if (row?.kind !== 'file' || this.#rules.ignores(path, false)) return true;
    try {
      if (row.size > IGNORE_FILE_BYTES_MAX)
        throw new SyncError('storage/io', `${JSON.stringify(path)} is larger than a mebibyte; make it smaller`, { path });
      const text = await this.#listing.readText(row);
      this.#rules.addFile(path, text);
      this.#notes.push({ type: 'ignore-file', path, text });
      return true;
    } catch (error) {
      if (!SyncError.is(error) || error.code === 'sync/cancelled') throw error;
      this.#notes.push({ type: 'unreadable', path: folder, code: error.code, message: error.message });
      return false;
    }
  }
}
