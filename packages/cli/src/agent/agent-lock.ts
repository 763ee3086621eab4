import { join } from 'node:path';
import { SyncError } from '@cloudsync/engine';
import { PairLock } from '@cloudsync/storages';
import { lockHolder } from '../pair/lock-holder.ts';

/** Below the device's home: whose lock says that an agent runs. */
const LOCK_FOLDER = 'agent-lock';

/** The exclusive right to be the agent of a device. @throws SyncError `agent/running` */
export async function takeAgentLock(home: string): Promise<PairLock> {
  const directory = join(home, LOCK_FOLDER);
  try {
    return await PairLock.acquire(directory);
  } catch (error) {
    if (!SyncError.is(error, 'state/locked')) throw error;
    const holder = await lockHolder(directory);
    const who = holder === undefined ? '' : ` (process ${holder.pid})`;
    throw new SyncError('agent/running', `the agent is running already${who}; end it with cloudsync stop`, { cause: error });
  }
}

/** Resolves when no agent works for the device any more. */
export async function whenAgentEnded(home: string): Promise<void> {
  await using _lock = await PairLock.acquire(join(home, LOCK_FOLDER), { wait: {} });
}
