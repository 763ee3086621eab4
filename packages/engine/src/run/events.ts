import type { Kind, Side } from '../model/entry.ts';
import type { SyncErrorCode } from '../model/error.ts';
import type { ActionType, Conflict } from '../plan/action.ts';
import type { SyncStatistics } from './statistics.ts';

/** Everything that happens in a cycle, as typed data; `type` is a public contract. */
export type SyncProgressEvent =
  | { readonly type: 'scan_start'; readonly side: Side; readonly url: string }
  | { readonly type: 'scan_progress'; readonly side: Side; readonly files: number }
  | { readonly type: 'scan_complete'; readonly side: Side; readonly files: number; readonly changes: number }
  | {
      readonly type: 'sync_start';
      readonly totalActions: number;
      readonly totalFiles: number;
      readonly totalBytes: number;
      readonly dryRun: boolean;
    }
  | {
      readonly type: 'upload_start' | 'download_start' | 'delete_start' | 'rename_start';
      readonly action: ActionType;
      readonly path: string;
      readonly from?: string | undefined;
      readonly kind: Kind;
      readonly attributesOnly: boolean;
      readonly totalBytes: number;
    }
  | {
      readonly type: 'upload_progress' | 'download_progress';
      readonly path: string;
      readonly bytesTransferred: number;
      readonly totalBytes: number;
    }
  | {
      readonly type: 'upload_complete' | 'download_complete' | 'delete_complete' | 'rename_complete';
      readonly action: ActionType;
      readonly path: string;
      readonly from?: string | undefined;
      readonly kind: Kind;
      readonly attributesOnly: boolean;
      readonly totalBytes: number;
    }
  /** Only in a dry run: an action that the real run would carry out. */
  | {
      readonly type: 'planned';
      readonly action: ActionType;
      readonly path: string;
      readonly from?: string | undefined;
      readonly bytes: number;
      readonly reason: string;
    }
  | { readonly type: 'conflict'; readonly conflict: Conflict }
  /** A path that failed or was passed over; the rest goes on. */
  | { readonly type: 'issue'; readonly issue: Issue }
  | { readonly type: 'paused' | 'resumed' }
  | {
      readonly type: 'sync_complete';
      readonly statistics: SyncStatistics;
      readonly dryRun: boolean;
      readonly cancelled: boolean;
      readonly stopped?: { readonly code: SyncErrorCode; readonly message: string } | undefined;
    };

/** Something to tell about one path. `failed` makes the run exit with 1; `note` does not. */
export interface Issue {
  readonly severity: 'failed' | 'note';
  readonly path: string;
  readonly side?: Side | undefined;
  readonly code: SyncErrorCode | 'storage/skipped';
  readonly message: string;
}

/** Seed 001's coarse stages, derived from the events. */
export type SyncStage = 'detecting_local' | 'detecting_remote' | 'uploading' | 'downloading' | 'deleting' | 'complete' | 'error';

/** The stage that an event belongs to, or undefined when it changes none. */
export function stageOf(event: SyncProgressEvent): SyncStage | undefined {
  switch (event.type) {
    case 'scan_start':
      return event.side === 'source' ? 'detecting_local' : 'detecting_remote';
    case 'upload_start':
      return 'uploading';
    case 'download_start':
      return 'downloading';
    case 'delete_start':
      return 'deleting';
    case 'sync_complete':
      return event.stopped === undefined && event.statistics.failed === 0 ? 'complete' : 'error';
    default:
      return undefined;
  }
}
