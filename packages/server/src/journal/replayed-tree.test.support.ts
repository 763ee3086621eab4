import { ROOT_ID, type Row } from '@cloudsync/protocol';

/** A client's copy of a tree: what docs/formats/wire.md says that a client does with rows, in the simplest way. */
export class ReplayedTree {
  readonly #rows: Map<number, Row>;

  constructor(rows: Iterable<Row> = []) {
    this.#rows = new Map([...rows].map((row) => [row.id, row]));
  }

  copy(): ReplayedTree {
    return new ReplayedTree(this.#rows.values());
  }

  /** All that came since the last time, as one batch: entries are taken out, then put in. */
  apply(rows: readonly Row[]): void {
    for (const { id, deleted } of rows) this.#remove(id, deleted);
    for (const row of rows) if (!row.deleted) this.#rows.set(row.id, row);
  }

  /** What lives where. */
  paths(): Map<string, Row> {
    return new Map([...this.#rows.values()].map((row) => [this.#pathOf(row), row]));
  }

  #remove(id: number, withAllBelow: boolean): void {
    this.#rows.delete(id);
    if (withAllBelow) for (const row of [...this.#rows.values()]) if (row.parent === id) this.#remove(row.id, true);
  }

  #pathOf({ parent, name }: Row): string {
    if (parent === ROOT_ID) return name;
    const folder = this.#rows.get(parent);
    if (folder === undefined) throw new Error(`${name} lies in a folder that is not there`);
    return `${this.#pathOf(folder)}/${name}`;
  }
}
