import type { CopyJob, Entry } from '@cloudsync/engine';
import { SyncError, type SyncErrorCode } from '@cloudsync/engine/model/error';
import type { Prepared } from './copy-file.ts';

/** Work for a thread of the pool, in plain data. */
export type IoTask = PrepareTask | FinishTask | PublishTask | CopyBigTask | HelpTask | HashTask;

export interface FolderFacts {
  /** Absolute. */
  readonly root: string;
  readonly follow: boolean;
}

/** What a thread must know to write below a root. */
export interface CopyFacts {
  readonly giver: FolderFacts;
  readonly receiver: FolderFacts & { readonly modes: boolean; readonly umask: number };
  /** A folder that makeTrashFolder made, when something is kept in the trash. */
  readonly trashFolder: string | undefined;
  readonly cancel: SharedArrayBuffer;
}

/** The first step of copying small files: complete copies beside their targets, see copy-file.ts. */
interface PrepareTask extends CopyFacts {
  readonly type: 'prepare';
  readonly jobs: readonly CopyJob[];
  /** Whether each copy goes to disk by itself; else the batch is flushed as a whole. */
  readonly sync: boolean;
}

/** The first step where another storage wrote the copies: they get their attributes. */
interface FinishTask extends CopyFacts {
  readonly type: 'finish';
  readonly jobs: readonly (readonly [CopyJob, Prepared])[];
  /** As above. */
  readonly sync: boolean;
}

/** The second step: the copies get their names. A cancel does not stop it half-way. */
interface PublishTask extends CopyFacts {
  readonly type: 'publish';
  readonly jobs: readonly (readonly [CopyJob, Prepared])[];
}

/** Copies a big file, see copy-big-file.ts. */
interface CopyBigTask extends CopyFacts {
  readonly type: 'copy-big';
  readonly job: CopyJob;
  /** Absolute. */
  readonly temporary: string;
}

/** Writes for the thread that copies a big file. */
interface HelpTask {
  readonly type: 'help';
  /** Of SharedBlocks. */
  readonly blocks: SharedArrayBuffer;
  readonly cancel: SharedArrayBuffer;
}

interface HashTask {
  readonly type: 'hash';
  readonly entries: readonly Entry[];
  readonly giver: FolderFacts;
  readonly cancel: SharedArrayBuffer;
}

/** What came of one file, in plain data: an error's class and fields do not survive the way between threads. */
export type IoResult =
  /** What is at the receiver now, with its hash. */
  | { readonly written: Entry }
  | { readonly hash: string }
  | { readonly prepared: Prepared }
  /** There is nothing more to help with. */
  | { readonly helped: true }
  | { readonly failure: Failure }
  | { readonly defect: Error };

interface Failure {
  readonly code: SyncErrorCode;
  readonly message: string;
  readonly path: string | undefined;
  readonly retryable: boolean;
}

/** Why a file failed, as the Storage interface has it. */
export function errorOf(result: IoResult | undefined): Error {
  if (result !== undefined && 'failure' in result) {
    const { code, message, path, retryable } = result.failure;
    return new SyncError(code, message, { path, retryable });
  }
  return result !== undefined && 'defect' in result ? result.defect : new TypeError('a thread of the pool gave the wrong answer');
}
