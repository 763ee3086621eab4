import { type Command, Option } from 'commander';
import { collect } from '../collect.ts';
import { VAULT, withOpening } from './opening-options.ts';
import { VAULT_EXAMPLES } from './vault-examples.ts';
import type { VaultCommands } from './vault-flags.ts';

export function addInit(vault: Command, commands: VaultCommands): void {
  vault
    .command('init')
    .description('make a vault; asks for a passphrase unless an option gives a key')
    .argument('<place>', 'a folder; made when it does not exist')
    .option('--passphrase-file <file>', 'its first line is the passphrase (- reads standard input); repeatable', collect)
    .option('--key-file <file>', 'this file opens the vault; repeatable', collect)
    .option('--new-key-file <file>', 'make a random key file that opens it')
    .option('--recovery-key', 'also make a recovery key and print it, once')
    .option('--no-encryption', 'whoever has the folder can read it')
    .addOption(suite())
    .option('--json', 'print one JSON object')
    .addHelpText('after', VAULT_EXAMPLES.init)
    .action((place, flags) => commands.init(place, flags));
}

function suite(): Option {
  const option = new Option('--suite <suite>', 'how it is encrypted').default(undefined, 'aes-256-gcm');
  option.argChoices = ['aes-256-gcm', 'xchacha20-poly1305'];
  return option;
}

export function addKey(vault: Command, commands: VaultCommands): void {
  const key = vault.command('key').description('what opens a vault: list, add, remove, rotate').addHelpText('after', VAULT_EXAMPLES.key);
  key
    .command('list')
    .description('list the keys of a vault; needs none of them')
    .argument(...VAULT)
    .option('--json', 'print one JSON array')
    .addHelpText('after', VAULT_EXAMPLES.keyList)
    .action((place, flags) => commands.keyList(place, flags));
  addKeyAdd(key, commands);
  const remove = key
    .command('remove')
    .description('remove a key; the last one stays')
    .argument(...VAULT)
    .argument('<key>', 'its id or label, as key list shows it')
    .option('--json', 'print one JSON object');
  withOpening(remove)
    .addHelpText('after', VAULT_EXAMPLES.keyRemove)
    .action((place, id, flags) => commands.keyRemove(place, id, flags));
  const rotate = key
    .command('rotate')
    .description('seal what comes with a new master key; only the key that was used stays')
    .argument(...VAULT)
    .option('-y, --yes', 'do not ask whether the other keys may go')
    .option('--json', 'print one JSON object');
  withOpening(rotate)
    .addHelpText('after', VAULT_EXAMPLES.keyRotate)
    .action((place, flags) => commands.keyRotate(place, flags));
}

function addKeyAdd(key: Command, commands: VaultCommands): void {
  const add = key
    .command('add')
    .description('add a key; asks for a passphrase unless an option gives another')
    .argument(...VAULT)
    .option('--new-passphrase-file <file>', 'its first line is the new passphrase')
    .option('--new-key-file <file>', 'make a random key file and add it')
    .option('--add-key-file <file>', 'add a key file that exists')
    .option('--recovery-key', 'make a recovery key and print it, once')
    .option('--label <text>', 'what key list shows; readable without a key')
    .option('--json', 'print one JSON object');
  withOpening(add)
    .addHelpText('after', VAULT_EXAMPLES.keyAdd)
    .action((place, flags) => commands.keyAdd(place, flags));
}
