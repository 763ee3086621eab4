import type { ChunkId } from '@cloudsync/content';
import { comparePaths } from '@cloudsync/engine';
import { type Child, endsNode, type Item, itemOfChild, itemOfRow, itemsOf } from './node.ts';
import type { NodeStore } from './node-store.ts';
import type { Row, TreeRoot } from './row.ts';
import { lastPathOf, Tree } from './tree.ts';

/** What becomes of one item of a level, by its last path; undefined takes it away. Made when it is its turn: many edits are much text. */
interface Edit {
  readonly key: string;
  readonly make: (() => Item) | undefined;
}

/**
 * The tree with some rows put in, replaced or (undefined) taken out. Reads and writes only the nodes along the way to them; the result
 * is node for node what building it from nothing would give, so equal tables have equal roots whatever their history.
 */
export async function editTree(base: Tree, changes: ReadonlyMap<string, Row | undefined>): Promise<Tree> {
  const rows = [...changes].map(([key, row]): Edit => ({ key, make: row && (() => itemOfRow(row)) }));
  let edits = rows.sort(byKey);
  let children: Child[] = [];
  const top = base.root?.level ?? 0;
  await base.getMany(edits.map(({ key }) => key));
  for (let level = 0; level <= top; level++) {
    const above = await new LevelEdit(base, level).apply(edits);
    if (above.size === 0) return base;
    children = [...above.values()].filter((child) => child !== undefined).sort((a, b) => comparePaths(a.last, b.last));
    edits = editsOf(above);
  }
  const root = await buildUp(base.nodes, children.map(toItem), top);
  await base.nodes.flush({ always: true });
  return new Tree(base.nodes, await withoutOnlyChildren(base.nodes, root));
}

/** An item that stands for a node. */
interface ChildItem extends Item {
  readonly child: Child;
}

function editsOf(children: ReadonlyMap<string, Child | undefined>): Edit[] {
  const edits = [...children].map(([key, child]): Edit => ({ key, make: child && (() => itemOfChild(child)) }));
  return edits.sort(byKey);
}

function toItem(child: Child): ChildItem {
  return { ...itemOfChild(child), child };
}

function byKey(a: Edit, b: Edit): number {
  return comparePaths(a.key, b.key);
}

/** Builds levels above `level` until one node is left. */
async function buildUp(nodes: NodeStore, items: readonly ChildItem[], level: number): Promise<TreeRoot | undefined> {
  let row = items;
  let at = level;
  while (row.length > 1) {
    at++;
    const made: ChildItem[] = [];
    const writer = new LevelWriter(nodes, at, (child) => made.push(toItem(child)));
    for (const item of row) writer.add(item);
    writer.finish();
    await nodes.flush({ always: false });
    row = made;
  }
  const [root] = row;
  return root && { level: at, id: root.child.id, length: root.child.length };
}

/** A root with one child would not be there if the tree had been built from nothing. */
async function withoutOnlyChildren(nodes: NodeStore, root: TreeRoot | undefined): Promise<TreeRoot | undefined> {
  let top = root;
  while (top !== undefined && top.level > 0) {
    const node = await nodes.readOne(top);
    const [only, ...others] = 'children' in node ? node.children : [];
    if (only === undefined || others.length > 0) return top;
    top = { level: top.level - 1, id: only.id, length: only.length };
  }
  return top;
}

/** Edits the nodes of one level. */
class LevelEdit {
  readonly #base: Tree;
  readonly #level: number;
  readonly #above = new Map<string, Child | undefined>();
  readonly #writer: LevelWriter;

  constructor(base: Tree, level: number) {
    this.#base = base;
    this.#level = level;
    this.#writer = new LevelWriter(base.nodes, level, (child) => this.#above.set(child.last, child));
  }

  /**
   * From the first node that an edit falls into, items are cut into nodes anew until an old node's end is a new node's end too: after
   * that all is as before, up to the next edit.
   * @returns what becomes of the level's nodes, by their last path
   */
  async apply(edits: readonly Edit[]): Promise<Map<string, Child | undefined>> {
    const replaced = new Map<string, ChunkId>();
    for (let at = 0; at < edits.length; ) {
      let old = (await this.#base.findNode(this.#level, (edits[at] as Edit).key)) ?? (await this.#base.lastNode(this.#level));
      do {
        const end = old && lastPathOf(old.node);
        const next = end === undefined ? undefined : await this.#base.findNode(this.#level, end, { after: true });
        if (old !== undefined && end !== undefined) {
          replaced.set(end, old.id);
          this.#above.set(end, undefined);
        }
        at = this.#merge(old === undefined ? [] : itemsOf(old.node), edits, { from: at, to: next === undefined ? undefined : end });
        await this.#base.nodes.flush({ always: false });
        if (next === undefined) this.#writer.finish();
        old = next;
      } while (!this.#writer.isAtEnd);
    }
    for (const [end, id] of replaced) if (this.#above.get(end)?.id === id) this.#above.delete(end);
    return this.#above;
  }

  /** Feeds old items with edits up to the path `to` (undefined: all that are left) to the writer. @returns the next edit */
  #merge(items: readonly Item[], edits: readonly Edit[], { from, to }: { from: number; to: string | undefined }): number {
    let at = from;
    const isDue = (limit: string): boolean => at < edits.length && comparePaths((edits[at] as Edit).key, limit) < 0;
    for (const item of items) {
      while (isDue(item.last)) this.#add(edits[at++] as Edit);
      const edit = edits[at];
      if (edit?.key !== item.last) this.#writer.add(item);
      else {
        this.#add(edit);
        at++;
      }
    }
    while (to === undefined && at < edits.length) this.#add(edits[at++] as Edit);
    return at;
  }

  #add({ make }: Edit): void {
    if (make !== undefined) this.#writer.add(make());
  }
}

/** Cuts the items of a level into nodes. */
class LevelWriter {
  readonly #nodes: NodeStore;
  readonly #level: number;
  readonly #made: (child: Child) => void;
  #items: Item[] = [];
  #bytes = 0;

  constructor(nodes: NodeStore, level: number, made: (child: Child) => void) {
    this.#nodes = nodes;
    this.#level = level;
    this.#made = made;
  }

  /** True between two nodes. */
  get isAtEnd(): boolean {
    return this.#items.length === 0;
  }

  add(item: Item): void {
    this.#items.push(item);
    this.#bytes += Buffer.byteLength(item.line) + 1;
    if (endsNode(this.#level, { last: item.last, items: this.#items.length, bytes: this.#bytes })) this.finish();
  }

  finish(): void {
    if (this.#items.length > 0) this.#made(this.#nodes.write(this.#level, this.#items));
    this.#items = [];
    this.#bytes = 0;
  }
}
