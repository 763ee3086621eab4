import { type ChunkId, type ChunkIndex, decodeChunkId } from '@cloudsync/content';
import { SyncError } from '@cloudsync/engine';
import { contentChunks, contentNodes } from '../content/content-nodes.ts';
import type { FileRow } from '../tree/row.ts';
import type { Tree } from '../tree/tree.ts';
import type { Vault } from '../vault.ts';
import { readCommit, snapshotSequences, treeOf } from './snapshots.ts';

/**
 * Which chunks of a vault are in use: one bit for each entry of the index. A chunk that lies in two packs is in use in both.
 */
export class LiveChunks {
  readonly #index: ChunkIndex;
  #bits = new Uint8Array(2 ** 10);

  constructor(index: ChunkIndex) {
    this.#index = index;
  }

  /** @returns false when the chunk is nowhere */
  mark(id: ChunkId): boolean {
    let isThere = false;
    for (const entry of this.#index.entriesOf(decodeChunkId(id))) {
      this.#set(entry);
      isThere = true;
    }
    return isThere;
  }

  isLive(entry: number): boolean {
    return ((this.#bits[entry >> 3] ?? 0) & (1 << (entry & 7))) !== 0;
  }

  #set(entry: number): void {
    const byte = entry >> 3;
    if (byte >= this.#bits.length) {
      const larger = new Uint8Array(Math.max(this.#bits.length * 2, byte + 1));
      larger.set(this.#bits);
      this.#bits = larger;
    }
    this.#bits[byte] = (this.#bits[byte] as number) | (1 << (entry & 7));
  }
}

/** What a walk has met already, so that the next one passes it over. */
export interface Walked {
  readonly nodes: Set<ChunkId>;
}

export interface MarkOptions {
  readonly walked: Walked;
  readonly signal?: AbortSignal | undefined;
  /** Called now and then. */
  readonly onNode?: (() => Promise<void> | void) | undefined;
}

/** The trees that are in use: of all versions that are kept, and the present. @throws SyncError `vault/damaged` */
export async function liveTrees(vault: Vault): Promise<Tree[]> {
  const trees: Tree[] = [vault.tree()];
  for (const sequence of snapshotSequences(vault).toReversed()) trees.push(treeOf(vault, await readCommit(vault, sequence)));
  return trees;
}

/**
 * Marks every chunk that these trees need: their nodes, content lists and contents. Subtrees that are shared are walked once.
 * @throws SyncError `content/missing`, `content/damaged`, `vault/damaged`: then nobody can say what is in use
 */
export async function markLive(vault: Vault, live: LiveChunks, trees: readonly Tree[], options: MarkOptions): Promise<void> {
  const { walked, signal, onNode } = options;
  const mark = (id: ChunkId): void => {
    if (!live.mark(id)) throw new SyncError('content/missing', `chunk ${id} is in no pack; run cloudsync vault check`, { path: id });
  };
  for (const tree of trees) {
    for await (const { id, node } of tree.walk(walked.nodes, signal)) {
      await onNode?.();
      mark(id);
      if (!('rows' in node)) continue;
      for (const row of node.rows) if (row.kind === 'file') await markContent(vault, row, mark, walked);
    }
  }
}

async function markContent(vault: Vault, { content }: FileRow, mark: (id: ChunkId) => void, { nodes: known }: Walked): Promise<void> {
  if ('nodes' in content) {
    // A list whose top nodes were met is met as a whole.
    if (content.nodes.every(({ id }) => known.has(id))) return;
    for await (const id of contentNodes(vault.chunks, content)) mark(id);
    for (const { id } of content.nodes) known.add(id);
  }
  for await (const refs of contentChunks(vault.chunks, content)) for (const { id } of refs) mark(id);
}
