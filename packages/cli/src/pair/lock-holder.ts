import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SyncError } from '@cloudsync/engine';
import { type LockHolder, PairLock } from '@cloudsync/storages';

/** Who holds the lock of a state folder now, or undefined when nobody does. A holder that died left a file, but no lock. */
export async function lockHolder(directory: string): Promise<LockHolder | undefined> {
  if (!existsSync(join(directory, 'lock-holder.json'))) return undefined;
  let holder: LockHolder | undefined;
  const onWait = (found: LockHolder | undefined): void => {
    holder = found;
  };
  try {
    // A wait that is over before it starts: it only asks.
    await using _free = await PairLock.acquire(directory, { wait: { signal: AbortSignal.abort(), onWait } });
    return undefined;
  } catch (error) {
    if (SyncError.is(error, 'sync/cancelled')) return holder;
    throw error;
  }
}
