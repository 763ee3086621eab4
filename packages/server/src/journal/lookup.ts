import { ROOT_ID, type Row } from '@cloudsync/protocol';

/** A tree as decisions see it. */
export interface Lookup {
  /** The head of what lives under this name. */
  child(parent: number, name: string): Row | undefined;
  /** The head of an entry, deleted ones included. */
  head(id: number): Row | undefined;
  /** How many live directly in a folder; counting may stop at `max`. */
  childCount(id: number, max: number): number;
}

/** What a path leads to. */
export type Resolved = { readonly row: Row } | 'root' | undefined;

export function resolve(tree: Lookup, path: string): Resolved {
  if (path === '') return 'root';
  let row: Row | undefined;
  for (const name of path.split('/')) {
    if (row !== undefined && row.kind !== 'folder') return undefined;
    row = tree.child(row?.id ?? ROOT_ID, name);
    if (row === undefined) return undefined;
  }
  return row === undefined ? undefined : { row };
}

/** The path of an entry, deleted ones included; undefined when a folder above it is not known any more. */
export function pathOf(tree: Pick<Lookup, 'head'>, row: Pick<Row, 'parent' | 'name'>): string | undefined {
  const names = [row.name];
  for (let id = row.parent; id !== ROOT_ID; ) {
    const folder = tree.head(id);
    if (folder === undefined) return undefined;
    names.push(folder.name);
    id = folder.parent;
  }
  return names.reverse().join('/');
}

/** A tree with rows on top that are not in it yet. */
export class Overlay implements Lookup {
  readonly #below: Lookup;
  readonly #heads = new Map<number, Row>();
  /** By parent and name; undefined: nothing lives there any more. */
  readonly #names = new Map<string, Row | undefined>();
  /** How many more children a folder has than below. */
  readonly #more = new Map<number, number>();

  constructor(below: Lookup) {
    this.#below = below;
  }

  child(parent: number, name: string): Row | undefined {
    const key = nameKey(parent, name);
    return this.#names.has(key) ? this.#names.get(key) : this.#below.child(parent, name);
  }

  head(id: number): Row | undefined {
    return this.#heads.get(id) ?? this.#below.head(id);
  }

  childCount(id: number, max: number): number {
    const more = this.#more.get(id) ?? 0;
    return this.#below.childCount(id, Math.max(0, max - more)) + more;
  }

  add(row: Row): void {
    const before = this.head(row.id);
    if (before !== undefined && !before.deleted) {
      this.#names.set(nameKey(before.parent, before.name), undefined);
      this.#count(before.parent, -1);
    }
    if (!row.deleted) {
      this.#names.set(nameKey(row.parent, row.name), row);
      this.#count(row.parent, 1);
    }
    this.#heads.set(row.id, row);
  }

  #count(parent: number, by: number): void {
    this.#more.set(parent, (this.#more.get(parent) ?? 0) + by);
  }
}

function nameKey(parent: number, name: string): string {
  return `${parent}/${name}`;
}
