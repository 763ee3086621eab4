import type { ServerDatabase } from '../database/server-database.ts';
import type { ChangeResult } from '../journal/change.ts';

const SQL = {
  find: 'select answer from requests where workspace = ? and author = ? and request = ?',
  keep: 'insert or replace into requests (workspace, author, request, answer, at_ms) values (?, ?, ?, ?, ?)',
  forget: 'delete from requests where at_ms < ?',
} as const;

/** Which request of whom. */
export interface RequestKey {
  /** Number of the workspace. */
  readonly workspace: number;
  readonly author: number;
  readonly request: string;
}

/** Answers to commits that changed something, so that one that is sent again after a lost connection is not done again. */
export class Answers {
  readonly #database: ServerDatabase;

  constructor(database: ServerDatabase) {
    this.#database = database;
  }

  find({ workspace, author, request }: RequestKey): ChangeResult[] | undefined {
    const found = this.#database.prepare(SQL.find).get(workspace, author, request);
    return found === undefined ? undefined : decodeAnswer(found.answer as string);
  }

  keep({ workspace, author, request }: RequestKey, answer: readonly ChangeResult[], atMs: number): void {
    this.#database.prepare(SQL.keep).run(workspace, author, request, encodeAnswer(answer), atMs);
  }

  forgetBefore(ms: number): void {
    this.#database.prepare(SQL.forget).run(ms);
  }
}

/** JSON knows no undefined: a conflict with nothing is a conflict with null there. */
function encodeAnswer(answer: readonly ChangeResult[]): string {
  return JSON.stringify(answer, (key, value: unknown) => (key === 'conflict' && value === undefined ? null : value));
}

/** Written by this server into its own database. */
function decodeAnswer(json: string): ChangeResult[] {
  const answer = JSON.parse(json) as (ChangeResult | { readonly conflict: null })[];
  return answer.map((result) => ('conflict' in result && result.conflict === null ? { conflict: undefined } : result) as ChangeResult);
}
