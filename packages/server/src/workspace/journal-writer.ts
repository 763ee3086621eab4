import type { Row } from '@cloudsync/protocol';
import type { ServerDatabase } from '../database/server-database.ts';
import { GroupCommit } from '../journal/group-commit.ts';
import type { JournalTable } from '../journal/journal-table.ts';

const STAMP_BYTES = 8;

export interface JournalWriterOptions {
  readonly database: ServerDatabase;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly turn: () => Promise<void>;
}

/** All that is written to the journals of a server: commits share transactions, and each transaction signs what it appended. */
export class JournalWriter {
  readonly #group: GroupCommit;
  /** Journals that the present transaction has appended to, and how far. */
  readonly #appended = new Map<JournalTable, number>();

  constructor({ database, randomBytes, turn }: JournalWriterOptions) {
    this.#group = new GroupCommit({
      database,
      turn,
      begin: () => this.#appended.clear(),
      beforeCommit: () => {
        for (const [table, sequence] of this.#appended) table.stamp(sequence, randomBytes(STAMP_BYTES));
      },
    });
  }

  /** See {@link GroupCommit.run}. */
  run<T>(work: () => T, published?: (result: T) => void): Promise<T> {
    return this.#group.run(work, published);
  }

  /** The last thing that `work` does with a journal. */
  appended(table: JournalTable, rows: readonly Row[]): void {
    const last = rows.at(-1);
    if (last !== undefined) this.#appended.set(table, last.sequence);
  }
}
