import { SyncError } from '@cloudsync/engine/model/error';
import { CancelFlag } from './cancel-flag.ts';
import { type CopyContext, fillBigFile, finishBigFile, prepareCopy, publishCopy } from './copy-file.ts';
import type { CopyFacts, IoResult, IoTask } from './io-message.ts';
import { readAndHash } from './read-planned.ts';
import { RealFolders } from './real-folders.ts';
import { TrashFolder } from './trash-folder.ts';
import { WrittenSoFar } from './written-so-far.ts';

const HALF_DONE: IoResult = { half: 'done' };

type OnBytes = (bytes: number) => void;

/** Carries a task out, file by file; a file that fails does not stop the others. */
export function runTask(task: IoTask, onBytes: OnBytes): IoResult[] {
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
    case 'publish': {
      const context = contextOf(task, onBytes);
      return task.jobs.map(([job, prepared]) => settle(undefined, () => ({ written: publishCopy(job, prepared, context) })));
    }
    case 'fill': {
      const progress = new WrittenSoFar(task.progress);
      const result = settle(cancel, () => {
        fillBigFile(task.job, task.temporary, progress, contextOf(task, onBytes));
        return HALF_DONE;
      });
      // Also when the work did not even begin: the other half must not wait for ever.
      progress.end(false);
      return [result];
    }
    case 'finish':
      return [
        settle(cancel, () => {
          const written = finishBigFile(task.job, task.temporary, new WrittenSoFar(task.progress), contextOf(task, onBytes));
          return written === undefined ? HALF_DONE : { written };
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
