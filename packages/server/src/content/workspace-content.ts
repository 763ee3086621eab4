import { hash } from 'node:crypto';
import { type BlobStore, chunkIdOfDigest } from '@cloudsync/content';
import type { ServerDatabase } from '../database/server-database.ts';
import type { Put } from '../journal/change.ts';
import { type Refusal, refusal } from '../journal/change-rules.ts';
import { InlineChunks } from './inline-chunks.ts';
import { PackChunks } from './pack-chunks.ts';
import type { ProvenChunks } from './proven-chunks.ts';
import { RecipeTable } from './recipe-table.ts';
import { eachRef } from './refs.ts';

export interface WorkspaceContentOptions {
  readonly database: ServerDatabase;
  /** Number of the workspace. */
  readonly workspace: number;
  readonly blobs: BlobStore;
  /** 32 bytes each. */
  readonly idKey: Uint8Array;
  readonly packKey: Uint8Array;
}

/** Whether a commit may refer to a content: yes, chunks are missing, they are here but not safe yet, or it is not as the change says. */
export type Usable = 'yes' | 'missing' | 'unsettled' | Refusal;

/** The contents of one workspace: chunks in the database and in packs, and recipes. */
export class WorkspaceContent {
  readonly inline: InlineChunks;
  readonly packs: PackChunks;
  readonly recipes: RecipeTable;
  readonly #idKey: Uint8Array;

  constructor({ database, workspace, blobs, idKey, packKey }: WorkspaceContentOptions) {
    this.#idKey = idKey;
    this.inline = new InlineChunks(database, workspace);
    this.recipes = new RecipeTable(database, workspace);
    this.packs = new PackChunks({
      blobs,
      idKey,
      packKey,
      indexes: () => JSON.parse(database.prepare('select indexes from workspaces where number = ?').get(workspace)?.indexes as string),
      setIndexes: (indexes) =>
        database.transaction(() => {
          database.prepare('update workspaces set indexes = ? where number = ?').run(JSON.stringify(indexes), workspace);
        }),
    });
  }

  /** The id that a chunk gets, 32 bytes. */
  idOf(bytes: Uint8Array): Buffer {
    return chunkIdOfDigest(this.#idKey, hash('sha256', bytes, 'buffer'));
  }

  /**
   * Whether a file may have this content: all chunks here and safe, lengths adding up to the size, and for one chunk also the right hash.
   * Synchronous, for the transaction that then refers to it; `packs` have to be ready.
   * @param proven what a caller who may not read everything has proven to hold
   */
  usable(path: string, { content, chunks, size, hash: digest }: Put, proven?: ProvenChunks): Usable {
    if (content === undefined) return 'yes';
    const id = Buffer.from(content, 'hex');
    if (chunks > 1) return this.#usableRecipe(path, id, { chunks, size }, proven);
    if (digest !== undefined && !chunkIdOfDigest(this.#idKey, Buffer.from(digest, 'hex')).equals(id))
      return refusal('storage/corrupt-transfer', `${path}: its chunk is not what its hash says; read the file and send it again`);
    return this.#usableChunk(path, { id, length: size }, proven);
  }

  /** Which of these chunks nobody has to send. `packs` have to be ready. */
  isThere(id: Uint8Array, proven?: ProvenChunks): boolean {
    if (proven !== undefined && !proven.has(id)) return false;
    return this.packs.has(id) || this.inline.lengthOf(id) !== undefined;
  }

  #usableRecipe(path: string, id: Buffer, { chunks, size }: { chunks: number; size: number }, proven: ProvenChunks | undefined): Usable {
    const recipe = this.recipes.find(id);
    if (recipe === undefined) return 'missing';
    if (recipe.chunks !== chunks || recipe.size !== size)
      return refusal(
        'storage/corrupt-transfer',
        `${path}: its chunks come to ${recipe.size} bytes, not ${size}; read the file and send it again`,
      );
    let worst: Usable = 'yes';
    for (const refs of this.recipes.parts(id)) {
      for (const ref of eachRef(refs)) {
        const usable = this.#usableChunk(path, ref, proven);
        if (usable === 'missing' || typeof usable === 'object') return usable;
        if (usable === 'unsettled') worst = usable;
      }
    }
    return worst;
  }

  #usableChunk(path: string, { id, length }: { id: Uint8Array; length: number }, proven: ProvenChunks | undefined): Usable {
    if (proven !== undefined && !proven.has(id)) return 'missing';
    const found = this.packs.settledLength(id) ?? this.inline.lengthOf(id);
    if (found === length) return 'yes';
    if (found === undefined) return this.packs.has(id) ? 'unsettled' : 'missing';
    return refusal(
      'storage/corrupt-transfer',
      `${path}: one of its chunks has ${found} bytes, not ${length}; read the file and send it again`,
    );
  }
}
