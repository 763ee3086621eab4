import { type LockFile, PairLock } from '@cloudsync/storages';
import { makeStateFolder } from '../device/state-folder.ts';
import { formatTime } from '../terminal/format.ts';

export interface LockRequest {
  /** In the pair's state folder. */
  readonly file: LockFile;
  /** False: a lock that somebody else holds is an error. */
  readonly wait: boolean;
  readonly signal: AbortSignal;
  readonly onWait: (text: string) => void;
}

/** Does `work` while no other run can touch the pair. @throws SyncError `state/locked`, `sync/cancelled`, and those of {@link makeStateFolder} */
export async function underPairLock<T>({ file, wait, signal, onWait }: LockRequest, work: () => Promise<T>): Promise<T> {
  const waiting = {
    signal,
    onWait: (holder: { pid: number; host: string; since: string } | undefined) => {
      const who =
        holder === undefined
          ? 'another run'
          : `process ${holder.pid} on ${holder.host}, at work since ${formatTime(Date.parse(holder.since))}`;
      onWait(`Waiting for ${who} to finish with this pair`);
    },
  };
  makeStateFolder(file.directory);
  await using _lock = await PairLock.acquire(file, wait ? { wait: waiting } : {});
  return await work();
}
