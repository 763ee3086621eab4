import type { ChunkId } from '@cloudsync/content';
import { comparePaths, isWithin } from '@cloudsync/engine';
import { assertGoingOn } from '../cancelled.ts';
import { type Child, itemOfRow, type NodeRef, summarize, type TreeNode } from './node.ts';
import type { NodeStore } from './node-store.ts';
import type { Row, Summary, TombstoneRow, TreeRoot } from './row.ts';
import { diffTrees, type RowDifference } from './tree-diff.ts';

/** Nodes read in one call: some megabytes. */
const WINDOW = 64;

export interface RowsOptions {
  /** Only this path and what lies below it. */
  readonly within?: string | undefined;
  /** Only paths from this one on. */
  readonly from?: string | undefined;
  /** Default false. */
  readonly tombstones?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A node with the id that it has in the chunk store. */
export interface FoundNode {
  readonly id: ChunkId;
  readonly node: TreeNode;
}

/**
 * A sorted table of rows that never changes, in nodes of a chunk store (docs/formats/vault.md, "Trees"). Two trees with the same
 * rows are the same nodes; whoever looks at two versions reads only what differs.
 */
export class Tree {
  readonly nodes: NodeStore;
  /** Undefined: the empty tree. */
  readonly root: TreeRoot | undefined;

  constructor(nodes: NodeStore, root: TreeRoot | undefined) {
    this.nodes = nodes;
    this.root = root;
  }

  /** The row of a path, tombstones included. */
  async get(path: string): Promise<Row | undefined> {
    const leaf = (await this.findNode(0, path))?.node;
    return leaf !== undefined && 'rows' in leaf ? rowAt(leaf.rows, path) : undefined;
  }

  /** Many rows with few calls of the chunk store. */
  async getMany(paths: Iterable<string>): Promise<Map<string, Row>> {
    const sorted = [...new Set(paths)].sort(comparePaths);
    const found = new Map<string, Row>();
    if (this.root === undefined || sorted.length === 0) return found;
    let wanted: { readonly ref: NodeRef; readonly paths: readonly string[] }[] = [{ ref: this.root, paths: sorted }];
    while (wanted.length > 0) {
      const below: typeof wanted = [];
      for (let at = 0; at < wanted.length; at += WINDOW) {
        const part = wanted.slice(at, at + WINDOW);
        const nodes = await this.nodes.read(part.map(({ ref }) => ref));
        for (const [index, node] of nodes.entries()) {
          const asked = (part[index] as (typeof part)[number]).paths;
          if ('rows' in node) for (const row of rowsAt(node.rows, asked)) found.set(row.path, row);
          else below.push(...childrenAt(node.children, node.level, asked));
        }
      }
      wanted = below;
    }
    return found;
  }

  /** Rows in path order, one array for each leaf. */
  async *rows(options: RowsOptions = {}): AsyncGenerator<readonly Row[]> {
    const { within, from, tombstones = false, signal } = options;
    const isWanted = ({ path, kind }: Row): boolean =>
      (tombstones || kind !== 'tombstone') &&
      (within === undefined || isWithin(within, path)) &&
      (from === undefined || comparePaths(path, from) >= 0);
    for await (const rows of this.#leaves(this.root, options)) {
      assertGoingOn(signal);
      const wanted = rows.filter(isWanted);
      if (wanted.length > 0) yield wanted;
    }
  }

  async *#leaves(ref: NodeRef | undefined, options: RowsOptions): AsyncGenerator<readonly Row[]> {
    if (ref === undefined) return;
    const node = await this.nodes.readOne(ref);
    if ('rows' in node) return yield node.rows;
    const level = node.level - 1;
    const children = node.children.filter((child) => overlaps(child, options));
    for (let at = 0; at < children.length; at += WINDOW) {
      const refs = children.slice(at, at + WINDOW).map((child) => ({ ...child, level }));
      const nodes = await this.nodes.read(refs);
      for (const [index, below] of nodes.entries()) {
        if ('rows' in below) yield below.rows;
        else yield* this.#leaves(refs[index], options);
      }
    }
  }

  /** Tombstones that commits up to `sequence` made; nodes without such are not read. */
  async *tombstonesUpTo(sequence: number, ref: NodeRef | undefined = this.root): AsyncGenerator<TombstoneRow> {
    if (ref === undefined) return;
    const node = await this.nodes.readOne(ref);
    if ('rows' in node) {
      for (const row of node.rows) if (row.kind === 'tombstone' && row.sequence <= sequence) yield row;
      return;
    }
    for (const child of node.children)
      if ((child.oldestTombstone ?? Number.POSITIVE_INFINITY) <= sequence)
        yield* this.tombstonesUpTo(sequence, { ...child, level: node.level - 1 });
  }

  /** What is not the same in two trees, in path order. Equal subtrees are not read. */
  diff(other: Tree): AsyncGenerator<RowDifference> {
    return diffTrees(this, other);
  }

  async summary(): Promise<Summary> {
    if (this.root === undefined) return summarize([]);
    const node = await this.nodes.readOne(this.root);
    return summarize('rows' in node ? node.rows.map((row) => itemOfRow(row).summary) : node.children);
  }

  /**
   * Every node once, parents first.
   * @param known ids that are passed over with all below them; what is met is added, so that one set serves for many trees
   */
  async *walk(known: Set<ChunkId> = new Set(), signal?: AbortSignal | undefined): AsyncGenerator<FoundNode> {
    let refs: NodeRef[] = this.root === undefined ? [] : [this.root];
    const isNew = ({ id }: NodeRef): boolean => !known.has(id) && known.add(id) !== undefined;
    refs = refs.filter(isNew);
    // Depth first, so that what waits stays small.
    const waiting = [refs];
    for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
      const now = part.slice(0, WINDOW);
      if (part.length > WINDOW) waiting.push(part.slice(WINDOW));
      assertGoingOn(signal);
      for (const [index, node] of (await this.nodes.read(now)).entries()) {
        yield { id: (now[index] as NodeRef).id, node };
        if ('children' in node) waiting.push(node.children.map((child) => ({ ...child, level: node.level - 1 })).filter(isNew));
      }
    }
  }

  /**
   * The first node of a level that ends at `path` or after it; with `after` strictly after it. Undefined when all end before, or when
   * the tree has no such level.
   */
  async findNode(level: number, path: string, { after = false } = {}): Promise<FoundNode | undefined> {
    const isBefore = (last: string): boolean => comparePaths(last, path) < (after ? 1 : 0);
    return this.#descend(
      level,
      (children) => children.find(({ last }) => !isBefore(last)),
      (last) => !isBefore(last),
    );
  }

  /** The last node of a level; undefined when the tree has no such level. */
  async lastNode(level: number): Promise<FoundNode | undefined> {
    return this.#descend(
      level,
      (children) => children.at(-1),
      () => true,
    );
  }

  async #descend(
    level: number,
    choose: (children: readonly Child[]) => Child | undefined,
    accepts: (last: string) => boolean,
  ): Promise<FoundNode | undefined> {
    if (this.root === undefined || level > this.root.level) return undefined;
    let found: FoundNode = { id: this.root.id, node: await this.nodes.readOne(this.root) };
    while (found.node.level > level && 'children' in found.node) {
      const child = choose(found.node.children);
      if (child === undefined) return undefined;
      found = { id: child.id, node: await this.nodes.readOne({ ...child, level: found.node.level - 1 }) };
    }
    return accepts(lastPathOf(found.node)) ? found : undefined;
  }
}

export function lastPathOf(node: TreeNode): string {
  return 'rows' in node ? (node.rows.at(-1) as Row).path : (node.children.at(-1) as Child).last;
}

function rowAt(rows: readonly Row[], path: string): Row | undefined {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (comparePaths((rows[middle] as Row).path, path) < 0) low = middle + 1;
    else high = middle;
  }
  const row = rows[low];
  return row?.path === path ? row : undefined;
}

function rowsAt(rows: readonly Row[], paths: readonly string[]): Row[] {
  return paths.map((path) => rowAt(rows, path)).filter((row) => row !== undefined);
}

/** Which children to look into for which paths; both are in path order. */
function childrenAt(children: readonly Child[], level: number, paths: readonly string[]): { ref: NodeRef; paths: string[] }[] {
  const asked: { ref: NodeRef; paths: string[] }[] = [];
  let at = 0;
  for (const child of children) {
    const inside: string[] = [];
    while (at < paths.length && comparePaths(paths[at] as string, child.last) <= 0) {
      const path = paths[at++] as string;
      if (comparePaths(path, child.first) >= 0) inside.push(path);
    }
    if (inside.length > 0) asked.push({ ref: { ...child, level: level - 1 }, paths: inside });
  }
  return asked;
}

function overlaps({ first, last }: Child, { within, from }: RowsOptions): boolean {
  if (from !== undefined && comparePaths(last, from) < 0) return false;
  if (within === undefined || within === '') return true;
  return comparePaths(last, within) >= 0 && (comparePaths(first, within) <= 0 || isWithin(within, first));
}
