import type { ChunkId, ChunkStore, NewChunk } from '@cloudsync/content';
import { SyncError } from '@cloudsync/engine';
import { type Child, decodeNode, encodeNode, type Item, type NodeRef, summarize, type TreeNode } from './node.ts';

export interface NodeStoreOptions {
  readonly chunks: Pick<ChunkStore, 'get' | 'put'>;
  /** The chunk id of these bytes (docs/formats/content.md). */
  readonly idOf: (bytes: Uint8Array) => ChunkId;
}

/** Decoded nodes take some times the memory of their bytes. */
const CACHE_BYTES_MAX = 8 * 1024 * 1024;
const UNWRITTEN_BYTES_MAX = 1024 * 1024;

/** Nodes of trees in a chunk store, the last ones read or written in memory. */
export class NodeStore {
  readonly #options: NodeStoreOptions;
  /** The least recently used first. */
  readonly #cache = new Map<ChunkId, { readonly node: TreeNode; readonly bytes: number }>();
  #cachedBytes = 0;
  #unwritten: NewChunk[] = [];
  #unwrittenBytes = 0;

  constructor(options: NodeStoreOptions) {
    this.#options = options;
  }

  /**
   * Reads nodes, all that are not in memory in one call of the chunk store.
   * @throws SyncError `content/missing`, `content/damaged`, `vault/damaged`
   */
  async read(refs: readonly NodeRef[]): Promise<TreeNode[]> {
    const found = new Map<ChunkId, TreeNode>();
    for (const { id } of refs) {
      const node = this.#recall(id);
      if (node !== undefined) found.set(id, node);
    }
    const missing = [...new Map(refs.filter(({ id }) => !found.has(id)).map((ref) => [ref.id, ref])).values()];
    if (missing.length > 0) {
      let at = 0;
      for await (const bytes of this.#options.chunks.get(missing.map(({ id }) => id))) {
        const ref = missing[at++] as NodeRef;
        const node = decodeNode(ref, bytes);
        found.set(ref.id, node);
        this.#remember(ref.id, node, bytes.length);
      }
    }
    return refs.map(({ id }) => found.get(id) ?? missingNode(id));
  }

  async readOne(ref: NodeRef): Promise<TreeNode> {
    const known = this.#recall(ref.id);
    if (known !== undefined) return known;
    const [node] = await this.read([ref]);
    return node ?? missingNode(ref.id);
  }

  /** Makes a node of items. It is in the chunk store after {@link flush}. */
  write(level: number, items: readonly Item[]): Child {
    const bytes = encodeNode(items);
    const id = this.#options.idOf(bytes);
    this.#unwritten.push({ id, bytes });
    this.#unwrittenBytes += bytes.length;
    const [first, last] = [items[0] as Item, items.at(-1) as Item];
    const child: Child = { first: first.first, last: last.last, id, length: bytes.length, ...summarize(items.map((item) => item.summary)) };
    if (level > 0) this.#remember(id, decodeNode({ level, id, length: bytes.length }, bytes), bytes.length);
    return child;
  }

  /** Hands what was made to the chunk store, when it is much or when told to. */
  async flush({ always }: { readonly always: boolean }): Promise<void> {
    if (!always && this.#unwrittenBytes < UNWRITTEN_BYTES_MAX) return;
    const chunks = this.#unwritten;
    this.#unwritten = [];
    this.#unwrittenBytes = 0;
    if (chunks.length > 0) await this.#options.chunks.put(chunks, { kind: 'tree' });
  }

  #recall(id: ChunkId): TreeNode | undefined {
    const cached = this.#cache.get(id);
    if (cached === undefined) return undefined;
    this.#cache.delete(id);
    this.#cache.set(id, cached);
    return cached.node;
  }

  #remember(id: ChunkId, node: TreeNode, bytes: number): void {
    this.#cachedBytes += bytes - (this.#cache.get(id)?.bytes ?? 0);
    this.#cache.delete(id);
    this.#cache.set(id, { node, bytes });
    for (const [oldest, { bytes: freed }] of this.#cache) {
      if (this.#cachedBytes <= CACHE_BYTES_MAX) return;
      this.#cache.delete(oldest);
      this.#cachedBytes -= freed;
    }
  }
}

function missingNode(id: ChunkId): never {
  throw new SyncError('content/missing', `tree node ${id} is not in the vault; run cloudsync vault check`, { path: id });
}
