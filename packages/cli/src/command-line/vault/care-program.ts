import type { Command } from 'commander';
import { VAULT, withOpening } from './opening-options.ts';
import { VAULT_EXAMPLES } from './vault-examples.ts';
import type { VaultCommands } from './vault-flags.ts';

export function addCare(vault: Command, commands: VaultCommands): void {
  addForget(vault, commands);
  addPrune(vault, commands);
  addCheck(vault, commands);
  addRepair(vault, commands);
  const stats = vault
    .command('stats')
    .description('show sizes, deduplication and compression')
    .argument(...VAULT)
    .option('--json', 'print one JSON object');
  withOpening(stats)
    .addHelpText('after', VAULT_EXAMPLES.stats)
    .action((place, flags) => commands.stats(place, flags));
  const unlock = vault
    .command('unlock')
    .description('take away the lock of a prune or repair that died')
    .argument(...VAULT)
    .option('--json', 'print one JSON object');
  withOpening(unlock)
    .addHelpText('after', VAULT_EXAMPLES.unlock)
    .action((place, flags) => commands.unlock(place, flags));
}

function addForget(vault: Command, commands: VaultCommands): void {
  const forget = vault
    .command('forget')
    .description('drop old versions; prune frees their space')
    .argument(...VAULT)
    .argument('[versions...]', 'drop just these, as log shows them')
    .optionsGroup('What is kept (a number, or unlimited):')
    .option('--keep-last <n>', 'the newest n versions')
    .option('--keep-hourly <n>', 'the newest of each hour, for n hours that have one')
    .option('--keep-daily <n>', 'the same for days')
    .option('--keep-weekly <n>', 'for weeks')
    .option('--keep-monthly <n>', 'for months')
    .option('--keep-yearly <n>', 'for years')
    .option('--max-versions <n>', 'at most n versions of any file')
    .optionsGroup('Options:')
    .option('-n, --dry-run', 'print what would be dropped and change nothing')
    .option('--json', 'print one JSON object');
  withOpening(forget)
    .addHelpText('after', VAULT_EXAMPLES.forget)
    .action((place, versions, flags) => commands.forget(place, versions, flags));
}

function addPrune(vault: Command, commands: VaultCommands): void {
  const prune = vault
    .command('prune')
    .description('free the space of what no version needs')
    .argument(...VAULT)
    .option('-n, --dry-run', 'print what would be freed and change nothing')
    .option('--json', 'print one JSON object');
  withOpening(prune)
    .addHelpText('after', VAULT_EXAMPLES.prune)
    .action((place, flags) => commands.prune(place, flags));
}

function addCheck(vault: Command, commands: VaultCommands): void {
  const check = vault
    .command('check')
    .description('look for damage')
    .argument(...VAULT)
    .option('--read-data', 'read and verify every byte')
    .option('--json', 'print one JSON object');
  withOpening(check)
    .addHelpText('after', VAULT_EXAMPLES.check)
    .action((place, flags) => commands.check(place, flags));
}

function addRepair(vault: Command, commands: VaultCommands): void {
  const repair = vault
    .command('repair')
    .description('make the best of what is undamaged')
    .argument(...VAULT)
    .option('-n, --dry-run', 'print what would be done and change nothing')
    .option('--json', 'print one JSON object');
  withOpening(repair)
    .addHelpText('after', VAULT_EXAMPLES.repair)
    .action((place, flags) => commands.repair(place, flags));
}

export function addReplica(vault: Command, commands: VaultCommands): void {
  const replica = vault
    .command('replica')
    .description('what is synced with a vault: list, remove')
    .addHelpText('after', VAULT_EXAMPLES.replica);
  const list = replica
    .command('list')
    .description('list the folders and vaults that are synced with it')
    .argument(...VAULT)
    .option('--json', 'print one JSON array');
  withOpening(list)
    .addHelpText('after', VAULT_EXAMPLES.replicaList)
    .action((place, flags) => commands.replicaList(place, flags));
  const remove = replica
    .command('remove')
    .description('give up one that is lost; deletions wait for all others only')
    .argument(...VAULT)
    .argument('<replica>', 'its id or name, as replica list shows it')
    .option('--json', 'print one JSON object');
  withOpening(remove)
    .addHelpText('after', VAULT_EXAMPLES.replicaRemove)
    .action((place, id, flags) => commands.replicaRemove(place, id, flags));
}
