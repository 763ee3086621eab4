import type { ComparisonMode } from '../compare/comparison-mode.ts';
import type { Entry, Side } from '../model/entry.ts';
import type { IgnoreFileManager } from '../model/ignore.ts';
import type { Action, Conflict } from '../plan/action.ts';
import type { ConflictResolution } from '../plan/conflict-resolution.ts';
import type { MaxDelete } from '../plan/guard.ts';
import type { SyncMode } from '../plan/mode.ts';
import type { Storage, SymlinkPolicy } from '../storage.ts';
import type { AgreedTexts } from './agreed-texts.ts';
import type { MergeBases } from './merge-bases.ts';
import type { SyncStateManager } from './state-manager.ts';

/** Two storages that are kept the same, and how. */
export interface SyncPair {
  readonly source: Storage;
  readonly destination: Storage;
  readonly state: SyncStateManager;
  /** Default TWO_WAY. */
  readonly syncMode?: SyncMode | undefined;
  /** Default NEWEST_WINS. */
  readonly conflictResolution?: ConflictResolution | undefined;
  /** Asked for each conflict when the strategy is MANUAL. */
  readonly conflictHandler?: ConflictHandler | undefined;
  /** Extra gitignore lines; they outrank every ignore file. */
  readonly ignore?: readonly string[] | undefined;
  /** The same, built in code; its patterns come before `ignore`. */
  readonly ignoreManager?: IgnoreFileManager | undefined;
  /** How the sides are called in the names of conflict copies; default `source` and `destination`. */
  readonly replicas?: Readonly<Record<Side, string>> | undefined;
  /** Keeps the texts that AUTO_MERGE starts from; without it, and without `mergeBases`, AUTO_MERGE keeps both. One object a run. */
  readonly agreedTexts?: AgreedTexts | undefined;
  /** Where else those texts are: the versions of a vault or server. */
  readonly mergeBases?: MergeBases | undefined;
}

export interface ConflictQuestion extends Pick<Conflict, 'kind' | 'path' | 'message'> {
  readonly source: Entry | undefined;
  readonly destination: Entry | undefined;
}
export type ConflictAnswer = 'source' | 'destination' | 'both' | 'skip' | { readonly merged: Uint8Array };
export type ConflictHandler = (conflict: ConflictQuestion) => ConflictAnswer | Promise<ConflictAnswer>;

/** What to do with two trees that have no last state in common. */
export type InitialSync = 'merge' | 'source-wins' | 'destination-wins';

/** How a cycle runs; every field has a default. */
export interface SyncConfig {
  /** Default HASH_THEN_MTIME. */
  readonly comparisonMode?: ComparisonMode | undefined;
  /** First sync with no last state, TWO_WAY. Default `merge`. */
  readonly initial?: InitialSync | undefined;
  /** Stop before deleting more than this on a side: a count, a percentage of its files, or no limit. Default 50 %. */
  readonly maxDelete?: MaxDelete | undefined;
  /** Carry the plan out although the delete guard or an emptied root would stop it. */
  readonly force?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
  readonly symlinks?: SymlinkPolicy | undefined;
  /** Bytes a second; undefined is unlimited. */
  readonly bandwidth?: { readonly upload?: number | undefined; readonly download?: number | undefined } | undefined;
  /** Attempts for a failure that may pass, the first included. Default 4. */
  readonly attempts?: number | undefined;
  /** Look only at these paths and what lies below them (from a watcher); undefined looks everywhere. */
  readonly only?: readonly string[] | undefined;
  /** Told what will be done, before anything is. */
  readonly onPlan?: ((actions: readonly Action[]) => void) | undefined;
}

/** How much runs at once. */
export interface ConcurrencyLimits {
  /** Uploads and downloads; default 5. */
  readonly transfers?: number | undefined;
  /** Deletes, renames, folders and other small operations; default 10. */
  readonly operations?: number | undefined;
}
