import { randomFillSync } from 'node:crypto';
import { advanceVector, type Entry, mergeVectors, toMicroseconds } from '@cloudsync/engine';
import type { ContentList, LiveRow, Row, TombstoneRow } from '../tree/row.ts';
import { areSameThings, liveRow } from './row-entry.ts';

/** Who changes rows. */
export interface Actor {
  /** 16 hex digits. */
  readonly actor: string;
  /** Milliseconds since 1970; never goes back. */
  readonly clock: () => number;
}

/** What a file has besides what its entry says. */
export interface Arrival {
  readonly hash?: string | undefined;
  readonly content?: ContentList;
}

/** Makes the rows of changes, with the version vectors that they get. */
export class RowMaker {
  readonly #options: Actor;
  readonly #ids = new RandomIds();

  constructor(options: Actor) {
    this.#options = options;
  }

  /**
   * The row of an entry in the place of `before`, which may be a tombstone or nothing.
   * @param isCarrier a folder that comes back only for what is in it: that is nobody's change, if its causes are known
   */
  make(before: Row | undefined, entry: Entry & Arrival, isCarrier = false): LiveRow {
    const live = liveRow(before);
    const id = live?.kind === entry.kind ? live.id : this.#ids.next();
    const row = withoutVector(id, entry);
    const isKnown = entry.vector !== undefined && (isCarrier || areSameThings({ ...row, vector: '' }, live));
    const vector = isKnown ? mergeVectors(before?.vector, entry.vector) : undefined;
    return { ...row, vector: vector ?? this.nextVector(before?.vector, entry.vector) };
  }

  /** What is left of a row that goes. The commit puts its number in. */
  bury(row: Row, given?: string | undefined): TombstoneRow {
    const vector = given === undefined ? this.nextVector(row.vector) : (mergeVectors(row.vector, given) ?? given);
    return this.#tombstone({ path: row.path, id: row.id, vector });
  }

  #tombstone(what: Pick<TombstoneRow, 'path' | 'id' | 'vector'>): TombstoneRow {
    return { kind: 'tombstone', mtimeMs: toMicroseconds(this.#options.clock()), sequence: 0, ...what };
  }

  /** The tombstone of a deletion elsewhere; undefined when what is there stays, or knows of it. */
  remember(path: string, row: Row | undefined, vector: string): TombstoneRow | undefined {
    if (row === undefined) return this.#tombstone({ path, id: this.#ids.next(), vector });
    return row.kind !== 'tombstone' || mergeVectors(row.vector, vector) === row.vector ? undefined : this.bury(row, vector);
  }

  move(row: LiveRow, path: string, before: Row | undefined): LiveRow {
    return { ...row, path, vector: this.nextVector(before?.vector) };
  }

  /**
   * The vector of a change: that of what it replaces, with what the change brings along; when that brings nothing new, or nothing, it is a
   * change of this actor's own.
   */
  nextVector(before: string | undefined, given?: string | undefined): string {
    const merged = mergeVectors(before, given);
    if (given !== undefined && merged !== undefined && merged !== before) return merged;
    return advanceVector(merged, this.#options.actor, Math.floor(this.#options.clock()));
  }
}

type WithoutVector<R> = R extends LiveRow ? Omit<R, 'vector'> : never;

function withoutVector(id: string, entry: Entry & Arrival): WithoutVector<LiveRow> {
  const { path, mode, hash, content } = entry;
  const common = { path, mtimeMs: toMicroseconds(entry.mtimeMs), mode: mode === undefined ? undefined : mode & 0o7777, id };
  if (entry.kind === 'folder') return { ...common, kind: 'folder' };
  if (entry.kind === 'symlink') return { ...common, kind: 'symlink', target: entry.target ?? '' };
  if (hash === undefined || content === undefined) throw new TypeError(`the file ${JSON.stringify(path)} has no content`);
  return { ...common, kind: 'file', size: entry.size, hash, content };
}

const ID_BYTES = 8;

/** Random ids, drawn many at a time: one by one they take longer than the rest of a small file's row. */
class RandomIds {
  readonly #bytes = Buffer.alloc(512 * ID_BYTES);
  #at = this.#bytes.length;

  /** 16 hex digits. */
  next(): string {
    if (this.#at === this.#bytes.length) {
      randomFillSync(this.#bytes);
      this.#at = 0;
    }
    this.#at += ID_BYTES;
    return this.#bytes.toString('hex', this.#at - ID_BYTES, this.#at);
  }
}
