import type { ServerDatabase } from '../database/server-database.ts';

/** Who made a row. */
export interface Author {
  /** Id of the user. */
  readonly user: string;
  /** Id of the device; '' when it was none. */
  readonly device: string;
}

const NOBODY: Author = { user: '', device: '' };

/** Numbers for users with devices: a row names its author with one. 0 is the server itself. */
export class Authors {
  readonly #database: ServerDatabase;
  readonly #numbers = new Map<string, number>();
  readonly #names = new Map<number, Author>();

  constructor(database: ServerDatabase) {
    this.#database = database;
  }

  /** One that is new is written at once. */
  numberOf({ user, device }: Author): number {
    const key = JSON.stringify([user, device]);
    const known = this.#numbers.get(key) ?? this.#store(user, device);
    this.#numbers.set(key, known);
    return known;
  }

  nameOf(number: number): Author {
    const known = this.#names.get(number) ?? this.#load(number);
    this.#names.set(number, known);
    return known;
  }

  #store(user: string, device: string): number {
    this.#database.prepare('insert or ignore into authors (user, device) values (?, ?)').run(user, device);
    return this.#database.prepare('select number from authors where user = ? and device = ?').get(user, device)?.number as number;
  }

  #load(number: number): Author {
    const found = this.#database.prepare('select user, device from authors where number = ?').get(number);
    return found === undefined ? NOBODY : { user: found.user as string, device: found.device as string };
  }
}
