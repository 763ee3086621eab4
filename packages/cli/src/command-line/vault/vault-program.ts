import type { Command } from 'commander';
import { addCare, addReplica } from './care-program.ts';
import { addHistory } from './history-program.ts';
import { addInit, addKey } from './key-program.ts';
import { VAULT_EXAMPLES } from './vault-examples.ts';
import type { VaultCommands } from './vault-flags.ts';

/** Adds `cloudsync vault …` to the command line. */
export function addVault(program: Command, commands: VaultCommands): void {
  const vault = program.command('vault').description('encrypted vaults that keep every version').addHelpText('after', VAULT_EXAMPLES.vault);
  addInit(vault, commands);
  addHistory(vault, commands);
  addCare(vault, commands);
  addKey(vault, commands);
  addReplica(vault, commands);
}
