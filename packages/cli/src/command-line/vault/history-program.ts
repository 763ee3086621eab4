import type { Command } from 'commander';
import { VAULT, withOpening } from './opening-options.ts';
import { VAULT_EXAMPLES } from './vault-examples.ts';
import type { VaultCommands } from './vault-flags.ts';

export function addHistory(vault: Command, commands: VaultCommands): void {
  addLog(vault, commands);
  addList(vault, commands);
  addVersions(vault, commands);
  addRestore(vault, commands);
  addDiff(vault, commands);
  addFind(vault, commands);
}

function addLog(vault: Command, commands: VaultCommands): void {
  const log = vault
    .command('log')
    .description('list the versions of a vault, newest first')
    .argument(...VAULT)
    .option('-n, --limit <n>', 'only the newest n')
    .option('--json', 'print one JSON object a line');
  withOpening(log)
    .addHelpText('after', VAULT_EXAMPLES.log)
    .action((place, flags) => commands.log(place, flags));
}

function addList(vault: Command, commands: VaultCommands): void {
  const list = vault
    .command('ls')
    .description('list a folder of a vault')
    .argument(...VAULT)
    .argument('[path]', 'a file or folder, with @VERSION for an older one')
    .option('-r, --recursive', 'list all that is below')
    .option('--json', 'print one JSON object a line');
  withOpening(list)
    .addHelpText('after', VAULT_EXAMPLES.ls)
    .action((place, path, flags) => commands.list(place, path, flags));
}

function addVersions(vault: Command, commands: VaultCommands): void {
  const versions = vault
    .command('versions')
    .description('list the versions of a file, newest first')
    .argument(...VAULT)
    .argument('<path>', 'a path in the vault')
    .option('--json', 'print one JSON array');
  withOpening(versions)
    .addHelpText('after', VAULT_EXAMPLES.versions)
    .action((place, path, flags) => commands.versions(place, path, flags));
}

function addRestore(vault: Command, commands: VaultCommands): void {
  const restore = vault
    .command('restore')
    .description('bring back a file or folder as it was')
    .argument(...VAULT)
    .argument('[path]', 'PATH, PATH@VERSION, or @VERSION for everything')
    .option('--to <dir>', 'write into this folder; else it becomes the newest version in the vault')
    .option('--overwrite', 'with --to: replace files that are there (they go to its trash)')
    .option('--json', 'print one JSON object');
  withOpening(restore)
    .addHelpText('after', VAULT_EXAMPLES.restore)
    .action((place, path, flags) => commands.restore(place, path, flags));
}

function addDiff(vault: Command, commands: VaultCommands): void {
  const diff = vault
    .command('diff')
    .description('list what changed between two versions')
    .argument(...VAULT)
    .argument('<before>', 'a version: 12, -1, 2026-11-21')
    .argument('<after>', 'another one, or latest')
    .option('--json', 'print one JSON object a line');
  withOpening(diff)
    .addHelpText('after', VAULT_EXAMPLES.diff)
    .action((place, before, after, flags) => commands.diff(place, before, after, flags));
}

function addFind(vault: Command, commands: VaultCommands): void {
  const find = vault
    .command('find')
    .description('find paths by pattern')
    .argument(...VAULT)
    .argument('<pattern>', "such as '*.jpg' or 'docs/**/plan*'")
    .option('-a, --all', 'look in all versions, not only in the newest')
    .option('--at <version>', 'look in this version')
    .option('--json', 'print one JSON object a line');
  withOpening(find)
    .addHelpText('after', VAULT_EXAMPLES.find)
    .action((place, pattern, flags) => commands.find(place, pattern, flags));
}
