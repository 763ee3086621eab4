import type { Terminal } from '../../terminal/terminal.ts';
import type { VaultCommands } from './vault-flags.ts';

/** Runs one command under its name. */
export type RunCommand = (name: string, command: () => Promise<number>) => Promise<void>;

const keys = () => import('../../vault/key-commands.ts');

/** The vault commands, each imported when it is called. */
export function lazyVaultCommands(run: RunCommand, terminal: Terminal): VaultCommands {
  return {
    init: (place, flags) =>
      run('vault init', async () => (await import('../../vault/init-command.ts')).vaultInitCommand(place, flags, terminal)),
    keyList: (place, flags) => run('vault key list', async () => (await keys()).keyListCommand(place, flags, terminal)),
    keyAdd: (place, flags) => run('vault key add', async () => (await keys()).keyAddCommand(place, flags, terminal)),
    keyRemove: (place, key, flags) => run('vault key remove', async () => (await keys()).keyRemoveCommand(place, key, { flags, terminal })),
    keyRotate: (place, flags) => run('vault key rotate', async () => (await keys()).keyRotateCommand(place, flags, terminal)),
  };
}
