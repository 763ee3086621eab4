import { SyncError } from '@cloudsync/engine/model/error';
import { asContentError } from './content-error.ts';
import { PACK_PREFIX, saltOfPackName } from './pack-format.ts';
import type { WrittenPack } from './pack-writer.ts';
import { readPackDirectory, type SealedBlobs } from './read-pack.ts';

/** A pack that says nothing intelligible about itself. */
export interface UnreadablePack {
  readonly name: string;
  readonly error: SyncError;
}

export interface PacksToRead {
  /** Whether to read the pack of this salt (hex). */
  readonly isWanted: (salt: string) => boolean;
  readonly onPack: (pack: WrittenPack) => void;
}

const READS_AT_ONCE = 8;

/**
 * Reads the directories of packs that lie in a blob store. One that went away meanwhile, or is damaged, is passed over.
 * @throws SyncError of the blob store when it cannot be reached
 */
export async function readStoredPacks(store: SealedBlobs, { isWanted, onPack }: PacksToRead): Promise<UnreadablePack[]> {
  const left: { name: string; size: number }[] = [];
  for await (const { name, size } of store.blobs.list(PACK_PREFIX)) {
    const salt = saltOfPackName(name);
    if (salt !== undefined && isWanted(salt)) left.push({ name, size });
  }
  const unreadable: UnreadablePack[] = [];
  const worker = async (): Promise<void> => {
    for (let pack = left.shift(); pack !== undefined; pack = left.shift()) {
      try {
        onPack(await readPackDirectory(store, pack.name, pack.size));
      } catch (error) {
        unreadable.push({ name: pack.name, error: whyUnreadable(error, pack.name) });
      }
    }
  };
  await Promise.all(Array.from({ length: READS_AT_ONCE }, worker));
  return unreadable;
}

function whyUnreadable(error: unknown, name: string): SyncError {
  return SyncError.is(error, 'vault/newer-version') ? error : asContentError(error, name);
}
