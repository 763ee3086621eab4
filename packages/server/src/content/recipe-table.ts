import { createHash } from 'node:crypto';
import { SyncError } from '@cloudsync/engine';
import { LIMITS, REF_BYTES } from '@cloudsync/protocol';
import type { ServerDatabase } from '../database/server-database.ts';
import { eachRef, refCount } from './refs.ts';

const SQL = {
  find: 'select chunks, size from contents where workspace = ? and content = ?',
  begin: 'insert into contents (workspace, content, chunks, size, at_ms) values (?, ?, ?, null, ?)',
  touch: 'update contents set at_ms = ? where workspace = ? and content = ?',
  complete: 'update contents set size = ? where workspace = ? and content = ?',
  forget: 'delete from contents where workspace = ? and content = ?',
  addPart: 'insert or ignore into recipe_parts (workspace, content, first, refs) values (?, ?, ?, ?)',
  partsHave: 'select coalesce(sum(length(refs)), 0) as bytes from recipe_parts where workspace = ? and content = ?',
  parts: 'select first, refs from recipe_parts where workspace = ? and content = ? order by first',
  forgetParts: 'delete from recipe_parts where workspace = ? and content = ?',
  old: 'select content from contents where workspace = ? and at_ms < ?',
} as const;

/** A part of a recipe, as a client declares it. */
export interface RecipePart {
  /** Id of the whole recipe, 32 bytes. */
  readonly content: Uint8Array;
  /** Of the whole content. */
  readonly chunks: number;
  /** Number of the first reference in `refs`. */
  readonly first: number;
  readonly refs: Uint8Array;
}

/** Which chunks contents of several chunks consist of. A recipe proves itself: its id is the hash of it. What writes runs inside a transaction. */
export class RecipeTable {
  readonly #database: ServerDatabase;
  readonly #workspace: number;

  constructor(database: ServerDatabase, workspace: number) {
    this.#database = database;
    this.#workspace = workspace;
  }

  /** How many chunks and bytes a complete recipe has. */
  find(content: Uint8Array): { readonly chunks: number; readonly size: number } | undefined {
    const found = this.#database.prepare(SQL.find).get(this.#workspace, content);
    if (found === undefined || found.size === null) return undefined;
    return { chunks: found.chunks as number, size: found.size as number };
  }

  /**
   * Takes a part; the one that completes the recipe has it verified.
   * @throws SyncError `server/invalid` when parts do not fit, or are not what the id says: all of them are forgotten then
   */
  add({ content, chunks, first, refs }: RecipePart, atMs: number): void {
    const known = this.#database.prepare(SQL.find).get(this.#workspace, content);
    if (known === undefined) this.#database.prepare(SQL.begin).run(this.#workspace, content, chunks, atMs);
    else this.#database.prepare(SQL.touch).run(atMs, this.#workspace, content);
    if (known !== undefined && known.size !== null) return;
    if (first + refCount(refs) > chunks || (known !== undefined && known.chunks !== chunks)) throw invalidRecipe(content);
    this.#database.prepare(SQL.addPart).run(this.#workspace, content, first, refs);
    const bytes = this.#database.prepare(SQL.partsHave).get(this.#workspace, content)?.bytes as number;
    if (bytes >= chunks * REF_BYTES) this.#complete(content, chunks);
  }

  /** All references in order, part by part. To be gone through at once: the statement is one for all. */
  *parts(content: Uint8Array): Generator<Uint8Array> {
    for (const { refs } of this.#database.prepare(SQL.parts).iterate(this.#workspace, content)) yield refs as Uint8Array;
  }

  /** Some references: from number `first` on, at most `limit`. */
  slice(content: Uint8Array, first: number, limit: number): Uint8Array {
    const wanted: Uint8Array[] = [];
    let at = 0;
    for (const refs of this.parts(content)) {
      const [from, to] = [Math.max(first - at, 0), Math.min(first + limit - at, refCount(refs))];
      if (from < to) wanted.push(refs.subarray(from * REF_BYTES, to * REF_BYTES));
      at += refCount(refs);
      if (at >= first + limit) break;
    }
    return Buffer.concat(wanted);
  }

  /** Ids of recipes that were last declared before this moment. */
  declaredBefore(ms: number): Uint8Array[] {
    return this.#database
      .prepare(SQL.old)
      .all(this.#workspace, ms)
      .map(({ content }) => content as Uint8Array);
  }

  forget(content: Uint8Array): void {
    this.#database.prepare(SQL.forgetParts).run(this.#workspace, content);
    this.#database.prepare(SQL.forget).run(this.#workspace, content);
  }

  #complete(content: Uint8Array, chunks: number): void {
    const digest = createHash('sha256');
    let [count, size] = [0, 0];
    for (const refs of this.parts(content)) {
      digest.update(refs);
      count += refCount(refs);
      for (const { length } of eachRef(refs)) {
        if (length === 0 || length > LIMITS.chunkBytesMax) throw invalidRecipe(content);
        size += length;
      }
    }
    if (count !== chunks || !digest.digest().equals(content)) throw invalidRecipe(content);
    this.#database.prepare(SQL.complete).run(size, this.#workspace, content);
  }
}

function invalidRecipe(content: Uint8Array): SyncError {
  return new SyncError(
    'server/invalid',
    `the list of chunks ${Buffer.from(content).toString('hex').slice(0, 16)}… is not what its id says; send it anew`,
  );
}
