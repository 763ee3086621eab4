import { type Entry, isUntouched, type Side } from '../model/entry.ts';
import { SyncError } from '../model/error.ts';
import { IgnoreRules } from '../model/ignore.ts';
import { comparePaths } from '../model/path.ts';
import { decodeHead, encodeHead } from '../model/row.ts';
import { parseRow } from '../model/tree-schema.ts';
import type { ListBatch, ListNote, Tombstone } from '../storage.ts';
import { pathOfRow, type RowReader } from './tree-file.ts';

/** What one side's scan found to differ from its last state, and what it had to say. */
export interface SideChanges {
  readonly side: Side;
  /** Entries that are new or differ from their row, by path. */
  readonly now: Map<string, Entry>;
  /** Rows of changed and missing paths. */
  readonly last: Map<string, Entry>;
  /** Paths that have a row and are not there any more. */
  readonly gone: Set<string>;
  readonly files: number;
  readonly rules: IgnoreRules;
  readonly unreadable: readonly Extract<ListNote, { type: 'unreadable' }>[];
  readonly skipped: readonly Extract<ListNote, { type: 'skipped' }>[];
  readonly holdsIgnored: Set<string>;
  /** What the side remembers to have deleted, by path. */
  readonly tombstones: ReadonlyMap<string, Tombstone>;
}

export interface SideScan {
  readonly side: Side;
  readonly batches: AsyncIterable<ListBatch>;
  /** The last state of this side; undefined when there is none. */
  readonly rows: RowReader | undefined;
  readonly ignore: readonly string[];
  /** With a partial listing: whether a row is among what was listed. */
  readonly isListed?: ((path: string) => boolean) | undefined;
  readonly onFiles?: (files: number) => void;
}

/** Walks a listing and the last state side by side. Both are in path order; rows that are equal as text are passed over. */
export async function findChanges(scan: SideScan): Promise<SideChanges> {
  const notes: ListNote[] = [];
  let files = 0;
  const merge = new RowMerge(scan.rows, scan.isListed);
  for await (const batch of scan.batches) {
    files += batch.files;
    if (batch.notes !== undefined) notes.push(...batch.notes);
    if (batch.rows !== undefined) await merge.addHeads(batch.rows);
    if (batch.entries !== undefined) for (const entry of batch.entries) await merge.add(encodeHead(entry), entry);
    scan.onFiles?.(files);
  }
  await merge.finish();
  const rules = new IgnoreRules(scan.ignore);
  for (const note of notes) if (note.type === 'ignore-file') rules.addFile(note.path, note.text);
  return {
    side: scan.side,
    now: merge.now,
    last: merge.last,
    gone: merge.gone,
    files,
    rules,
    unreadable: notes.filter((note) => note.type === 'unreadable'),
    skipped: notes.filter((note) => note.type === 'skipped'),
    holdsIgnored: new Set(notes.filter((note) => note.type === 'holds-ignored').map((note) => note.path)),
    tombstones: new Map(notes.filter((note) => note.type === 'tombstone').map((note) => [note.path, note])),
  };
}

class RowMerge {
  readonly now = new Map<string, Entry>();
  readonly last = new Map<string, Entry>();
  readonly gone = new Set<string>();
  readonly #rows: RowReader | undefined;
  readonly #isListed: ((path: string) => boolean) | undefined;
  /** Undefined before the first row; false after the last. */
  #more: boolean | undefined;
  /** The row that was taken last, or its head. */
  #before = '';

  constructor(rows: RowReader | undefined, isListed: ((path: string) => boolean) | undefined) {
    this.#rows = rows;
    this.#isListed = isListed;
    if (rows === undefined) this.#more = false;
  }

  async addHeads(text: string): Promise<void> {
    for (let start = 0; start < text.length; ) {
      const line = text.indexOf('\n', start);
      const end = line < 0 ? text.length : line;
      const head = text.slice(start, end);
      start = end + 1;
      if (!this.#passes(head)) await this.add(head, undefined);
    }
  }

  /** The hot path: the next row is in memory and says the same. */
  #passes(head: string): boolean {
    const rows = this.#rows;
    if (rows === undefined || this.#more !== true || this.#waiting !== undefined) return false;
    const after = rows.start + head.length;
    // Comparing a slice is measured three times as fast as startsWith.
    if (rows.text.slice(rows.start, after) !== head || !endsHead(rows.text, after)) return false;
    this.#before = head;
    const more = rows.next();
    if (typeof more === 'boolean') this.#more = more;
    else {
      this.#waiting = more;
      // It is awaited at the next entry; a listing that fails first must not leave it unhandled.
      more.catch(() => undefined);
    }
    return true;
  }

  #waiting: Promise<boolean> | undefined;

  /** The slow path: takes one listed entry, and every row that comes before it. */
  async add(head: string, listed: Entry | undefined): Promise<void> {
    if (this.#waiting !== undefined) {
      this.#more = await this.#waiting;
      this.#waiting = undefined;
      if (listed === undefined && this.#passes(head)) return;
    }
    if (this.#more === undefined) await this.#advance();
    let entry = listed;
    while (this.#more) {
      const row = (this.#rows as RowReader).row;
      if (row.startsWith(head) && endsHead(row, head.length)) {
        this.#before = head;
        return this.#advance();
      }
      if (this.#isListed !== undefined && !this.#isListed(pathOfRow(row))) {
        await this.#advance();
        continue;
      }
      entry ??= decodeHead(head);
      const last = mustParse(row);
      const order = comparePaths(last.path, entry.path);
      if (order > 0) break;
      this.#checkOrder(row, last.path);
      await this.#advance();
      if (order < 0) {
        this.#miss(last);
        continue;
      }
      if (isUntouched(last, entry)) return;
      this.last.set(last.path, last);
      this.now.set(entry.path, entry);
      return;
    }
    entry ??= decodeHead(head);
    this.now.set(entry.path, entry);
  }

  async finish(): Promise<void> {
    if (this.#waiting !== undefined) this.#more = await this.#waiting;
    if (this.#more === undefined) await this.#advance();
    while (this.#more) {
      const row = (this.#rows as RowReader).row;
      if (this.#isListed === undefined || this.#isListed(pathOfRow(row))) {
        const last = mustParse(row);
        this.#checkOrder(row, last.path);
        this.#miss(last);
      }
      await this.#advance();
    }
  }

  /** A damaged path puts a row where it does not belong, and then paths that are there would pass for deleted ones. */
  #checkOrder(row: string, path: string): void {
    if (this.#before !== '' && comparePaths(pathOfRow(this.#before), path) >= 0) {
      throw new SyncError('state/corrupt', `the last state is not in order at ${JSON.stringify(path)}`);
    }
    this.#before = row;
  }

  #miss(last: Entry): void {
    this.gone.add(last.path);
    this.last.set(last.path, last);
  }

  async #advance(): Promise<void> {
    this.#more = await (this.#rows as RowReader).next();
  }
}

function mustParse(row: string): Entry {
  const last = parseRow(row);
  if (last === undefined) throw new SyncError('state/corrupt', 'the last state has a row that cannot be read');
  return last;
}

/** In a row the head is followed by a lazy fact or by the end, and not by a key that belongs to a longer head. */
function endsHead(row: string, at: number): boolean {
  const code = row.charCodeAt(at);
  return code === CLOSE || (code === COMMA && TAIL_KEYS.includes(row.charCodeAt(at + 2)));
}

const COMMA = 44;
const CLOSE = 125;
/** How `size` (of a folder), `hash` and `target` begin. */
const TAIL_KEYS = ['s', 'h', 't'].map((letter) => letter.charCodeAt(0));
