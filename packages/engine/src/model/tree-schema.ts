import * as z from 'zod/mini';
import type { Entry, Side } from './entry.ts';
import { isSafePath } from './path.ts';
import { entryOfRow, splitRow } from './row.ts';

const row = z.object({
  is_dir: z.boolean(),
  is_link: z.optional(z.boolean()),
  size: z.number().check(z.nonnegative()),
  mtime: z.number(),
  mode: z.optional(z.number()),
  id: z.optional(z.union([z.string(), z.number()])),
  version: z.optional(z.string()),
  hash: z.optional(z.string()),
  target: z.optional(z.string()),
});

const rowOrNothing = z.nullable(row);
const fileCounts = z.object({ source: z.number(), destination: z.number() });
const commitLine = z.object({ commit: z.string(), files: z.optional(fileCounts) });
const doomedLine = z.object({ path: z.string(), deleteAt: z.enum(['source', 'destination']) });
const journalLine = z.object({ path: z.string(), source: rowOrNothing, destination: rowOrNothing });

/** One line of a tree file without its comma; undefined when it is not a valid row. */
export function parseRow(text: string): Entry | undefined {
  const { key = '', value = '' } = splitRow(text) ?? {};
  const path = parseJson(key);
  if (typeof path !== 'string' || !isSafePath(path)) return undefined;
  const parsed = row.safeParse(parseJson(value));
  return parsed.success ? entryOfRow(path, parsed.data) : undefined;
}

/** What the two sides agreed about one path; both undefined: the path is no longer in the last state. */
export interface Agreement {
  readonly path: string;
  readonly source: Entry | undefined;
  readonly destination: Entry | undefined;
}

/** A deletion that a run is about to make on a side, in the name of the other side. */
export interface Doomed {
  readonly path: string;
  readonly deleteAt: Side;
}

/** A line of the journal that announces a deletion; undefined when it is another. */
export function parseDoomedLine(text: string): Doomed | undefined {
  const parsed = doomedLine.safeParse(parseJson(text));
  return parsed.success && isSafePath(parsed.data.path) ? parsed.data : undefined;
}

export function encodeDoomedLine({ path, deleteAt }: Doomed): string {
  return `${JSON.stringify({ path, deleteAt })}\n`;
}

/** One line of the journal; undefined when it is torn or not valid. */
export function parseJournalLine(text: string): Agreement | undefined {
  const parsed = journalLine.safeParse(parseJson(text));
  if (!parsed.success || !isSafePath(parsed.data.path)) return undefined;
  const { path, source, destination } = parsed.data;
  return {
    path,
    source: source === null ? undefined : entryOfRow(path, source),
    destination: destination === null ? undefined : entryOfRow(path, destination),
  };
}

export function encodeJournalLine(agreement: Agreement, encode: (entry: Entry) => string): string {
  const value = (entry: Entry | undefined): string => {
    if (entry === undefined) return 'null';
    const key = JSON.stringify(entry.path);
    return encode(entry).slice(key.length + 1);
  };
  return `{"path":${JSON.stringify(agreement.path)},"source":${value(agreement.source)},"destination":${value(agreement.destination)}}\n`;
}

/** How many files each side had when a batch was committed. */
export type FileCounts = z.infer<typeof fileCounts>;

/** Ends a batch of journal lines: it counts as a whole, or not at all. */
export function encodeCommitLine(batch: string, files?: FileCounts): string {
  return `${JSON.stringify({ commit: checksum(batch), files })}\n`;
}

/** What a line says that ends the batch of lines before it, and whether the batch is whole; undefined when it is no such line. */
export function parseCommitLine(
  line: string,
  batch: string,
): { readonly isWhole: boolean; readonly files: FileCounts | undefined } | undefined {
  const parsed = commitLine.safeParse(parseJson(line));
  return parsed.success ? { isWhole: parsed.data.commit === checksum(batch), files: parsed.data.files } : undefined;
}

/** FNV-1a with 32 bits over UTF-16 units (draft-eastlake-fnv): tells damage, not malice. */
function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
