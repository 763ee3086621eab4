import * as z from 'zod/mini';
import { SyncError } from '../model/error.ts';

export const STATE_VERSION = 1;

const side = z.object({
  /** What Storage.identity() said when the state was committed. */
  identity: z.string(),
  url: z.string(),
  /** Rows in the tree file, without the journal; says when a rewrite is worth it. */
  rows: z.number(),
  /** Files among everything agreed, the journal included. */
  files: z.number(),
});

const schema = z.object({
  version: z.literal(STATE_VERSION),
  updated: z.string(),
  /** Set while the trees are replaced, one after the other: they fit only with so many characters of journal laid over them. */
  rewriting: z.optional(z.number()),
  source: side,
  destination: side,
});

/** sync_metadata.json: which places the trees describe, and how much they hold. */
export type StateMetadata = z.infer<typeof schema>;

/** @throws SyncError `state/newer-version` or `state/corrupt` */
export function parseMetadata(text: string): StateMetadata {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new SyncError('state/corrupt', 'sync_metadata.json is not JSON', { cause });
  }
  const version = z.object({ version: z.number() }).safeParse(value);
  if (version.success && version.data.version > STATE_VERSION) {
    throw new SyncError(
      'state/newer-version',
      `the last state was written by a newer CloudSync (format ${version.data.version}, this one knows ${STATE_VERSION})`,
    );
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new SyncError('state/corrupt', 'sync_metadata.json does not hold what it should');
  return parsed.data;
}

export function encodeMetadata(metadata: StateMetadata): string {
  return `${JSON.stringify(metadata, undefined, 2)}\n`;
}
