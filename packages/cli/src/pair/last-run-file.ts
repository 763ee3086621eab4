import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ComparisonMode, ConflictResolution, SyncMode } from '@cloudsync/engine';
import * as z from 'zod/mini';
import { LAST_RUN_FILE, LAST_RUN_VERSION, type LastRun, RUN_RESULTS } from './last-run.ts';

const count = z.number().check(z.nonnegative());
const side = z.optional(z.object({ kind: z.enum(['file', 'folder', 'symlink']), size: count, mtimeMs: z.number() }));

const options = z.object({
  mode: z.enum(SyncMode),
  compare: z.enum(ComparisonMode),
  conflict: z.enum(ConflictResolution),
  initial: z.enum(['merge', 'source-wins', 'destination-wins']),
  ignore: z.array(z.string()),
  symlinks: z.enum(['keep', 'follow', 'skip']),
  trash: z.boolean(),
  maxDelete: z.union([z.literal('off'), z.object({ files: count }), z.object({ percent: count })]),
});

/** Not in the files of earlier versions. */
const addedLater = z._default(count, 0);

const statistics = z.object({
  sourceFiles: count,
  destinationFiles: count,
  uploaded: count,
  downloaded: count,
  deletedAtSource: count,
  deletedAtDestination: count,
  renamed: count,
  foldersCreated: count,
  foldersDeleted: count,
  attributesUpdated: count,
  bytesUploaded: count,
  bytesDownloaded: count,
  bytesReused: addedLater,
  conflicts: count,
  merged: addedLater,
  conflictsLeft: count,
  failed: count,
  notes: count,
  durationMs: count,
});

const lastRun = z.object({
  version: z.literal(LAST_RUN_VERSION),
  source: z.string(),
  destination: z.string(),
  options,
  startedAt: z.string(),
  finishedAt: z.string(),
  result: z.enum(RUN_RESULTS),
  message: z.optional(z.string()),
  files: z.optional(z.object({ source: count, destination: count })),
  statistics: z.optional(statistics),
  conflicts: z.array(
    z.object({
      path: z.string(),
      kind: z.enum(['both-changed', 'deleted-and-edited', 'renamed-differently', 'folder-and-file']),
      message: z.string(),
      source: side,
      destination: side,
    }),
  ),
  failed: z.array(z.object({ path: z.string(), code: z.string(), message: z.string() })),
});

/** What the file of a pair says, `missing` when the pair never ended a run, `unreadable` when it cannot be trusted. */
export async function readLastRun(pairDirectory: string): Promise<LastRun | 'missing' | 'unreadable'> {
  let text: string;
  try {
    text = await readFile(join(pairDirectory, LAST_RUN_FILE), 'utf8');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'missing' : 'unreadable';
  }
  return parseLastRun(text) ?? 'unreadable';
}

/** The content of a last-run.json, or undefined when it does not fit the schema. */
export function parseLastRun(text: string): LastRun | undefined {
  try {
    const parsed = lastRun.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
