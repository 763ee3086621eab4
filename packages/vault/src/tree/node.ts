import { hash } from 'node:crypto';
import type { ChunkId } from '@cloudsync/content';
import { comparePaths, SyncError } from '@cloudsync/engine';
import * as z from 'zod/mini';
import type { Row, Summary } from './row.ts';
import { decodeRow, encodeRow } from './row-codec.ts';

/** A node of a tree in memory: rows, or references to the nodes of the level below. */
export type TreeNode = LeafNode | InnerNode;

export interface LeafNode {
  readonly level: 0;
  readonly rows: readonly Row[];
}

export interface InnerNode {
  /** 1 and up. */
  readonly level: number;
  readonly children: readonly Child[];
}

/** A reference to a node, with what is known of it without reading it. */
export interface Child extends Summary {
  readonly first: string;
  readonly last: string;
  readonly id: ChunkId;
  /** Bytes of the node. */
  readonly length: number;
}

/** What a node is made of at any level: a line, and the paths that it spans. */
export interface Item {
  readonly first: string;
  readonly last: string;
  readonly line: string;
  readonly summary: Summary;
}

/** Where nodes end (docs/formats/vault.md, "Trees"). One bit of luck in so many, and limits for those without luck. */
const LEAF = { meanItems: 128, itemsMax: 1024 };
const INNER = { meanItems: 64, itemsMax: 512 };
const NODE_BYTES_FULL = 512 * 1024;
/** A digest has bytes for so many levels; above them only the limits end a node. */
const DRAWN_LEVELS = 8;

/** Whether a node ends after an item. Depends on the node's own items and on nothing that comes after them. */
export function endsNode(level: number, node: { readonly last: string; readonly items: number; readonly bytes: number }): boolean {
  const { meanItems, itemsMax } = level === 0 ? LEAF : INNER;
  if (node.items >= itemsMax || node.bytes >= NODE_BYTES_FULL) return true;
  return level < DRAWN_LEVELS && hash('sha256', node.last, 'buffer').readUInt32BE(4 * level) % meanItems === 0;
}

export function itemOfRow(row: Row): Item {
  return { first: row.path, last: row.path, line: encodeRow(row), summary: summaryOfRow(row) };
}

export function itemOfChild(child: Child): Item {
  return { first: child.first, last: child.last, line: JSON.stringify(storedChild(child)), summary: child };
}

export function itemsOf(node: TreeNode): Item[] {
  return 'rows' in node ? node.rows.map(itemOfRow) : node.children.map(itemOfChild);
}

function storedChild({ first, last, id, length, files, folders, symlinks, bytes, tombstones, oldestTombstone }: Child): unknown[] {
  const stored = [first, last, id, length, files, folders, symlinks, bytes, tombstones];
  return oldestTombstone === undefined ? stored : [...stored, oldestTombstone];
}

export function encodeNode(items: readonly Item[]): Uint8Array {
  return Buffer.from(items.map(({ line }) => `${line}\n`).join(''), 'utf8');
}

const count = z.int().check(z.minimum(0));
const chunkId = z.string().check(z.regex(/^[\w-]{43}$/));
const childSchema = z.pipe(
  z.tuple([
    z.string().check(z.minLength(1)),
    z.string().check(z.minLength(1)),
    chunkId,
    z.int().check(z.minimum(1), z.maximum(1024 * 1024)),
    count,
    count,
    count,
    count,
    count,
    z.optional(count),
  ]),
  z.transform(
    ([first, last, id, length, files, folders, symlinks, bytes, tombstones, oldestTombstone]): Child => ({
      first,
      last,
      id,
      length,
      files,
      folders,
      symlinks,
      bytes,
      tombstones,
      oldestTombstone,
    }),
  ),
);

/** What is known of a node before it is read. The root's span is not. */
export interface NodeRef {
  readonly level: number;
  readonly id: ChunkId;
  readonly length: number;
  readonly first?: string | undefined;
  readonly last?: string | undefined;
}

/**
 * Reads a node. Its rows and children are in path order and span what its parent says.
 * @throws SyncError `vault/damaged`
 */
export function decodeNode(ref: NodeRef, bytes: Uint8Array): TreeNode {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
  if (bytes.length !== ref.length || !text.endsWith('\n')) throw damagedNode(ref, 'its length does not fit');
  const lines = parseLines(ref, text);
  const node: TreeNode =
    ref.level === 0
      ? { level: 0, rows: lines.map((line) => decodeRow(line) ?? fail(ref, 'a row does not fit')) }
      : { level: ref.level, children: lines.map((line) => childSchema.safeParse(line).data ?? fail(ref, 'a child does not fit')) };
  assertSpan(ref, 'rows' in node ? node.rows.map(({ path }) => ({ first: path, last: path })) : node.children);
  return node;
}

function parseLines(ref: NodeRef, text: string): unknown[] {
  try {
    // A line end stands nowhere but between lines: inside of JSON strings it is escaped.
    return JSON.parse(`[${text.slice(0, -1).replaceAll('\n', ',')}]`) as unknown[];
  } catch (cause) {
    throw damagedNode(ref, 'it is not JSON', cause);
  }
}

function assertSpan(ref: NodeRef, spans: readonly { readonly first: string; readonly last: string }[]): void {
  let before: string | undefined;
  for (const { first, last } of spans) {
    const isOrdered = first === last || comparePaths(first, last) < 0;
    if (!isOrdered || (before !== undefined && comparePaths(before, first) >= 0)) throw damagedNode(ref, 'it is not in path order');
    before = last;
  }
  const begins = ref.first === undefined || ref.first === spans[0]?.first;
  if (!begins || (ref.last !== undefined && ref.last !== before)) throw damagedNode(ref, 'it spans other paths than its parent says');
}

function fail(ref: NodeRef, why: string): never {
  throw damagedNode(ref, why);
}

function damagedNode({ id }: NodeRef, why: string, cause?: unknown): SyncError {
  return new SyncError('vault/damaged', `tree node ${id} of the vault is damaged: ${why}; run cloudsync vault check`, { path: id, cause });
}

const NOTHING: Summary = { files: 0, folders: 0, symlinks: 0, tombstones: 0, bytes: 0, oldestTombstone: undefined };

function summaryOfRow(row: Row): Summary {
  switch (row.kind) {
    case 'file':
      return { ...NOTHING, files: 1, bytes: row.size };
    case 'folder':
      return { ...NOTHING, folders: 1 };
    case 'symlink':
      return { ...NOTHING, symlinks: 1 };
    case 'tombstone':
      return { ...NOTHING, tombstones: 1, oldestTombstone: row.sequence };
  }
}

export function summarize(parts: Iterable<Summary>): Summary {
  const sum = { ...NOTHING };
  for (const part of parts) {
    sum.files += part.files;
    sum.folders += part.folders;
    sum.symlinks += part.symlinks;
    sum.tombstones += part.tombstones;
    sum.bytes += part.bytes;
    if (part.oldestTombstone !== undefined)
      sum.oldestTombstone = Math.min(sum.oldestTombstone ?? part.oldestTombstone, part.oldestTombstone);
  }
  return sum;
}
