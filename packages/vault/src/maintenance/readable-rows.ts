import type { ChunkId } from '@cloudsync/content';
import { comparePaths, isWithin, type SyncError } from '@cloudsync/engine';
import { assertGoingOn } from '../cancelled.ts';
import type { NodeRef, TreeNode } from '../tree/node.ts';
import type { Row } from '../tree/row.ts';
import type { Tree } from '../tree/tree.ts';
import { isDamage } from '../vault.ts';

/** A node that cannot be read, and the paths that are lost with it. */
export interface UnreadableNode {
  readonly id: ChunkId;
  /** 0: a leaf. */
  readonly level: number;
  /** Undefined for the root: every path. */
  readonly first: string | undefined;
  readonly last: string | undefined;
  readonly problem: SyncError;
}

export interface ReadableRowsOptions {
  /** Only this path and what lies below it. */
  readonly within?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onDamage: (node: UnreadableNode) => void;
}

/** Nodes read in one call: some megabytes. */
const WINDOW = 64;

/**
 * All rows of a tree that can be read, in path order, tombstones included: a damaged node is told and passed over. (`Tree.rows` throws.)
 */
export async function* readableRows(tree: Tree, options: ReadableRowsOptions): AsyncGenerator<readonly Row[]> {
  if (tree.root !== undefined) yield* rowsBelow(tree, [tree.root], options);
}

async function* rowsBelow(tree: Tree, refs: readonly NodeRef[], options: ReadableRowsOptions): AsyncGenerator<readonly Row[]> {
  const { within = '' } = options;
  for (let at = 0; at < refs.length; at += WINDOW) {
    assertGoingOn(options.signal);
    for (const node of await readNodes(tree, refs.slice(at, at + WINDOW), options)) {
      if ('rows' in node) {
        const wanted = node.rows.filter(({ path }) => isWithin(within, path));
        if (wanted.length > 0) yield wanted;
      } else {
        const children = node.children.filter(({ first, last }) => overlaps(within, first, last));
        yield* rowsBelow(
          tree,
          children.map((child) => ({ ...child, level: node.level - 1 })),
          options,
        );
      }
    }
  }
}

/** All at once; when that fails one by one, so that only what is damaged is lost. */
async function readNodes(tree: Tree, refs: readonly NodeRef[], options: ReadableRowsOptions): Promise<TreeNode[]> {
  try {
    return await tree.nodes.read(refs);
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  const nodes: TreeNode[] = [];
  for (const ref of refs) {
    try {
      nodes.push(...(await tree.nodes.read([ref])));
    } catch (error) {
      if (!isDamage(error)) throw error;
      options.onDamage({ id: ref.id, level: ref.level, first: ref.first, last: ref.last, problem: error });
    }
  }
  return nodes;
}

function overlaps(within: string, first: string, last: string): boolean {
  if (within === '') return true;
  return comparePaths(last, within) >= 0 && (comparePaths(first, within) <= 0 || isWithin(within, first));
}
