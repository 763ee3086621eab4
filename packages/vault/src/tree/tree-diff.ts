import { comparePaths } from '@cloudsync/engine';
import type { Child, NodeRef, TreeNode } from './node.ts';
import type { NodeStore } from './node-store.ts';
import type { Row, TreeRoot } from './row.ts';
import { areSameRows } from './row-codec.ts';

/** One path whose row is not the same in two trees. */
export interface RowDifference {
  readonly path: string;
  readonly before: Row | undefined;
  readonly after: Row | undefined;
}

export interface DiffableTree {
  readonly nodes: NodeStore;
  readonly root: TreeRoot | undefined;
}

/** Nodes read ahead of a cursor that enters a node which differs. */
const READ_AHEAD = 64;
const ROW_LEVEL = -1;

/** Walks two trees side by side; nodes with the same id are passed over with all below them. */
export async function* diffTrees(before: DiffableTree, after: DiffableTree): AsyncGenerator<RowDifference> {
  const [a, b] = [new Cursor(before), new Cursor(after)];
  while (a.level !== undefined || b.level !== undefined) {
    if (a.ref !== undefined && b.ref !== undefined && a.level === b.level) {
      if (a.ref.id === b.ref.id) {
        a.advance();
        b.advance();
      } else await Promise.all([a.enter(b), b.enter(a)]);
    } else if (a.ref !== undefined && (a.level ?? 0) > (b.level ?? ROW_LEVEL - 1)) await a.enter();
    else if (b.ref !== undefined) await b.enter();
    else yield* compareRows(a, b);
  }
}

function* compareRows(a: Cursor, b: Cursor): Generator<RowDifference> {
  const [before, after] = [a.row, b.row];
  const order = before === undefined ? 1 : after === undefined ? -1 : comparePaths(before.path, after.path);
  if (order <= 0) a.advance();
  if (order >= 0) b.advance();
  if (order < 0 && before !== undefined) yield { path: before.path, before, after: undefined };
  if (order > 0 && after !== undefined) yield { path: after.path, before: undefined, after };
  if (order === 0 && before !== undefined && !areSameRows(before, after)) yield { path: before.path, before, after };
}

/** A place in a tree: a node that was not entered yet, or a row. */
class Cursor {
  readonly #nodes: NodeStore;
  readonly #stack: { readonly node: TreeNode; at: number }[] = [];
  #root: TreeRoot | undefined;

  constructor({ nodes, root }: DiffableTree) {
    this.#nodes = nodes;
    this.#root = root;
  }

  /** Of the node at this place, {@link ROW_LEVEL} for a row; undefined at the end. */
  get level(): number | undefined {
    if (this.#root !== undefined) return this.#root.level;
    const top = this.#stack.at(-1);
    return top === undefined ? undefined : top.node.level - 1;
  }

  get ref(): NodeRef | undefined {
    if (this.#root !== undefined) return this.#root;
    const top = this.#stack.at(-1);
    if (top === undefined || !('children' in top.node)) return undefined;
    return { ...(top.node.children[top.at] as Child), level: top.node.level - 1 };
  }

  get row(): Row | undefined {
    const top = this.#stack.at(-1);
    return top !== undefined && 'rows' in top.node ? top.node.rows[top.at] : undefined;
  }

  advance(): void {
    this.#root = undefined;
    let top = this.#stack.at(-1);
    while (top !== undefined && ++top.at >= countOf(top.node)) {
      this.#stack.pop();
      top = this.#stack.at(-1);
    }
  }

  /** Goes to the first thing in the node at this place. What `other` has as well is not read ahead. */
  async enter(other?: Cursor): Promise<void> {
    const { ref } = this;
    if (ref === undefined) return;
    const shared = other?.ref;
    const node = await this.#nodes.readOne(ref);
    if ('children' in node && shared !== undefined) {
      const there = await this.#nodes.readOne(shared);
      const same = new Set('children' in there ? there.children.map(({ id }) => id) : []);
      const ahead = node.children.filter(({ id }) => !same.has(id)).slice(0, READ_AHEAD);
      await this.#nodes.read(ahead.map((child) => ({ ...child, level: node.level - 1 })));
    }
    this.#root = undefined;
    this.#stack.push({ node, at: 0 });
  }
}

function countOf(node: TreeNode): number {
  return 'rows' in node ? node.rows.length : node.children.length;
}
