import { SyncError } from '@cloudsync/engine/model/error';
import { CancelFlag } from './cancel-flag.ts';
import { copyBigFile, helpWriting } from './copy-big-file.ts';
import { type CopyContext, finishCopy, prepareCopy, publishCopy } from './copy-file.ts';
import type { CopyFacts, IoResult, IoTask } from './io-message.ts';
import { readAndHash } from './read-planned.ts';
import { RealFolders } from './real-folders.ts';
import { TrashFolder } from './trash-folder.ts';

type OnBytes = (bytes: number) => void;

/** What a task tells while it runs. */
export interface TaskEvents {
  readonly onBytes: OnBytes;
  /** Of a big file, once there is something to help with. */
  readonly onBlocks: (shared: SharedArrayBuffer) => void;
}

/** Carries a task out, file by file; a file that fails does not stop the others. */
export function runTask(task: IoTask, { onBytes, onBlocks }: TaskEvents): IoResult[] {
  const cancel = new CancelFlag(task.cancel);
  switch (task.type) {
    case 'hash': {
      const giver = { ...task.giver, cancel };
      return task.entries.map((entry) => settle(cancel, () => ({ hash: readAndHash(entry, giver, ({ length }) => onBytes(length)) })));
    }
    case 'prepare': {
      const context = contextOf(task, onBytes);
      return task.jobs.map((job) => settle(cancel, () => ({ prepared: prepareCopy(job, context, task.sync) })));
    }
    case 'finish': {
      const context = contextOf(task, onBytes);
      return task.jobs.map(([job, prepared]) => settle(cancel, () => ({ prepared: finishCopy(job, prepared, context, task.sync) })));
    }
    case 'publish': {
      const context = contextOf(task, onBytes);
      return task.jobs.map(([job, prepared]) => settle(undefined, () => ({ written: publishCopy(job, prepared, context) })));
    }
    case 'copy-big': {
      const { job, temporary } = task;
      return [settle(cancel, () => ({ written: copyBigFile(job, { temporary, onBlocks }, contextOf(task, onBytes)) }))];
    }
    case 'help':
      return [
        settle(undefined, () => {
          helpWriting(task.blocks);
          return { helped: true };
        }),
      ];
  }
}

function contextOf({ giver, receiver, trashFolder, cancel }: CopyFacts, onBytes: OnBytes): CopyContext {
  const trash = trashFolder === undefined ? undefined : new TrashFolder(() => trashFolder);
  return {
    giver: { ...giver, cancel: new CancelFlag(cancel) },
    receiver: { ...receiver, folders: new RealFolders(receiver.root), trash },
    onBytes,
  };
}

function settle(cancel: CancelFlag | undefined, work: () => IoResult): IoResult {
  try {
    cancel?.assertDown();
    return work();
  } catch (error) {
    if (!SyncError.is(error)) return { defect: error instanceof Error ? error : new Error(String(error)) };
    const { code, message, path, retryable } = error;
    return { failure: { code, message, path, retryable } };
  }
}
