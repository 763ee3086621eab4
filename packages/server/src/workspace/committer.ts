import { SyncError } from '@cloudsync/engine';
import { LIMITS, type Row } from '@cloudsync/protocol';
import type { WorkspaceSettings } from '@cloudsync/protocol/rest/workspaces';
import type { WorkspaceContent } from '../content/workspace-content.ts';
import type { ServerDatabase } from '../database/server-database.ts';
import type { Change, ChangeResult } from '../journal/change.ts';
import type { Refusal } from '../journal/change-rules.ts';
import { type CommitContext, type Decision, decideCommit } from '../journal/decide-commit.ts';
import type { Move } from '../journal/draft.ts';
import type { JournalTable } from '../journal/journal-table.ts';
import { trimVersions } from '../versions/trim-versions.ts';
import { Answers, type RequestKey } from './answers.ts';
import { type Caller, provenOf } from './caller.ts';
import type { JournalWriter } from './journal-writer.ts';
import { parseSettings, quotaOf } from './settings.ts';

export interface CommitterOptions {
  readonly database: ServerDatabase;
  readonly writer: JournalWriter;
  /** Number of the workspace. */
  readonly workspace: number;
  readonly table: JournalTable;
  readonly content: WorkspaceContent;
  readonly now: () => number;
  /** Told of moves inside the transaction that makes them. */
  readonly onMoves: (moves: readonly Move[]) => void;
  /** Told of rows once they are durable, before the commit's promise resolves. */
  readonly onDone: (done: DoneCommit) => void;
}

/** What a commit appended. */
export interface DoneCommit {
  readonly rows: readonly Row[];
  readonly moves: readonly Move[];
  readonly caller: Caller;
  readonly requestId: string | undefined;
  /** Contents of small files among the rows, by `content`. */
  readonly inline: ReadonlyMap<string, Uint8Array>;
}

export interface Commit {
  readonly changes: readonly Change[];
  /** One conflict or refusal refuses all. */
  readonly atomic: boolean;
  /** A commit of the same author that was done under this id is not done again; its answer is kept for a day. */
  readonly requestId?: string | undefined;
  /** Chunks that the changes refer to. */
  readonly inline?: readonly Uint8Array[] | undefined;
}

export interface CommitAnswer {
  /** Of each change, in the order asked; none when something was missing. */
  readonly results: readonly ChangeResult[];
  /** Contents (hex) of which chunks are missing. When there are any, nothing was changed. */
  readonly missing: readonly string[];
}

/** Thrown out of a transaction to undo it: contents are not there, or not safe yet. */
class NotYet extends Error {
  /** In hex. */
  readonly contents: readonly string[];
  /** They are here and only have to be written. */
  readonly isUnsettled: boolean;

  constructor(contents: Iterable<string>, isUnsettled: boolean) {
    super('contents are missing');
    this.contents = [...contents];
    this.isUnsettled = isUnsettled;
  }
}

/** Others put chunks all the time; those of one commit are settled by the first attempt. */
const SETTLE_ATTEMPTS = 3;

/** Decides about commits inside the transaction that appends their rows. */
export class Committer {
  readonly #options: CommitterOptions;
  readonly #answers: Answers;

  constructor(options: CommitterOptions) {
    this.#options = options;
    this.#answers = new Answers(options.database);
  }

  /** @throws SyncError `storage/no-space`, `storage/io`, `server/invalid` */
  async commit(caller: Caller, commit: Commit): Promise<CommitAnswer> {
    const { content } = this.#options;
    const inline = this.#inline(caller, commit);
    await content.packs.ready();
    for (let attempt = 0; ; attempt++) {
      try {
        const results = await this.write(caller, commit.requestId, { inline, decide: (context) => this.#decide(caller, commit, context) });
        return { results, missing: [] };
      } catch (error) {
        if (!(error instanceof NotYet)) throw error;
        if (!error.isUnsettled || attempt === SETTLE_ATTEMPTS) return { results: [], missing: error.contents };
        await content.packs.settle();
      }
    }
  }

  /** Appends the rows of a decision that is taken inside the transaction. */
  async write(
    caller: Caller,
    requestId: string | undefined,
    { inline = new Map(), decide }: { inline?: ReadonlyMap<string, Uint8Array>; decide: (context: CommitContext) => Decision },
  ): Promise<readonly ChangeResult[]> {
    const { writer, onDone } = this.#options;
    const key: RequestKey | undefined =
      requestId === undefined ? undefined : { workspace: this.#options.workspace, author: caller.author, request: requestId };
    const { results } = await writer.run(
      () => this.#append(caller, key, { inline, decide }),
      ({ rows, moves }) => {
        if (rows.length > 0) onDone({ rows, moves, caller, requestId, inline: smallAmong(inline, rows) });
      },
    );
    return results;
  }

  #append(
    caller: Caller,
    key: RequestKey | undefined,
    { inline, decide }: { inline: ReadonlyMap<string, Uint8Array>; decide: (context: CommitContext) => Decision },
  ): Pick<Decision, 'rows' | 'results' | 'moves'> {
    const { database, table, workspace, writer, content, now } = this.#options;
    const before = key === undefined ? undefined : this.#answers.find(key);
    if (before !== undefined) return { rows: [], results: before, moves: [] };
    const atMs = Math.floor(now());
    for (const [id, bytes] of inline) content.inline.put(Buffer.from(id, 'hex'), bytes, atMs);
    const { usage, head, settings: json } = table.state;
    const settings: WorkspaceSettings = parseSettings(json);
    const context = { tree: table, sequence: head, usage, atMs, author: caller.author, rights: caller.rights, quota: quotaOf(settings) };
    const decision = decide(context);
    if (decision.rows.length === 0) return decision;
    table.append(decision.rows, decision.usage);
    if (decision.moves.length > 0) this.#options.onMoves(decision.moves);
    trimVersions({ database, workspace }, settings, decision.rows);
    if (key !== undefined) this.#answers.keep(key, decision.results, atMs);
    writer.appended(table, decision.rows);
    return decision;
  }

  /** @throws NotYet */
  #decide(caller: Caller, { changes, atomic }: Commit, context: CommitContext): Decision {
    const proven = provenOf(caller);
    const [missing, unsettled] = [new Set<string>(), new Set<string>()];
    const refusals = new Map<number, Refusal>();
    changes.forEach((change, index) => {
      if (!('put' in change) || change.put.content === undefined) return;
      const usable = this.#options.content.usable(change.path, change.put, proven);
      if (usable === 'missing') missing.add(change.put.content);
      else if (usable === 'unsettled') unsettled.add(change.put.content);
      else if (usable !== 'yes') refusals.set(index, usable);
    });
    if (missing.size > 0) throw new NotYet(missing, false);
    if (unsettled.size > 0) throw new NotYet(unsettled, true);
    return decideCommit(context, { changes, atomic, refusals });
  }

  /** Names the chunks that came with a commit. */
  #inline(caller: Caller, { inline = [], changes }: Commit): ReadonlyMap<string, Uint8Array> {
    const { content } = this.#options;
    if (changes.length > LIMITS.changesMax) throw new SyncError('server/invalid', `a commit has at most ${LIMITS.changesMax} changes`);
    const named = new Map<string, Uint8Array>();
    for (const bytes of inline) {
      if (bytes.length === 0 || bytes.length > LIMITS.chunkBytesMax) throw new SyncError('server/invalid', 'a chunk has 1 byte to 1 MiB');
      const id = content.idOf(bytes);
      caller.proven?.add(id);
      named.set(id.toString('hex'), bytes);
    }
    return named;
  }
}

/** Contents that travel with the rows that tell of them. */
function smallAmong(inline: ReadonlyMap<string, Uint8Array>, rows: readonly Row[]): ReadonlyMap<string, Uint8Array> {
  const small = new Map<string, Uint8Array>();
  for (const { content, chunks } of rows) {
    const bytes = chunks === 1 && content !== undefined ? inline.get(content) : undefined;
    if (content !== undefined && bytes !== undefined && bytes.length <= LIMITS.inlineBytesMax) small.set(content, bytes);
  }
  return small;
}
