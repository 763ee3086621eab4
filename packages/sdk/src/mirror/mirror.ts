import type { Kind } from '@cloudsync/engine';
import { ROOT_ID, type Row } from '@cloudsync/protocol';

/** What is kept of a row. */
export type KeptFacts = Pick<
  Row,
  'sequence' | 'id' | 'parent' | 'name' | 'kind' | 'size' | 'mtimeMs' | 'mode' | 'hash' | 'target' | 'chunks'
>;

/** What a mirror takes. */
export type MirrorRow = KeptFacts & Pick<Row, 'deleted'>;

/** An entry of the mirror. Read it; only the mirror changes it. */
export interface MirrorNode extends KeptFacts {
  readonly children: ReadonlyMap<string, MirrorNode> | undefined;
}

interface Node extends MirrorNode {
  parent: number;
  name: string;
  kind: Kind;
  size: number;
  mtimeMs: number;
  mode: number | undefined;
  hash: string | undefined;
  target: string | undefined;
  chunks: number;
  /** 0: nothing is known of it yet but what it holds. */
  sequence: number;
  children: Map<string, Node> | undefined;
}

const DEPTH_MAX = 4096;

/**
 * The tree of a workspace in memory, as rows of its journal tell it. Entries are found by id and hang in their folders by name, so that
 * a renamed folder is one change, whatever it holds. Rows may name a folder of which the row comes later: what is in it shows when it is known.
 */
export class Mirror {
  readonly #nodes = new Map<number, Node>();

  constructor() {
    this.clear();
  }

  clear(): void {
    this.#nodes.clear();
    this.#nodes.set(ROOT_ID, { ...emptyNode(ROOT_ID), sequence: 1 });
  }

  /** Entries without the root. */
  get size(): number {
    return this.#nodes.size - 1;
  }

  get root(): MirrorNode {
    return this.#nodes.get(ROOT_ID) as Node;
  }

  /**
   * Lays rows over what is there. All of them are taken out of their folders before any is put in, so that swaps need no order.
   * @returns the paths at which something changed, before and after
   */
  apply(rows: readonly MirrorRow[]): string[] {
    const touched = new Set<string>();
    const note = (id: number): void => {
      const path = this.pathOf(id);
      if (path !== undefined && path !== '') touched.add(path);
    };
    for (const { id } of rows) note(id);
    for (const { id } of rows) this.#takeOut(id);
    for (const row of rows) if (row.deleted) this.#drop(row.id);
    for (const row of rows) if (!row.deleted) this.#put(row);
    for (const row of rows) if (!row.deleted) this.#hang(row.id);
    for (const { id } of rows) note(id);
    return [...touched];
  }

  byId(id: number): MirrorNode | undefined {
    const node = this.#nodes.get(id);
    return node === undefined || node.sequence === 0 ? undefined : node;
  }

  /** Whatever is at a path; the root is `''`. */
  find(path: string): MirrorNode | undefined {
    let node = this.#nodes.get(ROOT_ID) as Node;
    if (path === '') return node;
    for (let start = 0; ; ) {
      const slash = path.indexOf('/', start);
      const next = node.children?.get(slash < 0 ? path.slice(start) : path.slice(start, slash));
      if (next === undefined || slash < 0) return next;
      node = next;
      start = slash + 1;
    }
  }

  /** The path of an entry, or undefined while it, or a folder above it, hangs nowhere. */
  pathOf(id: number): string | undefined {
    const names: string[] = [];
    let node = this.#nodes.get(id);
    // Between two pages of rows, folders can lie in each other.
    while (node !== undefined && names.length < DEPTH_MAX) {
      if (node.id === ROOT_ID) return names.reverse().join('/');
      const folder = this.#nodes.get(node.parent);
      if (folder?.children?.get(node.name) !== node) return undefined;
      names.push(node.name);
      node = folder;
    }
    return undefined;
  }

  /** Every entry, in no particular order: what `apply` makes the same tree from. */
  *nodes(): Generator<MirrorNode> {
    for (const node of this.#nodes.values()) if (node.id !== ROOT_ID && node.sequence > 0) yield node;
  }

  #takeOut(id: number): void {
    const node = this.#nodes.get(id);
    if (node === undefined) return;
    const siblings = this.#nodes.get(node.parent)?.children;
    if (siblings?.get(node.name) === node) siblings.delete(node.name);
  }

  /** A folder that is deleted takes along what is still in it. */
  #drop(id: number): void {
    const node = this.#nodes.get(id);
    this.#nodes.delete(id);
    for (const child of node?.children?.values() ?? []) this.#drop(child.id);
  }

  #put(row: MirrorRow): void {
    const { sequence, id, parent, name, kind, size, mtimeMs, mode, hash, target, chunks } = row;
    const node = this.#nodes.get(id);
    if (node === undefined) {
      this.#nodes.set(id, { sequence, id, parent, name, kind, size, mtimeMs, mode, hash, target, chunks, children: undefined });
    } else Object.assign(node, { sequence, parent, name, kind, size, mtimeMs, mode, hash, target, chunks });
  }

  #hang(id: number): void {
    const node = this.#nodes.get(id) as Node;
    let folder = this.#nodes.get(node.parent);
    if (folder === undefined) {
      folder = emptyNode(node.parent);
      this.#nodes.set(node.parent, folder);
    }
    folder.children ??= new Map();
    folder.children.set(node.name, node);
  }
}

function emptyNode(id: number): Node {
  return {
    id,
    parent: -1,
    name: '',
    kind: 'folder',
    size: 0,
    mtimeMs: 0,
    mode: undefined,
    hash: undefined,
    target: undefined,
    chunks: 0,
    sequence: 0,
    children: undefined,
  };
}
