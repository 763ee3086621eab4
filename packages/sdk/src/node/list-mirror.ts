import {
  ancestorsOf,
  comparePaths,
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
import type { Mirror, MirrorNode } from '../mirror/mirror.ts';
import { assertGoingOn } from './cancelled.ts';
import { entryOfNode } from './mirror-entry.ts';

const IGNORE_FILE_BYTES_MAX = 1024 * 1024;
const ROWS_PER_BATCH = 500;

export interface MirrorListing extends ListOptions {
  readonly mirror: Mirror;
  /** The text of an ignore file. */
  readonly readText: (path: string, node: MirrorNode) => Promise<string>;
}

/** An ignore file's text, or why it could not be read. */
type Text = string | SyncError;

/**
 * Lists the mirror in path order with ignore rules applied, as encoded heads.
 *
 * It is walked in one go, without waiting for anything: rows that arrive in the middle of a walk could move a folder from what is still to
 * be listed to what was listed already, and it would pass for deleted. So ignore files that nobody has read yet are read between two walks.
 */
export async function* listMirror(listing: MirrorListing): AsyncGenerator<ListBatch> {
  const texts = new Map<string, Text>();
  for (;;) {
    assertGoingOn(listing.signal);
    const walk = new Walk(listing, texts);
    for (const within of outermost(listing.only)) walk.listWithin(within);
    if (walk.unread.size === 0) {
      yield* walk.end();
      return;
    }
    await Promise.all([...walk.unread].map(async ([path, node]) => texts.set(keyOf(path, node), await readText(listing, path, node))));
  }
}

async function readText(listing: MirrorListing, path: string, node: MirrorNode): Promise<Text> {
  try {
    if (node.size > IGNORE_FILE_BYTES_MAX)
      throw new SyncError('storage/io', `${JSON.stringify(path)} is larger than a mebibyte; make it smaller`, { path });
    return await listing.readText(path, node);
  } catch (error) {
    if (!SyncError.is(error) || error.code === 'sync/cancelled') throw error;
    return error;
  }
}

function keyOf(path: string, { sequence }: MirrorNode): string {
  return `${sequence} ${path}`;
}

/** What is listed, without what lies below something that is listed; the root is `''`. */
function outermost(only: readonly string[] | undefined): string[] {
  if (only === undefined) return [''];
  const kept: string[] = [];
  // In path order whatever holds a path comes before it, and the last one kept is the nearest.
  for (const path of [...only].sort(comparePaths)) {
    const before = kept.at(-1);
    if (before === undefined || !isWithin(before, path)) kept.push(path);
  }
  return kept;
}

class Walk {
  /** Ignore files whose text is not known yet, by path. */
  readonly unread = new Map<string, MirrorNode>();
  readonly #listing: MirrorListing;
  readonly #texts: ReadonlyMap<string, Text>;
  readonly #rules: IgnoreRules;
  readonly #entered = new Map<string, boolean>();
  readonly #holders = new Set<string>();
  readonly #batches: ListBatch[] = [];
  readonly #notes: ListNote[] = [];
  #rows: string[] = [];
  #files = 0;

  constructor(listing: MirrorListing, texts: ReadonlyMap<string, Text>) {
    this.#listing = listing;
    this.#texts = texts;
    this.#rules = new IgnoreRules(listing.ignore);
  }

  listWithin(path: string): void {
    const { mirror } = this.#listing;
    const node = mirror.find(path);
    if (node === undefined) return;
    if (path === '') {
      this.#listChildren('', node);
      return;
    }
    for (const folder of ['', ...[...ancestorsOf(path)].reverse()]) {
      if (folder !== '' && (isOwnName(nameOf(folder)) || this.#rules.ignores(folder, true))) return;
      const holder = mirror.find(folder);
      if (holder === undefined || !this.#enter(folder, holder)) return;
    }
    this.#visit(path, node);
  }

  *end(): Generator<ListBatch> {
    this.#closeBatch();
    if (this.#notes.length > 0) yield { files: 0, notes: this.#notes };
    yield* this.#batches;
  }

  #closeBatch(): void {
    if (this.#rows.length > 0) this.#batches.push({ rows: this.#rows.join('\n'), files: this.#files });
    this.#rows = [];
    this.#files = 0;
  }

  #listChildren(path: string, folder: MirrorNode): void {
    if (folder.children === undefined || !this.#enter(path, folder)) return;
    for (const name of [...folder.children.keys()].sort()) {
      this.#visit(joinPath(path, name), folder.children.get(name) as MirrorNode);
    }
  }

  #visit(path: string, node: MirrorNode): void {
    if (isOwnName(node.name) || node.sequence === 0) return;
    if (this.#rules.ignores(path, node.kind === 'folder')) {
      this.#noteHolder(parentOf(path));
      return;
    }
    if (node.kind === 'symlink' && this.#listing.symlinks === 'skip') {
      this.#notes.push({ type: 'skipped', path, message: `${JSON.stringify(path)} is a symlink; it is not synced` });
      return;
    }
    this.#rows.push(encodeHead(entryOfNode(path, node)));
    if (node.kind === 'file') this.#files++;
    if (this.#rows.length === ROWS_PER_BATCH) this.#closeBatch();
    if (node.kind === 'folder') this.#listChildren(path, node);
  }

  #noteHolder(folder: string): void {
    if (folder === '' || this.#holders.has(folder)) return;
    this.#holders.add(folder);
    this.#notes.push({ type: 'holds-ignored', path: folder });
  }

  /** Takes in the ignore file of a folder, if there is one. @returns false when it cannot be read: then nothing there may be looked at */
  #enter(folder: string, node: MirrorNode): boolean {
    const before = this.#entered.get(folder);
    const entered = before ?? this.#takeIgnoreFile(folder, node);
    if (before === undefined) this.#entered.set(folder, entered);
    return entered;
  }

  #takeIgnoreFile(folder: string, { children }: MirrorNode): boolean {
    const path = joinPath(folder, IGNORE_FILE);
    const node = children?.get(IGNORE_FILE);
    if (node?.kind !== 'file' || this.#rules.ignores(path, false)) return true;
    const text = this.#texts.get(keyOf(path, node));
    if (text === undefined) this.unread.set(path, node);
    else if (typeof text === 'string') {
      this.#rules.addFile(path, text);
      this.#notes.push({ type: 'ignore-file', path, text });
    } else this.#notes.push({ type: 'unreadable', path: folder, code: text.code, message: text.message });
    return text === undefined || typeof text === 'string';
  }
}
