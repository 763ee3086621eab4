import { type Entry, otherSide, type Side } from '../model/entry.ts';
import { SyncError } from '../model/error.ts';
import { comparePaths, withinAny } from '../model/path.ts';
import { encodeRow } from '../model/row.ts';
import {
  type Agreement,
  type Doomed,
  encodeCommitLine,
  encodeDoomedLine,
  encodeJournalLine,
  type FileCounts,
  parseCommitLine,
  parseDoomedLine,
  parseJournalLine,
  parseRow,
} from '../model/tree-schema.ts';
import { AgreedTexts } from './agreed-texts.ts';
import type { StateDirectory, StateFile } from './state-directory.ts';
import { encodeMetadata, parseMetadata, STATE_VERSION, type StateMetadata } from './state-metadata.ts';
import { encodeTree, findRows, type Overlay, overlayRows, pathOfRow, RowReader } from './tree-file.ts';
import { rowOf, rowsWithin } from './tree-search.ts';

const TREE_FILE: Record<Side, string> = { source: 'source_tree.json', destination: 'destination_tree.json' };
const METADATA_FILE = 'sync_metadata.json';
const JOURNAL_FILE = 'journal.jsonl';

/** A rewrite of the trees is put off while the journal is smaller than this part of them: each run reads it and lays it over them. */
const JOURNAL_SHARE = 1 / 200;
/** About the length of a line. A path that is edited again and again has many, and counts as one row. */
const JOURNAL_CHARS_PER_ROW = 500;
/** Looking a path up costs about as much as reading so many rows; a few are always looked up. */
const ROWS_PER_LOOK_UP = 1000;
const PATHS_LOOKED_UP_MIN = 8;
const ROWS_CHEAP_TO_REWRITE = 2_000;

/** What is remembered of each side for the next run. */
export interface StateSide {
  readonly url: string;
  readonly identity: string;
}

/**
 * The last state of one pair: what both sides agreed on, path by path (docs/formats/sync-state.md).
 *
 * Two tree files hold it, a journal holds what was agreed since they were written. Every change is one journal line with
 * both sides in it, so a crash leaves a path agreed or not agreed, never half. Lines set whole rows, so replaying a
 * journal over trees that already contain it changes nothing: trees, metadata and journal need no common transaction.
 */
export class SyncStateManager {
  readonly #directory: StateDirectory;
  readonly #journalRowsMin: number;
  #metadata: StateMetadata | undefined;
  #journal = new Map<string, Agreement>();
  #pending = new Map<string, Agreement>();
  /** Deletions that a run announced and did not agree on since, each with the side that it was to delete at. */
  #doomed = new Map<string, Side>();
  /** The journal ends in something that is no line, so nothing can be appended to it. */
  #journalIsTorn = false;
  /** Length of the whole batches in the journal. */
  #journalChars = 0;
  /** What the files were when this object knew just what is in them; undefined once it knows other things as well. */
  #stamps: string | undefined;
  /** Paths that were agreed on by this object since it read the journal. */
  readonly #unread = new Set<string>();

  /** @param options `journalRowsMin`: so many rows a journal may have beside trees of any size, for who runs again and again; default none */
  constructor(directory: StateDirectory, { journalRowsMin = 0 }: { readonly journalRowsMin?: number } = {}) {
    this.#directory = directory;
    this.#journalRowsMin = journalRowsMin;
  }

  /**
   * Reads metadata and journal, unless they still are what this object left; the trees are streamed later.
   * @returns what is remembered, or undefined when there is no last state
   * @throws SyncError `state/corrupt`, `state/newer-version`: call {@link setAside} and go on without
   */
  async open(): Promise<StateMetadata | undefined> {
    const stamps = this.#stampsNow();
    if (stamps !== undefined && stamps === this.#stamps) return this.#metadata;
    this.#forget();
    const text = await this.#text(METADATA_FILE);
    if (text === undefined) return undefined;
    this.#metadata = parseMetadata(text);
    this.#readJournal((await this.#text(JOURNAL_FILE)) ?? '');
    if (this.#journalChars < (this.#metadata.rewriting ?? 0)) {
      throw new SyncError('state/corrupt', 'a rewrite of the last state was cut off and its journal is damaged');
    }
    this.#stamps = stamps;
    return this.#metadata;
  }

  /** Keeps unusable state files under another name and starts without a last state. @returns their new names */
  async setAside(reason: string): Promise<string[]> {
    const kept: string[] = [];
    // The metadata last: a crash in between must not leave what looks like a first sync.
    for (const name of [JOURNAL_FILE, TREE_FILE.source, TREE_FILE.destination, METADATA_FILE]) {
      if (this.#directory.read(name) !== undefined) kept.push(await this.#directory.setAside(name, reason));
    }
    this.#forget();
    return kept;
  }

  /** Goes on without the last state and leaves its files as they are (a dry run changes nothing). */
  disregard(): void {
    this.#forget();
  }

  /**
   * The rows of one side in path order, the journal included; undefined when there is no last state.
   * @param only these paths and what lies below them may be enough; more may come
   */
  rows(side: Side, only?: readonly string[]): RowReader | undefined {
    const base = only === undefined ? this.#base(side) : this.#part(side, only);
    if (base === undefined || this.#journal.size === 0) return base;
    const overlay = overlayOf(this.#journal, side, only);
    return overlay.length === 0 ? base : new RowReader(encodeTree(overlayRows(base, overlay)));
  }

  /** Every path of one side, in order. */
  async allPaths(side: Side): Promise<string[]> {
    const paths: string[] = [];
    const reader = this.rows(side);
    while (reader !== undefined && (await reader.next())) paths.push(pathOfRow(reader.row));
    return paths;
  }

  /** The rows of some paths on one side. */
  async pick(side: Side, paths: ReadonlySet<string>): Promise<Map<string, Entry>> {
    const lookUps = Math.max(PATHS_LOOKED_UP_MIN, (this.#metadata?.[side].rows ?? 0) / ROWS_PER_LOOK_UP);
    if (this.#directory.open !== undefined && paths.size <= lookUps) return this.#lookUp(side, paths);
    const found = new Map<string, Entry>();
    const reader = paths.size === 0 ? undefined : this.rows(side);
    if (reader === undefined) return found;
    for await (const row of findRows(reader, [...paths].sort(comparePaths))) found.set(pathOfRow(row), mustParse(row));
    return found;
  }

  /** Notes what both sides agree on about a path; it counts once {@link commit} has returned. */
  record({ path, source, destination }: Agreement): void {
    this.#stamps = undefined;
    // A storage may spell a name its own way; what is agreed stands under one path on both sides.
    const under = (entry: Entry | undefined): Entry | undefined =>
      entry === undefined || entry.path === path ? entry : { ...entry, path };
    this.#pending.set(path, { path, source: under(source), destination: under(destination) });
    this.#doomed.delete(path);
  }

  /**
   * Announces deletions, together with everything noted so far. Should a run end before it can agree on one of them, the next
   * run does not take it for the user's own.
   */
  async announce(doomed: readonly Doomed[], sides: Record<Side, StateSide>, now: number): Promise<void> {
    this.#stamps = undefined;
    if (this.#metadata === undefined) await this.#startTrees(sides, now);
    for (const { path, deleteAt } of doomed) this.#doomed.set(path, deleteAt);
    await this.#append(encodeBatch(this.#pending, { doomed }));
    this.#settle();
  }

  /** What earlier runs announced and may have done: path → the side where it was to be deleted. */
  get doomed(): ReadonlyMap<string, Side> {
    return this.#doomed;
  }

  get hasPending(): boolean {
    return this.#pending.size > 0;
  }

  /** Makes the notes durable. The caller has flushed the storages: state never vouches for data that is not on disk. */
  async commit(sides: Record<Side, StateSide>, files: Record<Side, number>, now: number): Promise<void> {
    if (this.#metadata === undefined) await this.#startTrees(sides, now);
    if (this.#pending.size === 0) return;
    await this.#append(encodeBatch(this.#pending, { files }));
    this.#settle();
    this.#noteFiles(files);
  }

  async #append(batch: string): Promise<void> {
    if (this.#journalIsTorn) {
      const before = encodeBatch(this.#journal, { files: this.#files });
      await this.#directory.write(JOURNAL_FILE, [before, batch]);
      this.#journalChars = before.length;
    } else await this.#directory.append(JOURNAL_FILE, batch);
    this.#journalChars += batch.length;
    this.#journalIsTorn = false;
  }

  /** Ends a run: commits, and rewrites the trees unless the journal is still small beside them. */
  async finish(sides: Record<Side, StateSide>, files: Record<Side, number>, now: number): Promise<void> {
    await this.#finish(sides, files, now);
    this.#stamps = this.#readBack() ? this.#stampsNow() : undefined;
  }

  async #finish(sides: Record<Side, StateSide>, files: Record<Side, number>, now: number): Promise<void> {
    const metadata = this.#metadata;
    const rows = metadata?.source.rows ?? 0;
    const journalRows = this.#journal.size + this.#pending.size;
    if (metadata === undefined) {
      // Whatever journal lies there belongs to no trees.
      await this.#directory.remove(JOURNAL_FILE);
    } else {
      const isAnnounced = this.#doomed.size > 0;
      if (journalRows === 0 && !isAnnounced) return;
      // The trees are two files: what is pending must be whole in the journal before either is replaced.
      await this.commit(sides, files, now);
      // What was announced and not done is not remembered: nobody is about to delete it now.
      if (!isAnnounced && this.#isJournalSmall(rows)) return;
    }
    this.#settle();
    await this.#writeTrees(sides, files, new Date(now).toISOString());
  }

  async loadSourceTree(): Promise<Map<string, Entry>> {
    return this.#load('source');
  }

  async loadDestinationTree(): Promise<Map<string, Entry>> {
    return this.#load('destination');
  }

  async saveSourceTree(tree: ReadonlyMap<string, Entry>): Promise<void> {
    await this.#save('source', tree);
  }

  async saveDestinationTree(tree: ReadonlyMap<string, Entry>): Promise<void> {
    await this.#save('destination', tree);
  }

  /** Forgets the last state and the texts kept beside it; the next sync is a first sync. */
  async clear(): Promise<void> {
    await new AgreedTexts(this.#directory).clear();
    for (const name of [METADATA_FILE, JOURNAL_FILE, TREE_FILE.source, TREE_FILE.destination]) await this.#directory.remove(name);
    this.#forget();
  }

  #forget(): void {
    this.#stamps = undefined;
    this.#unread.clear();
    this.#metadata = undefined;
    this.#journal = new Map();
    this.#pending = new Map();
    this.#doomed = new Map();
    this.#journalIsTorn = false;
    this.#journalChars = 0;
  }

  /** Takes every batch that is whole. What follows the first that is not was never vouched for, or is damaged: it is older then. */
  #readJournal(text: string): void {
    let whole = 0;
    let at = 0;
    let batch: (Agreement | Doomed)[] = [];
    for (const line of text.split('\n')) {
      const commit = parseCommitLine(line, text.slice(whole, at));
      at += line.length + 1;
      if (commit?.isWhole === false) break;
      const told = commit === undefined ? (parseJournalLine(line) ?? parseDoomedLine(line)) : undefined;
      if (told !== undefined) batch.push(told);
      else if (commit !== undefined) {
        for (const one of batch) this.#replay(one);
        if (commit.files !== undefined) this.#noteFiles(commit.files);
        batch = [];
        whole = at;
      } else break;
    }
    this.#journalChars = whole;
    this.#journalIsTorn = whole !== text.length;
  }

  #replay(told: Agreement | Doomed): void {
    if ('deleteAt' in told) this.#doomed.set(told.path, told.deleteAt);
    else {
      this.#journal.set(told.path, told);
      this.#doomed.delete(told.path);
    }
  }

  /**
   * Makes the journal in memory what reading the file would give: a line says less than an entry may hold.
   * @returns false when it cannot be read back; then the next run reads the file
   */
  #readBack(): boolean {
    for (const path of this.#unread) {
      const agreement = this.#journal.get(path);
      const told = agreement && parseJournalLine(encodeJournalLine(agreement, encodeRow));
      if (told === undefined) return false;
      this.#journal.set(path, told);
    }
    this.#unread.clear();
    return true;
  }

  #stampsNow(): string | undefined {
    const { stamp } = this.#directory;
    if (stamp === undefined) return undefined;
    const names = [METADATA_FILE, JOURNAL_FILE, TREE_FILE.source, TREE_FILE.destination];
    return names.map((name) => stamp.call(this.#directory, name) ?? '').join();
  }

  #settle(): void {
    for (const [path, agreement] of this.#pending) {
      this.#journal.set(path, agreement);
      this.#unread.add(path);
    }
    this.#pending = new Map();
  }

  get #files(): FileCounts | undefined {
    const metadata = this.#metadata;
    return metadata && { source: metadata.source.files, destination: metadata.destination.files };
  }

  #isJournalSmall(rows: number): boolean {
    const most = Math.max(rows > ROWS_CHEAP_TO_REWRITE ? rows * JOURNAL_SHARE : 0, this.#journalRowsMin);
    return this.#journal.size < most && this.#journalChars < most * JOURNAL_CHARS_PER_ROW;
  }

  #noteFiles(files: FileCounts): void {
    const metadata = this.#metadata;
    if (metadata === undefined) return;
    this.#metadata = {
      ...metadata,
      source: { ...metadata.source, files: files.source },
      destination: { ...metadata.destination, files: files.destination },
    };
  }

  #base(side: Side): RowReader | undefined {
    if (this.#metadata === undefined) return undefined;
    const chunks = this.#directory.read(TREE_FILE[side]);
    if (chunks === undefined) throw new SyncError('state/corrupt', `${TREE_FILE[side]} is missing beside ${METADATA_FILE}`);
    return new RowReader(chunks);
  }

  /** The rows of a few paths, found by bisection where the directory can read a part of a file. */
  #part(side: Side, only: readonly string[]): RowReader | undefined {
    const { open } = this.#directory;
    if (this.#metadata === undefined || open === undefined || only.includes('')) return this.#base(side);
    return new RowReader(encodeTree(this.#rowsWithin(side, only)));
  }

  async *#rowsWithin(side: Side, only: readonly string[]): AsyncGenerator<string[]> {
    const file = await this.#openTree(side);
    try {
      yield* rowsWithin(file, only);
    } finally {
      await file.close();
    }
  }

  async #lookUp(side: Side, paths: ReadonlySet<string>): Promise<Map<string, Entry>> {
    const found = new Map<string, Entry>();
    const inTree: string[] = [];
    for (const path of paths) {
      const agreement = this.#journal.get(path);
      if (agreement === undefined) inTree.push(path);
      else if (agreement[side] !== undefined) found.set(path, agreement[side]);
    }
    if (this.#metadata === undefined || inTree.length === 0) return found;
    const file = await this.#openTree(side);
    try {
      for (const path of inTree) {
        const row = await rowOf(file, path);
        if (row !== undefined) found.set(path, mustParse(row));
      }
    } finally {
      await file.close();
    }
    return found;
  }

  async #openTree(side: Side): Promise<StateFile> {
    const file = await this.#directory.open?.(TREE_FILE[side]);
    if (file === undefined) throw new SyncError('state/corrupt', `${TREE_FILE[side]} is missing beside ${METADATA_FILE}`);
    return file;
  }

  /** A journal needs trees to stand on; the first commit of a first sync makes empty ones. */
  async #startTrees(sides: Record<Side, StateSide>, now: number): Promise<void> {
    await this.#directory.remove(JOURNAL_FILE);
    for (const side of ['source', 'destination'] as const) await this.#directory.write(TREE_FILE[side], ['{\n}\n']);
    const none = { rows: 0, files: 0 };
    await this.#writeMetadata({
      version: STATE_VERSION,
      updated: new Date(now).toISOString(),
      source: { ...sides.source, ...none },
      destination: { ...sides.destination, ...none },
    });
  }

  async #writeTrees(sides: Record<Side, StateSide>, files: Record<Side, number>, updated: string): Promise<void> {
    const rows = { source: 0, destination: 0 };
    if (this.#metadata !== undefined) await this.#writeMetadata({ ...this.#metadata, rewriting: this.#journalChars });
    for (const side of ['source', 'destination'] as const) {
      const base = this.#base(side);
      const text = encodeTree(overlayRows(base, overlayOf(this.#journal, side)), (count) => {
        rows[side] = count;
      });
      await this.#directory.write(TREE_FILE[side], text);
    }
    await this.#writeMetadata({
      version: STATE_VERSION,
      updated,
      source: { ...sides.source, rows: rows.source, files: files.source },
      destination: { ...sides.destination, rows: rows.destination, files: files.destination },
    });
    await this.#directory.remove(JOURNAL_FILE);
    this.#journal = new Map();
    this.#unread.clear();
    this.#doomed = new Map();
    this.#journalIsTorn = false;
    this.#journalChars = 0;
  }

  async #writeMetadata(metadata: StateMetadata): Promise<void> {
    await this.#directory.write(METADATA_FILE, [encodeMetadata(metadata)]);
    this.#metadata = metadata;
  }

  async #load(side: Side): Promise<Map<string, Entry>> {
    await this.open();
    const tree = new Map<string, Entry>();
    const reader = this.rows(side);
    while (reader !== undefined && (await reader.next())) {
      const entry = mustParse(reader.row);
      tree.set(entry.path, entry);
    }
    return tree;
  }

  async #save(side: Side, tree: ReadonlyMap<string, Entry>): Promise<void> {
    const found = await this.open();
    if (found === undefined) await this.#directory.remove(JOURNAL_FILE);
    // The journal speaks of both sides: the other one keeps what it says.
    else if (this.#journal.size > 0)
      await this.#writeTrees(found, { source: found.source.files, destination: found.destination.files }, found.updated);
    const overlay = [...tree].sort(([a], [b]) => comparePaths(a, b)).map(([path, entry]) => [path, encodeRow(entry)] as const);
    await this.#directory.write(TREE_FILE[side], encodeTree(overlayRows(undefined, overlay)));
    const other = TREE_FILE[otherSide(side)];
    if (this.#directory.read(other) === undefined) await this.#directory.write(other, ['{\n}\n']);
    const unknown = { identity: '', url: '', rows: 0, files: 0 };
    const metadata = this.#metadata ?? { version: STATE_VERSION, updated: '', source: unknown, destination: unknown };
    const files = overlay.filter(([path]) => tree.get(path)?.kind === 'file').length;
    await this.#writeMetadata({ ...metadata, [side]: { ...metadata[side], rows: overlay.length, files } });
  }

  async #text(name: string): Promise<string | undefined> {
    const chunks = this.#directory.read(name);
    if (chunks === undefined) return undefined;
    let text = '';
    for await (const chunk of chunks) text += chunk;
    return text;
  }
}

interface BatchFacts {
  readonly doomed?: readonly Doomed[];
  readonly files?: FileCounts | undefined;
}

function encodeBatch(agreements: ReadonlyMap<string, Agreement>, { doomed = [], files }: BatchFacts): string {
  const rows = [...agreements.values()].map((agreement) => encodeJournalLine(agreement, encodeRow));
  const lines = [...rows, ...doomed.map(encodeDoomedLine)].join('');
  return lines + encodeCommitLine(lines, files);
}

function overlayOf(journal: ReadonlyMap<string, Agreement>, side: Side, only?: readonly string[]): Overlay {
  const isAsked = only === undefined ? () => true : withinAny(only);
  return [...journal.values()]
    .filter(({ path }) => isAsked(path))
    .sort((a, b) => comparePaths(a.path, b.path))
    .map((agreement) => {
      const entry = agreement[side];
      return [agreement.path, entry === undefined ? null : encodeRow(entry)] as const;
    });
}

function mustParse(row: string): Entry {
  const entry = parseRow(row);
  if (entry === undefined) throw new SyncError('state/corrupt', `the last state has a row that cannot be read: ${row.slice(0, 120)}`);
  return entry;
}
