import * as z from 'zod/mini';
import { encodeText } from '../merge/text.ts';
import { type HashBytes, type MergeBases, sha256 } from './merge-bases.ts';
import { MergesUnderway } from './merges-underway.ts';
import type { StateDirectory } from './state-directory.ts';

const LOG_FILE = 'agreed_texts.jsonl';
const INDEX_FILE = 'agreed_texts.json';
/** What is kept of all texts of a pair; the ones agreed on longest ago go first. */
const KEPT_BYTES_MAX = 64 * 1024 * 1024;
/** Making room leaves some, so that not every run has to rewrite the log. */
const KEPT_SHARE = 3 / 4;
/** A log that has grown to this many times what was live in it is rewritten. */
const GROWTH_MAX = 2;
const GROWTH_FREE_BYTES = 1024 * 1024;

const indexSchema = z.object({
  version: z.literal(1),
  whole: z.boolean(),
  settled: z.boolean(),
  bytes: z.number(),
  compacted: z.number(),
});
const lineSchema = z.object({ hash: z.string(), text: z.string() });
const HASH_AT = '{"hash":"'.length;

/** How far the log can be relied on. `bytes`: its size; `compacted`: its size when it was last rewritten. */
type Index = z.infer<typeof indexSchema>;

/**
 * `whole`: the log holds every text of the last state that can be merged. `settled`: whatever the last run brought over was agreed on,
 * so that what is kept is what both sides have in common.
 */
export type Standing = Pick<Index, 'whole' | 'settled'>;

/** A file's content that both sides agreed on. */
export interface AgreedText {
  readonly hash: string;
  readonly text: string;
}

/**
 * The texts that both sides of a pair last agreed on, so that AUTO_MERGE has a common base (docs/formats/sync-state.md).
 *
 * A log of texts keyed by their hashes, newest last, and a small index that says whether every text of the last state is in it.
 * It only ever helps: a text that is missing, torn or does not hash to its key is not there, and its file is kept twice
 * instead of merged. So the log needs no transaction with the last state, only this order: the index says `whole: false` before the
 * last state changes, and `true` when the texts of the change are in. One object serves one run.
 */
export class AgreedTexts implements MergeBases {
  readonly #directory: StateDirectory;
  readonly #bytesMax: number;
  /** Of the log, as soon as it is known. */
  #bytes: number | undefined;
  readonly hashBytes: HashBytes;
  readonly underway: MergesUnderway;

  constructor(directory: StateDirectory, options: { readonly bytesMax?: number; readonly hashBytes?: HashBytes } = {}) {
    this.#directory = directory;
    this.#bytesMax = options.bytesMax ?? KEPT_BYTES_MAX;
    this.hashBytes = options.hashBytes ?? sha256;
    this.underway = new MergesUnderway(directory);
  }

  /** No more than this is added in one run. */
  get bytesMax(): number {
    return this.#bytesMax;
  }

  async read(hashes: ReadonlySet<string>): Promise<Map<string, Uint8Array>> {
    const found = new Map<string, Uint8Array>();
    if (hashes.size === 0) return found;
    for await (const line of this.#lines()) {
      const hash = hashOfLine(line);
      if (!hashes.has(hash) || found.has(hash)) continue;
      const text = parseLine(line)?.text;
      if (text === undefined) continue;
      const bytes = encodeText(text);
      if ((await this.hashBytes(bytes)) === hash) found.set(hash, bytes);
    }
    return found;
  }

  async standing(): Promise<Standing> {
    const { whole, settled } = (await this.#open()) ?? { whole: false, settled: false };
    return { whole, settled };
  }

  /**
   * Says that a run is about to bring something over, or that the last state is about to change.
   * @returns how it was until now
   */
  async fallBehind(): Promise<Standing> {
    const before = await this.standing();
    const index = await this.#open();
    if (index !== undefined && (before.whole || before.settled)) await this.#writeIndex({ ...index, whole: false, settled: false });
    return before;
  }

  /** The hashes of all texts in the log, damaged ones included. */
  async hashes(): Promise<Set<string>> {
    const hashes = new Set<string>();
    this.#bytes = 0;
    for await (const line of this.#lines()) {
      hashes.add(hashOfLine(line));
      this.#bytes += sizeOfLine(line);
    }
    return hashes;
  }

  /** Adds texts at the end. Nothing is promised of them before {@link catchUp}. */
  async add(texts: readonly AgreedText[]): Promise<void> {
    // A line break comes first: it ends whatever a crash left at the end.
    const lines = texts.map(({ hash, text }) => `\n${JSON.stringify({ hash, text })}`);
    await this.#directory.append(LOG_FILE, `${lines.join('')}\n`);
    if (this.#bytes !== undefined) for (const line of lines) this.#bytes += sizeOfLine(line.slice(1));
  }

  /**
   * Says that every text is in again, and makes room when the log has grown.
   * @param live the hashes of everything that is agreed on now; asked only when there is room to make
   */
  async catchUp(settled: boolean, live: () => Promise<ReadonlySet<string>>): Promise<void> {
    const index = await this.#open();
    if (this.#bytes === undefined) await this.hashes();
    const bytes = this.#bytes ?? 0;
    const compacted = index?.compacted ?? bytes;
    const growthMax = Math.max(GROWTH_MAX * compacted, compacted + GROWTH_FREE_BYTES);
    if (bytes <= this.#bytesMax && bytes <= growthMax) await this.#writeIndex({ version: 1, whole: true, settled, bytes, compacted });
    else await this.#compact(settled, await live());
  }

  /** Forgets all of it. */
  async clear(): Promise<void> {
    await this.underway.write([]);
    for (const name of [INDEX_FILE, LOG_FILE]) if (this.#directory.read(name) !== undefined) await this.#directory.remove(name);
    this.#bytes = undefined;
  }

  /** Keeps the newest line of each live text, from the newest on as long as there is room. */
  async #compact(settled: boolean, live: ReadonlySet<string>): Promise<void> {
    const lines: { readonly hash: string; readonly bytes: number }[] = [];
    for await (const line of this.#lines()) lines.push({ hash: hashOfLine(line), bytes: sizeOfLine(line) });
    const kept = new Set<number>();
    const seen = new Set<string>();
    let bytes = 0;
    for (let at = lines.length - 1; at >= 0; at--) {
      const line = lines[at] as (typeof lines)[number];
      if (!live.has(line.hash) || seen.has(line.hash) || bytes + line.bytes > this.#bytesMax * KEPT_SHARE) continue;
      seen.add(line.hash);
      kept.add(at);
      bytes += line.bytes;
    }
    await this.#directory.write(LOG_FILE, this.#linesAt(kept));
    this.#bytes = bytes;
    await this.#writeIndex({ version: 1, whole: true, settled, bytes, compacted: bytes });
  }

  async *#linesAt(kept: ReadonlySet<number>): AsyncGenerator<string> {
    let at = 0;
    for await (const line of this.#lines()) if (kept.has(at++)) yield `${line}\n`;
  }

  async *#lines(): AsyncGenerator<string> {
    let rest = '';
    for await (const chunk of this.#directory.read(LOG_FILE) ?? []) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line !== '') yield line;
    }
  }

  async #open(): Promise<Index | undefined> {
    const chunks = this.#directory.read(INDEX_FILE);
    if (chunks === undefined) return undefined;
    let text = '';
    for await (const chunk of chunks) text += chunk;
    const parsed = indexSchema.safeParse(parseJson(text));
    if (parsed.success && parsed.data.whole) this.#bytes ??= parsed.data.bytes;
    return parsed.success ? parsed.data : undefined;
  }

  async #writeIndex(index: Index): Promise<void> {
    await this.#directory.write(INDEX_FILE, [`${JSON.stringify(index)}\n`]);
  }
}

function parseLine(line: string): AgreedText | undefined {
  const parsed = lineSchema.safeParse(parseJson(line));
  return parsed.success ? parsed.data : undefined;
}

/** Every line begins with the hash, so that a text can be passed over without being parsed. */
function hashOfLine(line: string): string {
  return line.slice(HASH_AT, HASH_AT + 64);
}

function sizeOfLine(line: string): number {
  return encodeText(line).length + 1;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
