import { SyncError } from '../model/error.ts';
import { comparePaths, isWithin } from '../model/path.ts';
import type { StateFile } from './state-directory.ts';
import { pathOfRow } from './tree-file.ts';

const BLOCK_BYTES = 16 * 1024;
/** Enough for a row or two. */
const PROBE_BYTES = 1024;
/** Walking over so many rows costs about as much as a search. */
const NEAR_ROWS = 50;
const NEWLINE = 10;
const COMMA = 44;
const CLOSE = 125;
/** The `{` and line break before the first row. */
const HEADER_BYTES = 2;

/**
 * The rows of some paths and of everything below them, in order, in batches. A tree file is sorted, so a row is found by
 * bisection: what a few paths cost does not grow with the tree. Paths that are near each other cost one search.
 * @throws SyncError `state/corrupt` when what is read is no part of a tree file
 */
export async function* rowsWithin(file: StateFile, tops: readonly string[]): AsyncGenerator<string[]> {
  let cursor: RowCursor | undefined;
  for (const top of outermost(tops)) {
    if (cursor === undefined || !(await cursor.forwardTo(top))) {
      cursor = new RowCursor(rowsFrom(file, await seek(file, top)));
      await cursor.next();
    }
    const batch: string[] = [];
    for (; cursor.row !== undefined; await cursor.next()) {
      const path = pathOfRow(cursor.row);
      if (isWithin(top, path)) batch.push(cursor.row);
      else if (comparePaths(path, top) > 0) break;
    }
    if (batch.length > 0) yield batch;
  }
}

/** Walks rows that lie one behind the other. */
class RowCursor {
  /** Undefined behind the last, and before the first `next`. */
  row: string | undefined;
  readonly #rows: AsyncGenerator<string>;

  constructor(rows: AsyncGenerator<string>) {
    this.#rows = rows;
  }

  async next(): Promise<void> {
    const { value, done } = await this.#rows.next();
    this.row = done === true ? undefined : value;
  }

  /** Moves to the first row that is not before `path`. @returns false when that is far away */
  async forwardTo(path: string): Promise<boolean> {
    for (let rows = 0; this.row !== undefined && comparePaths(pathOfRow(this.row), path) < 0; rows++) {
      if (rows === NEAR_ROWS) return false;
      await this.next();
    }
    return true;
  }
}

/** The row of exactly this path. */
export async function rowOf(file: StateFile, path: string): Promise<string | undefined> {
  for await (const row of rowsFrom(file, await seek(file, path))) {
    const order = comparePaths(pathOfRow(row), path);
    if (order === 0) return row;
    if (order > 0) return undefined;
  }
  return undefined;
}

/** In path order, without those that lie below another. */
function outermost(paths: readonly string[]): string[] {
  const kept: string[] = [];
  for (const path of [...new Set(paths)].sort(comparePaths)) {
    const last = kept.at(-1);
    if (last === undefined || !isWithin(last, path)) kept.push(path);
  }
  return kept;
}

/** Where a row begins before which no row has `path` or a later one. It is at most a block before the first that has. */
async function seek(file: StateFile, path: string): Promise<number> {
  let low = HEADER_BYTES;
  let high = file.size;
  while (high - low > BLOCK_BYTES) {
    const middle = Math.floor((low + high) / 2);
    const next = await lineBehind(file, middle);
    if (next === undefined || next.start >= high || comparePaths(pathOfRow(next.row), path) >= 0) high = middle;
    else low = next.start;
  }
  return low;
}

/** The first row that begins behind `offset`. */
async function lineBehind(file: StateFile, offset: number): Promise<Line | undefined> {
  let isPart = true;
  for await (const line of linesFrom(file, offset, PROBE_BYTES)) {
    if (!isPart) return line;
    isPart = false;
  }
  return undefined;
}

/** The rows from a beginning of a row on. */
async function* rowsFrom(file: StateFile, offset: number): AsyncGenerator<string> {
  for await (const { row } of linesFrom(file, offset, BLOCK_BYTES)) yield row;
}

interface Line {
  /** Bytes from the beginning of the file. */
  readonly start: number;
  readonly row: string;
}

/** Lines up to the closing one, without their commas; the first is a part of one where `offset` lies in a line. */
async function* linesFrom(file: StateFile, offset: number, blockBytes: number): AsyncGenerator<Line> {
  const decoder = new TextDecoder();
  let rest = new Uint8Array();
  for (let at = offset, end = offset; ; ) {
    const block = await file.read(end, blockBytes);
    if (block.length === 0) throw new SyncError('state/corrupt', 'the last state is cut short');
    end += block.length;
    rest = joined(rest, block);
    let start = 0;
    for (let newline = rest.indexOf(NEWLINE); newline >= 0; newline = rest.indexOf(NEWLINE, start)) {
      if (rest[start] === CLOSE && newline === start + 1) return;
      yield { start: at + start, row: decoder.decode(rest.subarray(start, rest[newline - 1] === COMMA ? newline - 1 : newline)) };
      start = newline + 1;
    }
    rest = rest.subarray(start);
    at += start;
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
