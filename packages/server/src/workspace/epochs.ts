import type { RandomBytes } from '../access/resource-ids.ts';
import type { ServerDatabase } from '../database/server-database.ts';
import type { Witness } from './witness.ts';

/** So far a journal goes on before the witness is told again. */
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

  /** Gives every workspace that is behind its witness a new epoch. @returns their ids */
  async renew(database: ServerDatabase): Promise<string[]> {
    return database.transaction(() => {
      const behind: string[] = [];
      for (const { id, head } of database.prepare('select id, head from workspaces').all()) {
        if ((head as number) >= (this.#told.get(id as string) ?? 0)) continue;
        database.prepare('update workspaces set epoch = ? where id = ?').run(this.create(), id as string);
        this.#told.set(id as string, head as number);
        behind.push(id as string);
      }
      return behind;
    });
  }

  /** A journal is durable up to here. */
  reached(workspace: string, head: number): void {
    if (head < (this.#told.get(workspace) ?? 0) + WITNESS_STEP) return;
    this.#told.set(workspace, head);
    this.#witness.write(this.#told);
  }

  /** At the end all is told exactly. */
  close(heads: ReadonlyMap<string, number>): void {
    this.#witness.write(heads);
  }
}
