import type { Terminal } from '../terminal/terminal.ts';
import type { Commands } from './flags.ts';
import { lazyLiveCommands } from './live/lazy-live-commands.ts';
import { lazyVaultCommands } from './vault/lazy-vault-commands.ts';

/** How the command line ended: filled in by the command that ran. */
export interface Outcome {
  exitCode: number;
  /** The command whose --help explains what was wrong. */
  helpOf: string;
}

/** The commands, each imported when it is called. */
export function lazyCommands(terminal: Terminal, outcome: Outcome): Commands {
  const run = async (name: string, command: () => Promise<number>): Promise<void> => {
    outcome.helpOf = `cloudsync ${name}`;
    outcome.exitCode = await command();
  };
  return {
    sync: (source, destination, flags) =>
      run('sync', async () => (await import('../sync/sync-command.ts')).syncCommand({ source, destination, flags, terminal })),
    status: (flags) => run('status', async () => (await import('../status/status-command.ts')).statusCommand(flags, terminal)),
    conflicts: (source, destination, flags) =>
      run('conflicts', async () =>
        (await import('../conflicts/conflicts-command.ts')).conflictsCommand({ source, destination, flags, terminal }),
      ),
    resolveConflicts: (source, destination, flags) =>
      run('resolve-conflicts', async () =>
        (await import('../conflicts/resolve-command.ts')).resolveCommand({ source, destination, flags, terminal }),
      ),
    trashList: (folder, flags) =>
      run('trash list', async () => (await import('../trash/trash-commands.ts')).trashListCommand(folder, flags, terminal)),
    trashRestore: (folder, paths, flags) =>
      run('trash restore', async () =>
        (await import('../trash/trash-commands.ts')).trashRestoreCommand({ folder, paths, flags, terminal }),
      ),
    trashEmpty: (folder, flags) =>
      run('trash empty', async () => (await import('../trash/trash-commands.ts')).trashEmptyCommand(folder, flags, terminal)),
    live: lazyLiveCommands(run, terminal),
    vault: lazyVaultCommands(run, terminal),
    completion: (shell, program) =>
      run('completion', async () => (await import('../completion/completion-command.ts')).completionCommand(shell, program, terminal)),
  };
}
