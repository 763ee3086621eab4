import { type ChunkId, type ChunkRef, type ChunkStore, chunkId } from '@cloudsync/content';
import { SyncError } from '@cloudsync/engine';
import { INLINE_MAX } from '../tree/content-list.ts';
import type { ContentList, ContentNode } from '../tree/row.ts';

/** Where nodes of content lists end (docs/formats/vault.md, "Content lists"). */
const MEAN_ITEMS = 256;
const ITEMS_MAX = 2048;
/** An id has bytes for so many levels. */
const LEVELS = 8;
const ID_BYTES = 32;
const LEAF_ITEM_BYTES = ID_BYTES + 4;
const INNER_ITEM_BYTES = ID_BYTES + 4 + 4 + 8;

/** A chunk, or a node of the level below. */
interface Item {
  readonly id: ChunkId;
  readonly length: number;
  readonly chunks: number;
  readonly bytes: number;
}

/** Makes the content list of a file; nodes that it needs are put into the chunk store. */
export async function makeContentList(
  chunks: readonly ChunkRef[],
  store: Pick<ChunkStore, 'put'>,
  idKey: Uint8Array,
): Promise<ContentList> {
  if (chunks.length <= INLINE_MAX) return { chunks };
  let level = 0;
  let items: readonly Item[] = chunks.map(({ id, length }) => ({ id, length, chunks: 1, bytes: length }));
  for (;;) {
    const made = nodesOf(items, level).map((part) => ({ part, bytes: encode(part, level) }));
    const nodes = made.map(
      ({ part, bytes }): ContentNode => ({
        id: chunkId(idKey, bytes),
        length: bytes.length,
        chunks: sum(part, 'chunks'),
        bytes: sum(part, 'bytes'),
      }),
    );
    await store.put(
      made.map(({ bytes }, index) => ({ id: (nodes[index] as ContentNode).id, bytes })),
      { kind: 'tree' },
    );
    if (nodes.length <= INLINE_MAX) return { level, nodes };
    items = nodes;
    level++;
  }
}

function nodesOf(items: readonly Item[], level: number): Item[][] {
  const nodes: Item[][] = [];
  let open: Item[] = [];
  for (const item of items) {
    open.push(item);
    const drawn = level < LEVELS && Buffer.from(item.id, 'base64url').readUInt32BE(4 * level) % MEAN_ITEMS === 0;
    if (!drawn && open.length < ITEMS_MAX) continue;
    nodes.push(open);
    open = [];
  }
  if (open.length > 0) nodes.push(open);
  return nodes;
}

function sum(items: readonly Item[], of: 'chunks' | 'bytes'): number {
  return items.reduce((total, item) => total + item[of], 0);
}

function encode(items: readonly Item[], level: number): Uint8Array {
  const size = level === 0 ? LEAF_ITEM_BYTES : INNER_ITEM_BYTES;
  const bytes = Buffer.alloc(items.length * size);
  for (const [index, { id, length, chunks, bytes: content }] of items.entries()) {
    const at = index * size;
    bytes.write(id, at, 'base64url');
    bytes.writeUInt32BE(length, at + ID_BYTES);
    if (level === 0) continue;
    bytes.writeUInt32BE(chunks, at + ID_BYTES + 4);
    bytes.writeBigUInt64BE(BigInt(content), at + ID_BYTES + 8);
  }
  return bytes;
}

function decode(bytes: Uint8Array, level: number, node: ContentNode): Item[] {
  const size = level === 0 ? LEAF_ITEM_BYTES : INNER_ITEM_BYTES;
  if (bytes.length !== node.length || bytes.length % size !== 0) throw damagedList(node.id);
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const items: Item[] = [];
  for (let at = 0; at < view.length; at += size) {
    const length = view.readUInt32BE(at + ID_BYTES);
    items.push({
      id: view.toString('base64url', at, at + ID_BYTES),
      length,
      chunks: level === 0 ? 1 : view.readUInt32BE(at + ID_BYTES + 4),
      bytes: level === 0 ? length : Number(view.readBigUInt64BE(at + ID_BYTES + 8)),
    });
  }
  if (sum(items, 'chunks') !== node.chunks || sum(items, 'bytes') !== node.bytes) throw damagedList(node.id);
  return items;
}

function damagedList(id: ChunkId): SyncError {
  return new SyncError('vault/damaged', `content list ${id} of the vault is damaged; run cloudsync vault check`, { path: id });
}

/**
 * The chunks of a file in order, some at a time.
 * @throws SyncError `content/missing`, `content/damaged`, `vault/damaged`
 */
export async function* contentChunks(store: Pick<ChunkStore, 'get'>, content: ContentList): AsyncGenerator<readonly ChunkRef[]> {
  if ('chunks' in content) {
    if (content.chunks.length > 0) yield content.chunks;
    return;
  }
  for await (const { items, level } of walk(store, content)) if (level === 0) yield items.map(({ id, length }) => ({ id, length }));
}

/** Ids of the nodes that a content list is made of, for who counts what is in use; none for a list that its row holds by itself. */
export async function* contentNodes(store: Pick<ChunkStore, 'get'>, content: ContentList): AsyncGenerator<ChunkId> {
  if ('chunks' in content) return;
  if (content.level === 0) return yield* content.nodes.map(({ id }) => id);
  for await (const { node } of walk(store, content)) yield node.id;
}

interface Walked {
  readonly node: ContentNode;
  readonly level: number;
  readonly items: readonly Item[];
}

/** Every node, parents first, in order of content. */
async function* walk(
  store: Pick<ChunkStore, 'get'>,
  list: { readonly level: number; readonly nodes: readonly ContentNode[] },
): AsyncGenerator<Walked> {
  let at = 0;
  for await (const bytes of store.get(list.nodes.map(({ id }) => id))) {
    const node = list.nodes[at++] as ContentNode;
    const items = decode(bytes, list.level, node);
    yield { node, level: list.level, items };
    if (list.level > 0) yield* walk(store, { level: list.level - 1, nodes: items });
  }
}
