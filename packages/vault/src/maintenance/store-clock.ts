import { randomBytes } from 'node:crypto';
import type { BlobStore } from '@cloudsync/content';

/**
 * What time it is at the blob store, in ms since 1970: when a blob that is written now says it was written. The clocks of devices may be
 * days apart; ages of blobs mean something only by the clock that stamped them.
 */
export async function storeClock(blobs: BlobStore): Promise<number> {
  const name = `locks/clock-${randomBytes(16).toString('hex')}`;
  await blobs.create(name, [new Uint8Array(0)]);
  try {
    for await (const { name: found, modifiedMs } of blobs.list('locks/')) if (found === name) return modifiedMs;
    // A listing that does not show what was just written: nothing is old then.
    return 0;
  } finally {
    await blobs.delete(name);
  }
}
