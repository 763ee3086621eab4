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

  /** The current row without its comma. */
  get row(): string {
    return this.text.slice(this.start, this.text.charCodeAt(this.end - 1) === COMMA ? this.end - 1 : this.end);
  }
}

/** Changes to a tree file in path order: a row replaces or adds, null removes. */
export type Overlay = readonly (readonly [path: string, row: string | null])[];

/** The rows of `base` with `overlay` laid over them, in order, in batches. */
export async function* overlayRows(base: RowReader | undefined, overlay: Overlay): AsyncGenerator<string[]> {
  let batch: string[] = [];
  let at = 0;
  const takeUpTo = (path: string | undefined): boolean => {
    for (; at < overlay.length; at++) {
      const [changed, row] = overlay[at] as Overlay[number];
      const order = path === undefined ? -1 : comparePaths(changed, path);
      if (order > 0) return false;
      if (row !== null) batch.push(row);
      if (order === 0) {
        at++;
        return true;
      }
    }
    return false;
  };
  if (base !== undefined) {
    for (;;) {
      let more = base.next();
      if (typeof more !== 'boolean') {
        if (batch.length > 0) yield batch;
        batch = [];
        more = await more;
      }
      if (!more) break;
      const row = base.row;
      const replaced = at < overlay.length && takeUpTo(pathOfRow(row));
      if (!replaced) batch.push(row);
    }
  }
  takeUpTo(undefined);
  if (batch.length > 0) yield batch;
}

/** The text of a tree file with these rows, in chunks; `onRows` learns how many there were. */
export async function* encodeTree(batches: AsyncIterable<string[]>, onRows?: (count: number) => void): AsyncGenerator<string> {
  let chunk = '{\n';
  let count = 0;
  for await (const rows of batches) {
    for (const row of rows) {
      chunk += count++ === 0 ? row : `,\n${row}`;
      if (chunk.length < CHUNK_CHARS) continue;
      yield chunk;
      chunk = '';
    }
  }
  onRows?.(count);
  yield count === 0 ? `${chunk}}\n` : `${chunk}\n}\n`;
}
