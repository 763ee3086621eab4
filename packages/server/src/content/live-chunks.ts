import type { ChunkIndex, IndexedPack } from '@cloudsync/content';
import type { ServerDatabase } from '../database/server-database.ts';
import { eachRef } from './refs.ts';
import type { WorkspaceContent } from './workspace-content.ts';

export interface LiveChunksOptions {
  readonly database: ServerDatabase;
  readonly workspace: number;
  readonly content: WorkspaceContent;
  readonly index: ChunkIndex;
  /** Lets others have a turn. */
  readonly turn: () => Promise<void>;
}

const SQL = {
  versions:
    'select sequence, content, chunks from versions where workspace = ? and sequence > ? and content is not null order by sequence limit ?',
  /** Complete ones are kept for as long as they stand there; the others may be about to be completed. */
  recipes: 'select content from contents where workspace = ? and content > ? order by content limit ?',
} as const;

const PAGE = 5_000;

/**
 * Which chunks are in use: by a kept version, or by a recipe that somebody declared. Marking takes long and lets others work; what they
 * commit meanwhile is marked by {@link LiveChunks.finish}, at once.
 */
export class LiveChunks {
  readonly #options: LiveChunksOptions;
  /** One bit for each entry of the index. */
  #packed = new Uint8Array(2 ** 10);
  /** Ids (hex) of chunks in the database that are in use. */
  readonly #inline = new Set<string>();
  /** Contents (hex) of which every chunk has been marked where it lies. */
  readonly #marked = new Set<string>();
  #sequence = 0;

  constructor(options: LiveChunksOptions) {
    this.#options = options;
  }

  async mark(): Promise<void> {
    while (this.#markVersions()) await this.#options.turn();
    for (let after: Uint8Array | undefined = new Uint8Array(0); after !== undefined; await this.#options.turn())
      after = this.#markRecipes(after);
  }

  /** Marks what came since; nothing can come between this and what the caller does next. */
  finish(): void {
    while (this.#markVersions());
    for (let after: Uint8Array | undefined = new Uint8Array(0); after !== undefined; ) after = this.#markRecipes(after);
  }

  /** Of a chunk in the database. */
  isInlineLive(id: Uint8Array): boolean {
    return this.#inline.has(hexOf(id));
  }

  /** Of an entry of the index. */
  isPackedLive(entry: number): boolean {
    return ((this.#packed[entry >> 3] ?? 0) & (1 << (entry & 7))) !== 0;
  }

  #markVersions(): boolean {
    const { database, workspace } = this.#options;
    const rows = database.prepare(SQL.versions).all(workspace, this.#sequence, PAGE);
    for (const { sequence, content, chunks } of rows) {
      this.#markContent(content as Uint8Array, (chunks as number) > 1);
      this.#sequence = sequence as number;
    }
    return rows.length === PAGE;
  }

  /** @returns where the next page begins */
  #markRecipes(after: Uint8Array): Uint8Array | undefined {
    const { database, workspace } = this.#options;
    const rows = database.prepare(SQL.recipes).all(workspace, after, PAGE);
    for (const { content } of rows) this.#markContent(content as Uint8Array, true);
    return rows.length === PAGE ? (rows.at(-1)?.content as Uint8Array) : undefined;
  }

  #markContent(content: Uint8Array, isRecipe: boolean): void {
    const key = hexOf(content);
    if (this.#marked.has(key)) return;
    const { recipes } = this.#options.content;
    let isAllThere = !isRecipe || recipes.find(content) !== undefined;
    if (!isRecipe) isAllThere = this.#markChunk(content);
    else for (const refs of recipes.parts(content)) for (const { id } of eachRef(refs)) isAllThere = this.#markChunk(id) && isAllThere;
    // What has not come yet is looked for again.
    if (isAllThere) this.#marked.add(key);
  }

  /** @returns whether it is anywhere */
  #markChunk(id: Uint8Array): boolean {
    const { content, index } = this.#options;
    let isThere = content.inline.lengthOf(id) !== undefined;
    if (isThere) this.#inline.add(hexOf(id));
    for (const entry of index.entriesOf(id)) {
      this.#setPacked(entry);
      isThere = true;
    }
    return isThere;
  }

  #setPacked(entry: number): void {
    const byte = entry >> 3;
    if (byte >= this.#packed.length) {
      const larger = new Uint8Array(Math.max(this.#packed.length * 2, byte + 1));
      larger.set(this.#packed);
      this.#packed = larger;
    }
    this.#packed[byte] = (this.#packed[byte] as number) | (1 << (entry & 7));
  }
}

/** Numbers of a pack's chunks in the index. */
export function* entriesOf({ segments }: IndexedPack): Generator<number> {
  for (const { firstEntry, chunks } of segments) for (let entry = firstEntry; entry < firstEntry + chunks; entry++) yield entry;
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}
