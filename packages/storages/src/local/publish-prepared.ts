import { basename } from 'node:path';
import type { CopyJob } from '@cloudsync/engine';
import { SyncError } from '@cloudsync/engine/model/error';
import { joinPath, parentOf } from '@cloudsync/engine/model/path';
import type { Prepared } from './copy-file.ts';
import { inParts } from './in-parts.ts';
import type { CopyFacts, IoResult } from './io-message.ts';
import { ioPool } from './io-pool.ts';
import { toSyncError } from './sync-error.ts';
import { removeQuietly } from './write-entry.ts';

/** So few files are on disk sooner one by one than by a flush of the file system. */
export const SYNCED_ONE_BY_ONE = 4;

export interface Publishing {
  readonly facts: CopyFacts;
  /** Puts files on disk, paths relative to the root; undefined when they are. */
  readonly flush: ((paths: ReadonlySet<string>) => Promise<void>) | undefined;
}

type Ready = readonly (readonly [CopyJob, Prepared])[];

/** Takes copies that lie complete beside their targets: puts them on disk together, and only then gives them their names. */
export async function publishPrepared(
  jobs: readonly CopyJob[],
  prepared: readonly IoResult[],
  { facts, flush }: Publishing,
): Promise<IoResult[]> {
  const ready = jobs.flatMap((job, at) => {
    const result = prepared[at];
    return result !== undefined && 'prepared' in result ? [[job, result.prepared] as const] : [];
  });
  const refused = flush === undefined ? undefined : await flushFailure(ready, flush);
  const publish = (part: Ready) => ioPool.run({ type: 'publish', jobs: part, ...facts });
  const published =
    refused === undefined ? (await Promise.all(inParts(ready, () => 0).map(publish))).flat().values() : ready.map(() => refused).values();
  return jobs.map((_, at) => {
    const result = prepared[at] as IoResult;
    return 'prepared' in result ? (published.next().value as IoResult) : result;
  });
}

/** Puts prepared copies on disk. @returns why it failed; nothing of them is left then */
async function flushFailure(ready: Ready, flush: NonNullable<Publishing['flush']>): Promise<IoResult | undefined> {
  try {
    await flush(new Set(ready.map(([{ to }, { temporary }]) => joinPath(parentOf(to.path), basename(temporary)))));
    return undefined;
  } catch (error) {
    for (const [, { temporary }] of ready) removeQuietly(temporary);
    const failure = toSyncError(error, '', 'flush');
    if (!SyncError.is(failure)) throw failure;
    const { code, message, path, retryable } = failure;
    return { failure: { code, message, path, retryable } };
  }
}
