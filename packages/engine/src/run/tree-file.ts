import { SyncError } from '../model/error.ts';
import { comparePaths } from '../model/path.ts';

/*
 * A tree file is `{`, rows joined by `,` and a line break, `}`: one JSON object in the seed's shape, one row a line, in
 * path order. Reading and rewriting it parses nothing (docs/formats/sync-state.md).
 */

/** Says where a row's path ends; see encodeHead. */
const PATH_END = ':{"is_dir":';
const COMMA = 44;
const CLOSE = 125;
const CHUNK_CHARS = 256 * 1024;
const ROW_BREAK = ',\n';

/** The path of a row or head, given its text. The marker cannot occur inside a path, whose quotes are escaped. */
export function pathOfRow(row: string): string {
  const end = row.indexOf(PATH_END);
  if (end <= 0) throw new SyncError('state/corrupt', 'a row of the last state has no path');
  const key = row.slice(0, end);
  if (!key.includes('\\')) return key.slice(1, -1);
  try {
    return JSON.parse(key) as string;
  } catch (cause) {
    throw new SyncError('state/corrupt', 'a row of the last state has no path', { cause });
  }
}

/**
 * Walks the rows of a tree file. `text`, `start` and `end` delimit the current row (its comma included), so that
 * comparing it copies nothing.
 * @throws SyncError `state/corrupt` when the text is not a whole tree file
 */
export class RowReader {
  text = '';
  start = 0;
  end = 0;
  #next = 0;
  #opened = false;
  #finished = false;
  readonly #chunks: AsyncIterator<string>;

  constructor(chunks: AsyncIterable<string>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Moves to the next row; false at the end. A plain boolean while the row is already in memory. */
  next(): boolean | Promise<boolean> {
    if (this.#finished) return false;
    const line = this.#opened ? this.text.indexOf('\n', this.#next) : -1;
    return line < 0 ? this.#fill() : this.#take(line);
  }

  #take(line: number): boolean {
    if (this.text.charCodeAt(this.#next) === CLOSE) {
      this.#finished = true;
      return false;
    }
    this.start = this.#next;
    this.end = line;
    this.#next = line + 1;
    return true;
  }

  async #fill(): Promise<boolean> {
    for (;;) {
      const chunk = await this.#chunks.next();
      if (chunk.done) throw new SyncError('state/corrupt', 'the last state is cut short');
      this.text = this.text.slice(this.#next) + chunk.value;
      this.#next = 0;
      if (!this.#opened) {
        if (this.text.length < 2) continue;
        if (!this.text.startsWith('{\n')) throw new SyncError('state/corrupt', 'the last state is not a tree file');
        this.#opened = true;
        this.#next = 2;
      }
      const line = this.text.indexOf('\n', this.#next);
      if (line >= 0) return this.#take(line);
    }
  }

  /** Moves on to the last row that is in memory; gives all that it passed, joined as in the file, and undefined at the end. */
  async nextBlock(): Promise<string | undefined> {
    if (!(await this.next())) return undefined;
    const start = this.start;
    let end = this.text.lastIndexOf('\n');
    const lastLine = this.text.lastIndexOf('\n', end - 1) + 1;
    if (lastLine > start && this.text.charCodeAt(lastLine) === CLOSE) end = lastLine - 1;
    this.#next = end + 1;
    return this.text.slice(start, this.text.charCodeAt(end - 1) === COMMA ? end - 1 : end);
  }

  /** Lets go of what it reads from, when not everything was read. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  /** The current row without its comma. */
  get row(): string {
    return this.text.slice(this.start, this.text.charCodeAt(this.end - 1) === COMMA ? this.end - 1 : this.end);
  }
}

/** Changes to a tree file in path order: a row replaces or adds, null removes. */
export type Overlay = readonly (readonly [path: string, row: string | null])[];

/**
 * The rows of `base` with `overlay` laid over them, in order, in batches of texts of one or more rows. Most rows are passed
 * on in blocks: only where a change belongs is looked for, by bisection.
 */
export async function* overlayRows(base: RowReader | undefined, overlay: Overlay): AsyncGenerator<string[]> {
  let at = 0;
  try {
    for (let block = await base?.nextBlock(); block !== undefined; block = await base?.nextBlock()) {
      const batch: string[] = [];
      let passed = 0;
      for (; at < overlay.length; at++) {
        const [path, row] = overlay[at] as Overlay[number];
        const place = placeOf(path, block, passed);
        // It belongs behind this block, or in front of the next.
        if (place.start === block.length) break;
        if (place.start > passed) batch.push(block.slice(passed, place.start - ROW_BREAK.length));
        if (row !== null) batch.push(row);
        passed = place.end;
      }
      if (passed < block.length) batch.push(block.slice(passed));
      yield batch;
    }
  } finally {
    await base?.close();
  }
  const added = overlay.slice(at).flatMap(([, row]) => row ?? []);
  if (added.length > 0) yield added;
}

/** The rows of some paths, which are in order: each is looked for by bisection in the block where it must be. */
export async function* findRows(base: RowReader, paths: readonly string[]): AsyncGenerator<string> {
  let at = 0;
  try {
    for (let block = await base.nextBlock(); block !== undefined && at < paths.length; block = await base.nextBlock()) {
      for (let passed = 0; at < paths.length; at++) {
        const { start, end } = placeOf(paths[at] as string, block, passed);
        if (start === block.length) break;
        if (end > start) yield block.endsWith(ROW_BREAK, end) ? block.slice(start, end - ROW_BREAK.length) : block.slice(start, end);
        passed = end;
      }
    }
  } finally {
    await base.close();
  }
}

/**
 * Where the row of a path is in a block of rows, or where it would be: then `start` and `end` are the same.
 * @param from where a row begins; those before it are not looked at
 */
function placeOf(path: string, block: string, from: number): { readonly start: number; readonly end: number } {
  let low = from;
  let high = block.length;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const start = Math.max(low, block.lastIndexOf('\n', middle - 1) + 1);
    const end = endOfRow(block, start);
    const order = comparePaths(pathOfRow(block.slice(start, end)), path);
    if (order === 0) return { start, end };
    if (order < 0) low = end;
    else high = start;
  }
  return { start: low, end: low };
}

/** Where the next row begins. */
function endOfRow(block: string, start: number): number {
  const line = block.indexOf('\n', start);
  return line < 0 ? block.length : line + 1;
}

/** The text of a tree file with these rows, which come in texts of one or more, in chunks; `onRows` learns how many there were. */
export async function* encodeTree(batches: AsyncIterable<string[]>, onRows?: (count: number) => void): AsyncGenerator<string> {
  let chunk = '{\n';
  let count = 0;
  for await (const texts of batches) {
    for (const text of texts) {
      chunk += count === 0 ? text : ROW_BREAK + text;
      count += countRows(text);
      if (chunk.length < CHUNK_CHARS) continue;
      yield chunk;
      chunk = '';
    }
  }
  onRows?.(count);
  yield count === 0 ? `${chunk}}\n` : `${chunk}\n}\n`;
}

function countRows(text: string): number {
  let count = 1;
  for (let line = text.indexOf('\n'); line >= 0; line = text.indexOf('\n', line + 1)) count++;
  return count;
}
