import { hash } from 'node:crypto';
import { type ChunkId, type ChunkRef, chunkIdOfDigest, decodeChunkId } from '@cloudsync/content';
import { assertGoingOn } from '../cancelled.ts';
import { contentChunks, contentNodes } from '../content/content-nodes.ts';
import { readContent } from '../content/read-content.ts';
import { storedContentList } from '../tree/content-list.ts';
import type { NodeRef, TreeNode } from '../tree/node.ts';
import type { FileRow, Row } from '../tree/row.ts';
import type { Tree } from '../tree/tree.ts';
import type { Vault } from '../vault.ts';
import type { LostChunks } from './check-packs.ts';
import { type Findings, isObjectProblem } from './findings.ts';

export interface TreeCheckOptions {
  readonly vault: Vault;
  readonly findings: Findings;
  readonly lost: LostChunks;
  /** Read every content and compare it with the hash in its row. */
  readonly readData: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Nodes read in one call: some megabytes. */
const WINDOW = 64;

/**
 * Checks that trees are complete: every node can be read, and every chunk that a row needs is stored, undamaged and of its length. Subtrees
 * that were found sound are not looked at again; those that are not are, so that each version that suffers is named.
 */
export class TreeCheck {
  readonly #options: TreeCheckOptions;
  /** Nodes below which all is well. */
  readonly #sound = new Set<ChunkId>();
  /** Contents that were found whole. */
  readonly #whole = new Set<string>();
  files = 0;

  constructor(options: TreeCheckOptions) {
    this.#options = options;
  }

  /** @param snapshot whose tree it is */
  async check(tree: Tree, snapshot: number): Promise<void> {
    if (tree.root !== undefined) await this.#checkBelow(tree, [tree.root], snapshot);
  }

  /** Whether a row stands for something that can be had. */
  async isWhole(row: Row): Promise<boolean> {
    return row.kind !== 'file' || this.#checkFile(row, 0);
  }

  async #checkBelow(tree: Tree, refs: readonly NodeRef[], snapshot: number): Promise<boolean> {
    let isSound = true;
    const left = refs.filter(({ id }) => !this.#sound.has(id));
    for (let at = 0; at < left.length; at += WINDOW) {
      assertGoingOn(this.#options.signal);
      for (const { ref, node } of await this.#readNodes(tree, left.slice(at, at + WINDOW), snapshot)) {
        const isSoundBelow = node !== undefined && (await this.#checkNode(tree, node, snapshot));
        if (isSoundBelow) this.#sound.add(ref.id);
        else isSound = false;
      }
    }
    return isSound;
  }

  async #checkNode(tree: Tree, node: TreeNode, snapshot: number): Promise<boolean> {
    if ('children' in node) {
      const level = node.level - 1;
      return this.#checkBelow(
        tree,
        node.children.map((child) => ({ ...child, level })),
        snapshot,
      );
    }
    let isSound = true;
    for (const row of node.rows) if (row.kind === 'file' && !(await this.#checkFile(row, snapshot))) isSound = false;
    return isSound;
  }

  async #readNodes(tree: Tree, refs: readonly NodeRef[], snapshot: number): Promise<{ ref: NodeRef; node: TreeNode | undefined }[]> {
    try {
      const nodes = await tree.nodes.read(refs);
      return refs.map((ref, index) => ({ ref, node: nodes[index] }));
    } catch (error) {
      if (!isObjectProblem(error)) throw error;
    }
    const read: { ref: NodeRef; node: TreeNode | undefined }[] = [];
    for (const ref of refs) read.push({ ref, node: await this.#readNode(tree, ref, snapshot) });
    return read;
  }

  async #readNode(tree: Tree, ref: NodeRef, snapshot: number): Promise<TreeNode | undefined> {
    try {
      return await tree.nodes.readOne(ref);
    } catch (error) {
      if (!isObjectProblem(error)) throw error;
      const { first, last } = ref;
      const span = first === undefined ? 'the whole tree' : first === last ? first : `${first} … ${last}`;
      this.#options.findings.add(error.path ?? `chunk ${ref.id}`, error.message, { snapshot, path: span });
      return undefined;
    }
  }

  async #checkFile(row: FileRow, snapshot: number): Promise<boolean> {
    const { vault, readData, findings } = this.#options;
    const key = hash('sha256', `${row.hash} ${row.size} ${JSON.stringify(storedContentList(row.content))}`, 'base64');
    if (this.#whole.has(key)) return true;
    this.files++;
    try {
      const isComplete = await this.#checkChunks(row, snapshot);
      if (isComplete && readData) await this.#compareHash(row);
      if (isComplete) this.#whole.add(key);
      return isComplete;
    } catch (error) {
      if (!isObjectProblem(error)) throw error;
      findings.add(error.path ?? `rows of ${vault.config.id}`, error.message, { snapshot, path: row.path });
      return false;
    }
  }

  async #checkChunks({ path, content }: FileRow, snapshot: number): Promise<boolean> {
    const { vault } = this.#options;
    let isComplete = true;
    const check = (id: ChunkId, length?: number): void => {
      isComplete = this.#checkChunk({ id, length }, { snapshot, path }) && isComplete;
    };
    for await (const id of contentNodes(vault.chunks, content)) check(id);
    for await (const refs of contentChunks(vault.chunks, content)) for (const { id, length } of refs) check(id, length);
    return isComplete;
  }

  #checkChunk({ id, length }: { id: ChunkId; length: number | undefined }, affected: { snapshot: number; path: string }): boolean {
    const { vault, findings, lost } = this.#options;
    const entry = vault.chunks.index.find(decodeChunkId(id));
    const damage = lost.get(id);
    if (entry < 0) findings.add(`chunk ${id}`, 'it is in no pack', affected);
    else if (damage !== undefined) findings.add(damage.object, damage.problem, affected);
    else if (length !== undefined && vault.chunks.index.place(entry).length !== length)
      findings.add(`chunk ${id}`, 'it has not the length that its file says', affected);
    else return true;
    return false;
  }

  /** A file of one chunk has its hash in the chunk's id: nothing needs to be read. */
  async #compareHash(row: FileRow): Promise<void> {
    const { vault } = this.#options;
    const chunks: readonly ChunkRef[] = 'chunks' in row.content ? row.content.chunks : [];
    const [only] = chunks;
    if (chunks.length === 1 && only !== undefined) {
      const id = chunkIdOfDigest(vault.keys.idKey, Buffer.from(row.hash, 'hex')).toString('base64url');
      if (id === only.id && only.length === row.size) return;
    }
    for await (const _ of readContent(vault.chunks, row, { signal: this.#options.signal }));
  }
}
