import { type Environment, SyncError } from '@cloudsync/engine';
import type { Params, Result, WireChange, WireResult } from '@cloudsync/protocol';
import { errorOfWire, unreachable } from './wire-error.ts';

/** One change of the workspace, with the chunks that it brings along. */
export interface CommitItem {
  readonly change: WireChange;
  /** Small chunks that the change refers to, and that the server may not have yet. */
  readonly inline?: readonly Uint8Array[] | undefined;
}

/** What the change made. */
export interface Committed {
  readonly sequence: number;
  /** Of the entry. */
  readonly id: number;
}

export interface CommitQueueOptions {
  readonly environment: Environment;
  /** Sends a commit to the server. */
  readonly send: (commit: Omit<Params<'commit'>, 'workspace'>) => Promise<Result<'commit'>>;
  /** Resolves when there is a connection again. @throws SyncError when there is none to be had now */
  readonly reconnected: () => Promise<void>;
  /** Of the workspace: numbers of one history mean something else in another. */
  readonly identity: () => string | undefined;
}

const CHANGES_MAX = 1000;
const BYTES_MAX = 1 << 20;
/** So many full commits are on their way at once; the next one is made while they are. */
const IN_FLIGHT_MAX = 4;
/** A commit whose answer was lost is sent again, with its id, so that it is not done twice. */
const ATTEMPTS = 3;

interface Waiting extends CommitItem {
  readonly bytes: number;
  readonly done: PromiseWithResolvers<Committed>;
}

/**
 * Gathers changes into commits: what is asked for while a commit is on its way goes into the next one. So a single change leaves at once, and
 * thousands go in a few frames.
 */
export class CommitQueue {
  readonly #options: CommitQueueOptions;
  readonly #name: string;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #inFlight = 0;
  #commits = 0;
  #isScheduled = false;

  constructor(options: CommitQueueOptions) {
    this.#options = options;
    this.#name = Math.floor(options.environment.random() * 2 ** 48).toString(36);
  }

  /** @throws SyncError `storage/changed` when something else is there than `base` says; what else the server answered */
  commit(item: CommitItem): Promise<Committed> {
    const bytes = (item.inline ?? []).reduce((sum, { length }) => sum + length, 0);
    const done = Promise.withResolvers<Committed>();
    this.#waiting.push({ ...item, bytes, done });
    this.#waitingBytes += bytes;
    this.#schedule();
    return done.promise;
  }

  /** Only when all that goes on now has gone on: what is asked for together travels together. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      while (this.#waiting.length > 0 && this.#mayGo()) void this.#go(this.#take());
    });
  }

  #mayGo(): boolean {
    if (this.#inFlight === 0) return true;
    const isFull = this.#waiting.length >= CHANGES_MAX || this.#waitingBytes >= BYTES_MAX;
    return isFull && this.#inFlight < IN_FLIGHT_MAX;
  }

  #take(): Waiting[] {
    let count = 0;
    let bytes = 0;
    while (count < this.#waiting.length && count < CHANGES_MAX && (count === 0 || bytes < BYTES_MAX)) {
      bytes += (this.#waiting[count] as Waiting).bytes;
      count++;
    }
    this.#waitingBytes -= bytes;
    return this.#waiting.splice(0, count);
  }

  async #go(items: readonly Waiting[]): Promise<void> {
    this.#inFlight++;
    try {
      const { results, missing } = await this.#send(items);
      if (missing.length > 0) this.#sortOut(items, missing);
      else for (const [at, item] of items.entries()) settle(item, results[at]);
    } catch (error) {
      for (const { done } of items) done.reject(error);
    } finally {
      this.#inFlight--;
      this.#schedule();
    }
  }

  async #send(items: readonly Waiting[]): Promise<Result<'commit'>> {
    const commit = {
      requestId: `${this.#name}.${++this.#commits}`,
      atomic: false,
      changes: items.map(({ change }) => change),
      inline: items.flatMap(({ inline }) => inline ?? []),
    };
    const { identity } = this.#options;
    const before = identity();
    for (let attempt = 1; ; attempt++) {
      try {
        if (identity() !== before) throw unreachable('the workspace was put back meanwhile; sync again');
        return await this.#options.send(commit);
      } catch (error) {
        if (attempt === ATTEMPTS || !SyncError.is(error, 'storage/unreachable')) throw error;
        await this.#options.reconnected();
      }
    }
  }

  /** Some contents are not at the server although they were sent: who waits for those has to send them again, the others go on. */
  #sortOut(items: readonly Waiting[], missing: readonly Uint8Array[]): void {
    const lost = new Set(missing.map(keyOf));
    const isLost = ({ change }: Waiting): boolean =>
      'put' in change && change.put.content !== undefined && lost.has(keyOf(change.put.content));
    const others = items.filter((item) => !isLost(item));
    // When nobody can be told by name, all are: it must come to an end.
    for (const item of others.length === items.length ? items : items.filter(isLost)) {
      const { path } = item.change;
      const message = `the content of ${JSON.stringify(path)} is no longer at the server; it is sent again`;
      item.done.reject(new SyncError('content/missing', message, { path, retryable: true }));
    }
    if (others.length === items.length) return;
    this.#waiting.unshift(...others);
    this.#waitingBytes += others.reduce((sum, { bytes }) => sum + bytes, 0);
  }
}

function settle({ change: { path }, done }: Waiting, result: WireResult | undefined): void {
  if (result === undefined) {
    done.reject(new SyncError('server/invalid', `the server did not say what became of ${JSON.stringify(path)}; run again`, { path }));
  } else if ('error' in result) {
    done.reject(errorOfWire({ code: result.error, message: result.message }, path));
  } else if ('conflict' in result) {
    const message = `${JSON.stringify(path)} changed at the server while the sync ran; it is looked at again in the next run`;
    done.reject(new SyncError('storage/changed', message, { path }));
  } else done.resolve(result);
}

function keyOf(id: Uint8Array): string {
  return String.fromCharCode(...id);
}
