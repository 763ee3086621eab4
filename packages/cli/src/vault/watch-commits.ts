import { watch } from 'node:fs';
import { join } from 'node:path';
import { SyncError, type WatchChange, type Watcher } from '@cloudsync/engine';
import type { Vault } from '@cloudsync/vault';

/** A commit of our own has become the head by then, and a burst of commits is one change. */
const QUIET_MS = 200;

/**
 * Tells when somebody else has committed to a vault in a folder of this machine. Over a network file systems tell nothing; there only the
 * regular look at everything helps.
 * @throws SyncError `storage/unsupported`
 */
export function watchCommits(vault: Vault, folder: string, onChange: (change: WatchChange) => void): Watcher {
  let timer: NodeJS.Timeout | undefined;
  const look = async (): Promise<void> => {
    // A place that is gone is told of by who asks for its identity.
    const newest = (await vault.log.list().catch(() => [])).at(-1) ?? 0;
    if (newest > (vault.head?.commit.sequence ?? 0)) onChange({ paths: undefined });
  };
  const lookSoon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void look(), QUIET_MS);
  };
  const watcher = openWatcher(join(folder, 'commits'), lookSoon);
  watcher.on('error', lookSoon);
  return {
    close: async () => {
      clearTimeout(timer);
      watcher.close();
    },
  };
}

function openWatcher(folder: string, onEvent: () => void): ReturnType<typeof watch> {
  try {
    return watch(folder, { persistent: false }, onEvent);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new SyncError('storage/unsupported', `${folder} cannot be watched (${code}); use --every 1m instead of --watch`, { cause });
  }
}
