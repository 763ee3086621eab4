import { readFile, rename } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { SyncError } from '@cloudsync/engine/model/error';
import { errnoOf } from './folder-error.ts';
import { lstatOrNothing, unlinkIfThere, writeNew } from './new-file.ts';
import { CLAIM_PREFIX, removeIfAbandoned } from './unfinished.ts';

export interface ClaimedName {
  /** A complete file in the folder of `path`. */
  readonly temporary: string;
  readonly path: string;
  /** Of the blob, for errors. */
  readonly name: string;
  /** What the claim says: who has it. */
  readonly token: string;
}

/**
 * Gives a temporary its name where nothing can be linked: a claim file, which only one writer can make, keeps the name
 * meanwhile. A claim whose writer is dead is taken over.
 * @returns whether the name was free
 * @throws SyncError `storage/io`, retryable, when another writer has the claim
 */
export async function renameUnderClaim({ temporary, path, name, token }: ClaimedName): Promise<boolean> {
  const claim = `${dirname(path)}/${CLAIM_PREFIX}${basename(path)}`;
  if (!(await tryClaim(claim, token)) && !(removeIfAbandoned(claim) && (await tryClaim(claim, token)))) throw taken(name);
  // Two writers may have found the same dead claim: the later one has removed the claim of the earlier.
  if ((await readFile(claim, 'utf8').catch(() => '')) !== token) throw taken(name);
  try {
    if (lstatOrNothing(path) !== undefined) return false;
    await rename(temporary, path);
    return true;
  } finally {
    await unlinkIfThere(claim);
  }
}

async function tryClaim(claim: string, token: string): Promise<boolean> {
  try {
    await writeNew(claim, [Buffer.from(token)]);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function taken(name: string): SyncError {
  return new SyncError('storage/io', `another writer is creating ${name} at this moment; try again`, { path: name, retryable: true });
}
