import { spawn } from 'node:child_process';
import { SyncError, type SyncErrorCode } from '@cloudsync/engine';
import * as z from 'zod/mini';

/** What an agent in the background says to the command that started it: that it runs, or why not. */
const word = z.object({ error: z.optional(z.object({ code: z.string(), message: z.string() })) });

/** Starts the agent in a process of its own and waits until it answers commands. @throws SyncError what it could not start for */
export async function spawnAgent(): Promise<void> {
  const [, script = ''] = process.argv;
  const child = spawn(process.execPath, [...process.execArgv, script, 'start'], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  child.once('message', resolve).once('error', reject);
  child.once('exit', (code, signal) =>
    reject(new SyncError('agent/failed', `the agent ended at once (${signal ?? code}); run cloudsync start to see why`)),
  );
  const { error } = word.parse(await promise);
  if (child.connected) child.disconnect();
  child.unref();
  if (error !== undefined) throw new SyncError(error.code as SyncErrorCode, error.message);
}

/** For the process that {@link spawnAgent} started; in any other it does nothing. */
export async function tellParent(error: Error | undefined): Promise<void> {
  if (process.send === undefined) return;
  const code = SyncError.is(error) ? error.code : 'internal';
  const { promise, resolve } = Promise.withResolvers<void>();
  process.send(error === undefined ? {} : { error: { code, message: error.message } }, () => resolve());
  await promise;
  if (process.connected) process.disconnect();
}
