import type { ServerDatabase } from '../database/server-database.ts';

/** Work of one commit. */
interface Job {
  readonly work: () => unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** Told after the transaction is durable, in the order of the work. */
  readonly published: (result: unknown) => void;
}

export interface GroupCommitOptions {
  readonly database: ServerDatabase;
  /** Called inside the transaction before all work, and after all work that succeeded. */
  readonly begin: () => void;
  readonly beforeCommit: () => void;
  /** Lets others have a turn, between two transactions. */
  readonly turn: () => Promise<void>;
}

/** So many commits share a transaction at most: what comes after them waits no longer than a moment. */
const JOBS_MAX = 500;

/**
 * Group commit: what is asked while one transaction is being made durable goes into the next, so that all of it waits for one flush of the disk.
 * DeWitt et al., "Implementation Techniques for Main Memory Database Systems" (1984), section 5.2.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  #waiting: Job[] = [];
  #isRunning = false;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /**
   * Runs synchronous `work` inside a transaction. What it throws undoes it, and nothing else.
   * @param published told of the result once it is durable, before this resolves
   */
  run<T>(work: () => T, published: (result: T) => void = () => undefined): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#waiting.push({ work, reject, resolve: resolve as Job['resolve'], published: published as Job['published'] });
    if (!this.#isRunning) void this.#drain();
    return promise;
  }

  async #drain(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      await this.#commit();
      // Whoever heard that his commit is done, or has sent another meanwhile, gets a turn.
      await this.#options.turn();
    }
    this.#isRunning = false;
  }

  async #commit(): Promise<void> {
    const { database, begin, beforeCommit } = this.#options;
    let jobs: Job[] = [];
    const settle: (() => void)[] = [];
    try {
      await database.transaction(() => {
        jobs = this.#take();
        begin();
        for (const job of jobs) settle.push(this.#attempt(job));
        beforeCommit();
      });
    } catch (error) {
      // When not even a transaction could begin, whoever waits is told why.
      for (const { reject } of jobs.length > 0 ? jobs : this.#take()) reject(error);
      return;
    }
    for (const tell of settle) tell();
  }

  #take(): Job[] {
    return this.#waiting.splice(0, JOBS_MAX);
  }

  /** @returns what tells the caller once the transaction is durable */
  #attempt({ work, resolve, reject, published }: Job): () => void {
    const { database } = this.#options;
    try {
      const result = database.savepoint(work);
      return () => {
        published(result);
        resolve(result);
      };
    } catch (error) {
      // After some errors (a full disk) SQLite has undone everything, the work of others too.
      if (!database.isInTransaction) throw error;
      return () => reject(error);
    }
  }
}
