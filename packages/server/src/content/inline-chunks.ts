import type { ServerDatabase } from '../database/server-database.ts';

const SQL = {
  put: 'insert or ignore into chunks (workspace, id, bytes, at_ms) values (?, ?, ?, ?)',
  length: 'select length(bytes) as length from chunks where workspace = ? and id = ?',
  get: 'select bytes from chunks where workspace = ? and id = ?',
  forget: 'delete from chunks where workspace = ? and id = ?',
  before: 'select id, length(bytes) as length from chunks where workspace = ? and at_ms < ?',
} as const;

/** Chunks that came inside commits lie in the database: one flush makes file and journal durable. What writes runs inside a transaction. */
export class InlineChunks {
  readonly #database: ServerDatabase;
  readonly #workspace: number;

  constructor(database: ServerDatabase, workspace: number) {
    this.#database = database;
    this.#workspace = workspace;
  }

  put(id: Uint8Array, bytes: Uint8Array, atMs: number): void {
    this.#database.prepare(SQL.put).run(this.#workspace, id, bytes, atMs);
  }

  lengthOf(id: Uint8Array): number | undefined {
    return this.#database.prepare(SQL.length).get(this.#workspace, id)?.length as number | undefined;
  }

  get(id: Uint8Array): Uint8Array | undefined {
    return this.#database.prepare(SQL.get).get(this.#workspace, id)?.bytes as Uint8Array | undefined;
  }

  forget(id: Uint8Array): void {
    this.#database.prepare(SQL.forget).run(this.#workspace, id);
  }

  /** Those that came before this moment. */
  olderThan(ms: number): { readonly id: Uint8Array; readonly length: number }[] {
    return this.#database
      .prepare(SQL.before)
      .all(this.#workspace, ms)
      .map(({ id, length }) => ({ id: id as Uint8Array, length: length as number }));
  }
}
