import type { Row } from '@cloudsync/protocol';
import { type Lookup, Overlay } from './lookup.ts';

/** How much lives in a workspace. */
export interface Usage {
  readonly files: number;
  readonly folders: number;
  /** Sum of the sizes of files. */
  readonly bytes: number;
}

/** What a workspace may hold; null: as much as there is room for. */
export interface Quota {
  readonly files: number | null;
  readonly bytes: number | null;
}

export interface DraftOptions {
  readonly tree: Lookup;
  /** Of the newest row. */
  readonly sequence: number;
  readonly usage: Usage;
  readonly atMs: number;
  readonly author: number;
}

/** What went from one path to another. */
export interface Move {
  readonly from: string;
  readonly to: string;
}

/** What a new row says; the rest follows. */
export type NewRow = Omit<Row, 'sequence' | 'atMs' | 'author' | 'id'> & { readonly id?: number };

/** Rows that are about to be appended, and the tree as it is with them. */
export class Draft {
  readonly tree: Overlay;
  readonly rows: Row[] = [];
  readonly moves: Move[] = [];
  readonly #options: DraftOptions;
  #usage: Usage;

  constructor(options: DraftOptions) {
    this.#options = options;
    this.#usage = options.usage;
    this.tree = new Overlay(options.tree);
  }

  get usage(): Usage {
    return this.#usage;
  }

  /** @param state without an id: of a new entry */
  add(state: NewRow): Row {
    const { sequence, atMs, author } = this.#options;
    const next = sequence + this.rows.length + 1;
    const row: Row = { ...state, sequence: next, id: state.id ?? next, atMs, author };
    const before = this.tree.head(row.id);
    if (before !== undefined && !before.deleted) this.#count(before, -1);
    if (!row.deleted) this.#count(row, 1);
    this.tree.add(row);
    this.rows.push(row);
    return row;
  }

  /** The entry goes to the trash: its content stays with the version before this one. */
  delete(head: Row): Row {
    return this.add({ ...head, deleted: true, action: 'deleted' });
  }

  #count({ kind, size }: Row, by: 1 | -1): void {
    const { files, folders, bytes } = this.#usage;
    this.#usage = {
      files: files + (kind === 'folder' ? 0 : by),
      folders: folders + (kind === 'folder' ? by : 0),
      bytes: bytes + by * size,
    };
  }
}

/** Why something of this size is too much, or undefined when there is room. Who frees something is never refused. */
export function whyOverQuota(usage: Usage, quota: Quota, more: { readonly files: number; readonly bytes: number }): string | undefined {
  if (quota.files !== null && more.files > 0 && usage.files + more.files > quota.files)
    return `the workspace holds at most ${quota.files} files; delete some, or ask its owner for more`;
  if (quota.bytes !== null && more.bytes > 0 && usage.bytes + more.bytes > quota.bytes)
    return `the workspace holds at most ${quota.bytes} bytes, ${usage.bytes} are used; delete something, or ask its owner for more`;
  return undefined;
}
