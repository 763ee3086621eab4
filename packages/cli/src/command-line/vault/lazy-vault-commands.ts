import type { Terminal } from '../../terminal/terminal.ts';
import type { VaultCommands } from './vault-flags.ts';

/** Runs one command under its name. */
export type RunCommand = (name: string, command: () => Promise<number>) => Promise<void>;

const keys = () => import('../../vault/key-commands.ts');
const history = () => import('../../vault/history-commands.ts');
const care = () => import('../../vault/care-commands.ts');
const replicas = () => import('../../vault/replica-commands.ts');

/** The vault commands, each imported when it is called. */
export function lazyVaultCommands(run: RunCommand, terminal: Terminal): VaultCommands {
  return {
    init: (place, flags) =>
      run('vault init', async () => (await import('../../vault/init-command.ts')).vaultInitCommand(place, flags, terminal)),
    keyList: (place, flags) => run('vault key list', async () => (await keys()).keyListCommand(place, flags, terminal)),
    keyAdd: (place, flags) => run('vault key add', async () => (await keys()).keyAddCommand(place, flags, terminal)),
    keyRemove: (place, key, flags) => run('vault key remove', async () => (await keys()).keyRemoveCommand(place, key, { flags, terminal })),
    keyRotate: (place, flags) => run('vault key rotate', async () => (await keys()).keyRotateCommand(place, flags, terminal)),
    log: (place, flags) => run('vault log', async () => (await history()).logCommand(place, flags, terminal)),
    list: (place, path, flags) => run('vault ls', async () => (await history()).listCommand(place, path, { flags, terminal })),
    versions: (place, path, flags) =>
      run('vault versions', async () => (await history()).versionsCommand(place, path, { flags, terminal })),
    diff: (place, before, after, flags) =>
      run('vault diff', async () => (await history()).diffCommand(place, [before, after], { flags, terminal })),
    find: (place, pattern, flags) => run('vault find', async () => (await history()).findCommand(place, pattern, { flags, terminal })),
    restore: (place, path, flags) =>
      run('vault restore', async () => (await import('../../vault/restore-command.ts')).restoreCommand(place, path, { flags, terminal })),
    forget: (place, versions, flags) =>
      run('vault forget', async () => (await import('../../vault/forget-command.ts')).forgetCommand(place, versions, { flags, terminal })),
    check: (place, flags) =>
      run('vault check', async () => (await import('../../vault/check-command.ts')).checkCommand(place, flags, terminal)),
    repair: (place, flags) =>
      run('vault repair', async () => (await import('../../vault/repair-command.ts')).repairCommand(place, flags, terminal)),
    stats: (place, flags) =>
      run('vault stats', async () => (await import('../../vault/stats-command.ts')).statsCommand(place, flags, terminal)),
    prune: (place, flags) => run('vault prune', async () => (await care()).pruneCommand(place, flags, terminal)),
    unlock: (place, flags) => run('vault unlock', async () => (await care()).unlockCommand(place, flags, terminal)),
    replicaList: (place, flags) => run('vault replica list', async () => (await replicas()).replicaListCommand(place, flags, terminal)),
    replicaRemove: (place, replica, flags) =>
      run('vault replica remove', async () => (await replicas()).replicaRemoveCommand(place, replica, { flags, terminal })),
  };
}
