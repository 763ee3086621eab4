import { comparePaths, isWithin, parentOf } from '@cloudsync/engine';
import type { LiveRow, Row, TombstoneRow } from '../tree/row.ts';
import type { RowsOptions, Tree } from '../tree/tree.ts';

/** What becomes of a path: its row in the base tree, and its row now. */
export interface StagedChange {
  readonly before: Row | undefined;
  readonly after: Row | undefined;
}

export type StagedChanges = ReadonlyMap<string, StagedChange>;

/** A tree with changes laid over it that are not committed yet. */
export class StagedTree {
  readonly base: Tree;
  readonly #changes = new Map<string, StagedChange>();
  /** Paths that came to a folder, by folder. */
  readonly #newInFolder = new Map<string, Set<string>>();

  constructor(base: Tree) {
    this.base = base;
  }

  get changes(): StagedChanges {
    return this.#changes;
  }

  async get(path: string): Promise<Row | undefined> {
    const change = this.#changes.get(path);
    return change === undefined ? this.base.get(path) : change.after;
  }

  async getMany(paths: Iterable<string>): Promise<Map<string, Row>> {
    const asked = [...paths];
    const found = await this.base.getMany(asked.filter((path) => !this.#changes.has(path)));
    for (const path of asked) {
      const row = this.#changes.get(path)?.after;
      if (row !== undefined) found.set(path, row);
    }
    return found;
  }

  /** Stages a row. @param before what {@link get} gives for its path now */
  put(before: Row | undefined, after: Row): void {
    const { path } = after;
    const base = this.#changes.has(path) ? this.#changes.get(path)?.before : before;
    // What came and went between two commits was seen by nobody, and leaves nothing.
    if (base === undefined && after.kind === 'tombstone') this.#changes.delete(path);
    else this.#changes.set(path, { before: base, after });
    this.#noteInFolder(path, after.kind !== 'tombstone');
  }

  /** Stages the tombstone of something that was deleted elsewhere, and perhaps never was here. @param before as for {@link put} */
  remember(before: Row | undefined, tombstone: TombstoneRow): void {
    const { path } = tombstone;
    this.#changes.set(path, { before: this.#changes.has(path) ? this.#changes.get(path)?.before : before, after: tombstone });
  }

  #noteInFolder(path: string, isLive: boolean): void {
    const folder = parentOf(path);
    const inside = this.#newInFolder.get(folder);
    if (!isLive) inside?.delete(path);
    else if (inside === undefined) this.#newInFolder.set(folder, new Set([path]));
    else inside.add(path);
  }

  /** Whether something lies in a folder. */
  async hasChildren(folder: string): Promise<boolean> {
    if ((this.#newInFolder.get(folder)?.size ?? 0) > 0) return true;
    for await (const rows of this.base.rows({ within: folder }))
      if (rows.some(({ path }) => path !== folder && !this.#changes.has(path))) return true;
    return false;
  }

  /** A folder's row and all that lies below it, in path order, without tombstones. */
  async within(folder: string): Promise<LiveRow[]> {
    const inside: LiveRow[] = [];
    for await (const rows of this.rows({ within: folder })) for (const row of rows) if (row.kind !== 'tombstone') inside.push(row);
    return inside;
  }

  /** Rows in path order, as {@link Tree.rows} gives them. */
  async *rows(options: RowsOptions = {}): AsyncGenerator<readonly Row[]> {
    const { within = '', from, tombstones = false } = options;
    const staged = [...this.#changes.entries()]
      .filter(([path]) => isWithin(within, path) && (from === undefined || comparePaths(path, from) >= 0))
      .sort(([a], [b]) => comparePaths(a, b));
    let at = 0;
    const takeUpTo = function* (end: string | undefined): Generator<Row> {
      while (at < staged.length) {
        const [path, { after }] = staged[at] as (typeof staged)[number];
        if (end !== undefined && comparePaths(path, end) >= 0) return;
        at++;
        if (after !== undefined && (tombstones || after.kind !== 'tombstone')) yield after;
      }
    };
    if (staged.length === 0) return yield* this.base.rows(options);
    for await (const rows of this.base.rows(options)) {
      const merged: Row[] = [];
      for (const row of rows) {
        merged.push(...takeUpTo(row.path));
        if (!this.#changes.has(row.path)) merged.push(row);
      }
      if (merged.length > 0) yield merged;
    }
    const rest = [...takeUpTo(undefined)];
    if (rest.length > 0) yield rest;
  }
}
