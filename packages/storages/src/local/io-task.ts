import { SyncError } from '@cloudsync/engine/model/error';
import { CancelFlag } from './cancel-flag.ts';
import { copyFile } from './copy-file.ts';
import type { IoResult, IoTask } from './io-message.ts';
import type { Place } from './place.ts';
import { readWhole } from './read-whole.ts';
import { RealFolders } from './real-folders.ts';
import { TrashFolder } from './trash-folder.ts';

/** Carries a task out, file by file; a file that fails does not stop the others. */
export function runTask(task: IoTask, onBytes: (bytes: number) => void): IoResult[] {
  const cancel = new CancelFlag(task.cancel);
  const giver = { ...task.giver, cancel };
  if (task.type === 'hash')
    return task.entries.map((entry) => settle(cancel, () => ({ hash: readWhole(entry, giver, ({ length }) => onBytes(length)) })));
  const { trashFolder } = task;
  const trash = trashFolder === undefined ? undefined : new TrashFolder(() => trashFolder);
  const receiver: Place = { ...task.receiver, folders: new RealFolders(task.receiver.root), trash };
  return task.jobs.map((job) => settle(cancel, () => ({ written: copyFile(job, { giver, receiver, onBytes }) })));
}

function settle(cancel: CancelFlag, work: () => IoResult): IoResult {
  try {
    cancel.assertDown();
    return work();
  } catch (error) {
    if (!SyncError.is(error)) return { defect: error instanceof Error ? error : new Error(String(error)) };
    const { code, message, path, retryable } = error;
    return { failure: { code, message, path, retryable } };
  }
}
