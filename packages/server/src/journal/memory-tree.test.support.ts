import type { Row } from '@cloudsync/protocol';
import type { Usage } from './draft.ts';
import type { Lookup } from './lookup.ts';

/** The simplest tree there can be: rows, the newest of each entry counts. */
export class MemoryTree implements Lookup {
  readonly rows: Row[] = [];

  child(parent: number, name: string): Row | undefined {
    return this.living.find((row) => row.parent === parent && row.name === name);
  }

  head(id: number): Row | undefined {
    return this.rows.findLast((row) => row.id === id);
  }

  childCount(id: number): number {
    return this.living.filter((row) => row.parent === id).length;
  }

  get sequence(): number {
    return this.rows.at(-1)?.sequence ?? 0;
  }

  get living(): Row[] {
    return this.rows.filter((row) => this.head(row.id) === row && !row.deleted);
  }

  get usage(): Usage {
    const { living } = this;
    const folders = living.filter(({ kind }) => kind === 'folder').length;
    return { folders, files: living.length - folders, bytes: living.reduce((sum, { size }) => sum + size, 0) };
  }

  /** Paths of what lives, in order, with what makes one state of a file another. */
  get paths(): string[] {
    return this.living.map((row) => `${this.#pathOf(row)} ${row.kind} ${row.hash?.slice(0, 4) ?? row.target ?? ''}`.trim()).sort();
  }

  #pathOf({ parent, name }: Row): string {
    const folder = this.head(parent);
    return folder === undefined ? name : `${this.#pathOf(folder)}/${name}`;
  }
}
