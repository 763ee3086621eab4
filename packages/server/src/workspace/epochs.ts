import type { RandomBytes } from '../access/resource-ids.ts';
import type { ServerDatabase } from '../database/server-database.ts';
import type { Witness } from './witness.ts';

/** So far a journal goes on, at most, before the witness is told again; a young one is told of more often. */
const WITNESS_STEP = 1_000;

/** Epochs of journals: each names one uninterrupted history. */
export class Epochs {
  readonly #witness: Witness;
  readonly #randomBytes: RandomBytes;
  readonly #told: Map<string, number>;

  constructor(witness: Witness, randomBytes: RandomBytes) {
    this.#witness = witness;
    this.#randomBytes = randomBytes;
    this.#told = new Map(witness.read());
  }

  create(): string {
    return Buffer.from(this.#randomBytes(8)).toString('hex');
  }

  /** At the start: every workspace that is behind its witness gets a new epoch, and the witness is told how far they are. */
  async renew(database: ServerDatabase): Promise<void> {
    await database.transaction(() => {
      for (const { id, head } of database.prepare('select id, head from workspaces').all() as { id: string; head: number }[]) {
        if (head < (this.#told.get(id) ?? 0)) database.prepare('update workspaces set epoch = ? where id = ?').run(this.create(), id);
        this.#told.set(id, head);
      }
    });
    this.#witness.write(this.#told);
  }

  /** A journal is durable up to here. */
  reached(workspace: string, head: number): void {
    const told = this.#told.get(workspace) ?? 0;
    if (head < told + Math.min(Math.max(told, 1), WITNESS_STEP)) return;
    this.#told.set(workspace, head);
    this.#witness.write(this.#told);
  }

  /** At the end all is told exactly. */
  close(heads: ReadonlyMap<string, number>): void {
    this.#witness.write(heads);
  }
}
