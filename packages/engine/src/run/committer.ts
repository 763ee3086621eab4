import type { Side } from '../model/entry.ts';
import type { Agreement, Doomed } from '../model/tree-schema.ts';
import type { Storage } from '../storage.ts';
import type { StateSide, SyncStateManager } from './state-manager.ts';

const COMMIT_INTERVAL_MS = 5000;

export interface CommitterOptions {
  readonly state: SyncStateManager;
  readonly storages: Readonly<Record<Side, Storage>>;
  readonly sides: Readonly<Record<Side, StateSide>>;
  readonly now: () => number;
  readonly watch?: CommitWatch | undefined;
}

/** Told of what enters the last state. */
export interface CommitWatch {
  noted(agreement: Agreement): void;
  /** Awaited before something is recorded. */
  committing(): Promise<void>;
}

/**
 * Brings agreements into the last state, in this order and no other: write the data, flush both storages, commit the
 * state. The giver is flushed too: a user's own edit may still be in memory only. What is noted while a flush runs waits for the next one: state never vouches for data that is not on disk.
 */
export class Committer {
  readonly #options: CommitterOptions;
  #noted: Agreement[] = [];
  #lastCommitMs: number;
  #running: Promise<void> | undefined;
  #last: Promise<void> | undefined;
  /** Why a flush failed. It may have undone what is noted by now or comes to be noted while it ran: nothing counts after it. */
  #failure: { readonly error: unknown } | undefined;

  constructor(options: CommitterOptions) {
    this.#options = options;
    this.#lastCommitMs = options.now();
  }

  /** Notes what both sides agree on now. */
  note(agreement: Agreement): void {
    this.#noted.push(agreement);
    this.#options.watch?.noted(agreement);
  }

  /** Commits in the background when the last commit is some seconds ago, so that a crash costs little. */
  commitSometimes(files: Readonly<Record<Side, number>>): void {
    if (this.#running !== undefined || this.#noted.length === 0 || this.#options.now() - this.#lastCommitMs < COMMIT_INTERVAL_MS) return;
    this.#running = this.#commit(files).finally(() => {
      this.#running = undefined;
      this.#lastCommitMs = this.#options.now();
    });
    // The failure is met by finish(), which awaits the same promise.
    this.#running.catch(() => undefined);
    this.#last = this.#running;
  }

  /** Makes durable what is noted so far, and that these deletions are about to be made, before they are. */
  async announce(doomed: readonly Doomed[]): Promise<void> {
    const { state, sides, now } = this.#options;
    await this.#last;
    await this.#flushNoted();
    await state.announce(doomed, sides, now());
  }

  async #commit(files: Readonly<Record<Side, number>>): Promise<void> {
    const { state, sides, now } = this.#options;
    await this.#flushNoted();
    await state.commit(sides, files, now());
  }

  async #flushNoted(): Promise<void> {
    const { state } = this.#options;
    const noted = this.#noted;
    this.#noted = [];
    if (noted.length > 0) {
      const agreed = noted.map(({ path }) => path);
      await Promise.all([this.flush('source', agreed), this.flush('destination', agreed)]);
      if (this.#options.watch !== undefined) await this.#options.watch.committing();
    }
    if (this.#failure !== undefined && noted.length > 0) throw this.#failure.error;
    for (const agreement of noted) state.record(agreement);
  }

  /** Makes what was written to one side durable, also in the middle of a run. After a failure this run agrees on nothing more. */
  async flush(side: Side, agreed?: readonly string[]): Promise<void> {
    try {
      await this.#options.storages[side].flush?.(agreed);
    } catch (error) {
      this.#failure ??= { error };
      throw error;
    }
  }

  /** Ends the run: everything noted becomes durable. */
  async finish(files: Readonly<Record<Side, number>>): Promise<void> {
    await this.#last;
    await this.#flushNoted();
    await this.#options.state.finish(this.#options.sides, files, this.#options.now());
  }
}
