import type { Command } from 'commander';
import type { LiveCommands } from './live/live-flags.ts';
import type { VaultCommands, VaultKeyFlags } from './vault/vault-flags.ts';

/*
 * What the command line hands to the commands: the text of each option as it was typed, undefined when it was not.
 */

export interface SyncFlags extends VaultKeyFlags {
  readonly mode?: string;
  readonly compare?: string;
  readonly conflict?: string;
  readonly initial?: string;
  readonly exclude?: readonly string[];
  readonly excludeFrom?: readonly string[];
  readonly symlinks?: string;
  readonly config?: string;
  readonly dryRun?: boolean;
  readonly maxDelete?: string;
  readonly force?: boolean;
  /** False after --no-trash. */
  readonly trash: boolean;
  readonly watch?: boolean;
  readonly every?: string;
  readonly transfers?: string;
  readonly operations?: string;
  readonly bwlimit?: string;
  /** False after --no-wait. */
  readonly wait: boolean;
  readonly stateDir?: string;
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly quiet?: boolean;
}

export interface PairsFlags {
  readonly json?: boolean;
  readonly stateDir?: string;
}

export interface StatusFlags extends PairsFlags {
  readonly watch?: boolean;
}

export interface ResolveFlags extends VaultKeyFlags {
  readonly path?: readonly string[];
  readonly all?: boolean;
  readonly use?: string;
  readonly wait: boolean;
  readonly stateDir?: string;
  readonly quiet?: boolean;
}

export interface TrashFlags {
  readonly olderThan?: string;
  readonly from?: string;
  readonly json?: boolean;
}

/** What the command line can do. */
export interface Commands {
  sync(source: string | undefined, destination: string | undefined, flags: SyncFlags): Promise<void>;
  status(flags: StatusFlags): Promise<void>;
  conflicts(source: string | undefined, destination: string | undefined, flags: PairsFlags): Promise<void>;
  resolveConflicts(source: string | undefined, destination: string | undefined, flags: ResolveFlags): Promise<void>;
  trashList(folder: string, flags: TrashFlags): Promise<void>;
  trashRestore(folder: string, paths: readonly string[], flags: TrashFlags): Promise<void>;
  trashEmpty(folder: string, flags: TrashFlags): Promise<void>;
  readonly live: LiveCommands;
  readonly vault: VaultCommands;
  completion(shell: string, program: Command): Promise<void>;
}
