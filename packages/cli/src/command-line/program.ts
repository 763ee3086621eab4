import { Argument, Command, Option } from 'commander';
import { collect } from './collect.ts';
import { EXAMPLES } from './examples.ts';
import type { Commands } from './flags.ts';
import { addLive } from './live/live-program.ts';
import { addServe, addWorkspace } from './live/workspace-program.ts';
import { withOpening } from './vault/opening-options.ts';
import { addVault } from './vault/vault-program.ts';

/** Offered by help and completion; the engine's parse functions accept every alias besides (a test keeps them equal). */
export const CHOICES = {
  mode: ['two-way', 'source-to-destination', 'source-backup', 'destination-to-source', 'destination-backup'],
  compare: ['hash-then-mtime', 'size-only', 'hash-only', 'mtime-only', 'size-and-mtime'],
  conflict: ['newest-wins', 'source-wins', 'destination-wins', 'manual', 'keep-both', 'auto-merge'],
  initial: ['merge', 'source-wins', 'destination-wins'],
  symlinks: ['keep', 'follow', 'skip'],
  use: ['source', 'destination', 'both'],
  shell: ['bash', 'zsh', 'fish'],
} satisfies Record<string, string[]>;

/**
 * The command line: names, options, help. It imports nothing but commander and does no work of its own, so that help is
 * instant; `commands` is called with what was parsed.
 */
export function buildProgram(commands: Commands, version: string): Command {
  const program = new Command('cloudsync')
    .description('Keeps folders in sync: with each other, with encrypted vaults, and live with other devices through a server.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .configureHelp({ subcommandTerm: (command) => command.name(), optionDescription })
    .addHelpText('after', EXAMPLES.cloudsync);

  program.commandsGroup('Folders:');
  addSync(program, commands);
  addStatus(program, commands);
  addConflicts(program, commands);
  addTrash(program, commands);
  addVault(program, commands.vault);
  program.commandsGroup('Live, through a server:');
  addLive(program, commands.live);
  program.commandsGroup('Workspaces:');
  addWorkspace(program, commands.live);
  program.commandsGroup('Others:').helpCommand('help [command]', 'show help of a command');
  addServe(program, commands.live);
  program
    .command('completion')
    .description('print a completion script for a shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(CHOICES.shell))
    .addHelpText('after', EXAMPLES.completion)
    .action((shell) => commands.completion(shell, program));
  return program;
}

function addSync(program: Command, commands: Commands): void {
  const sync = program
    .command('sync')
    .description('make two folders the same and remember what they agreed on; without folders, all links')
    .argument('[source]', 'a folder, vault:FOLDER, cloudsync://host/workspace, or a whole pair: SOURCE:MODE:DESTINATION')
    .argument('[destination]', 'the same; a folder is made when it does not exist on the first run')
    .optionsGroup('What is synced:')
    .addOption(firstIsDefault(choice('-m, --mode <mode>', 'which way changes travel', CHOICES.mode)))
    .addOption(firstIsDefault(choice('--compare <how>', 'when two files count as the same', CHOICES.compare)))
    .addOption(firstIsDefault(choice('--conflict <strategy>', 'when both sides changed one path', CHOICES.conflict)))
    .addOption(firstIsDefault(choice('--initial <preference>', 'first two-way sync of two folders that both have files', CHOICES.initial)))
    .option('-x, --exclude <pattern>', 'leave out what matches, as in .gitignore; repeatable', collect)
    .option('--exclude-from <file>', 'read such patterns from a file; repeatable', collect)
    .addOption(firstIsDefault(choice('--symlinks <how>', 'keep links, follow them, or leave them out', CHOICES.symlinks)))
    .option('--config <file>', 'sync all pairs that a JSON file lists')
    .optionsGroup('Safety:')
    .option('-n, --dry-run', 'print what would be done and change nothing')
    .option('--max-delete <limit>', 'stop before deleting more: a number of files, N%, or off (default: 50%)')
    .option('--force', 'go on although a guard would stop (many deletions, an emptied folder)')
    .option('--no-trash', 'delete and overwrite for good')
    .optionsGroup('How it runs:')
    .option('-w, --watch', 'stay, and sync on every change')
    .option('--every <time>', 'stay, and sync on a schedule: 15m, 1h, or a cron line')
    .option('--transfers <n>', 'how many files are copied at once (default: 5)')
    .option('--operations <n>', 'how many small operations run at once (default: 10)')
    .option('--bwlimit <rate>', 'bytes a second: 500K, 2M, or 1M:500K (up:down)')
    .option('--no-wait', 'give up when another run works on the pair')
    .addOption(stateDir())
    .optionsGroup('Output:')
    .option('--json', 'print one JSON event a line')
    .option('-v, --verbose', 'list every action and every problem')
    .option('-q, --quiet', 'print problems only');
  withOpening(sync)
    .addHelpText('after', EXAMPLES.sync)
    .action((source, destination, flags) => commands.sync(source, destination, flags));
}

function addStatus(program: Command, commands: Commands): void {
  program
    .command('status')
    .description('show all links and pairs: state, progress, last sync, conflicts left')
    .option('-w, --watch', 'go on showing the links, as they change')
    .option('--json', 'print one JSON array; with --watch one a line')
    .addOption(stateDir())
    .addHelpText('after', EXAMPLES.status)
    .action((flags) => commands.status(flags));
}

function addConflicts(program: Command, commands: Commands): void {
  program
    .command('conflicts')
    .description('list what is left to decide')
    .argument('[source]', 'only this pair')
    .argument('[destination]')
    .option('--json', 'print one JSON array')
    .addOption(stateDir())
    .addHelpText('after', EXAMPLES.conflicts)
    .action((source, destination, flags) => commands.conflicts(source, destination, flags));
  const resolve = program
    .command('resolve-conflicts')
    .description('decide, per file, what both sides keep')
    .argument('[source]', 'only this pair')
    .argument('[destination]')
    .option('--path <path>', 'the conflict to decide (as cloudsync conflicts lists it); repeatable', collect)
    .option('--all', 'decide all conflicts the same way')
    .addOption(choice('--use <content>', 'a file with the merged content, or one of', CHOICES.use))
    .option('--no-wait', 'give up when another run works on the pair')
    .addOption(stateDir())
    .option('-q, --quiet', 'print problems only');
  withOpening(resolve)
    .addHelpText('after', EXAMPLES.resolveConflicts)
    .action((source, destination, flags) => commands.resolveConflicts(source, destination, flags));
}

function addTrash(program: Command, commands: Commands): void {
  const trash = program
    .command('trash')
    .description("list, restore or empty what a folder's syncs deleted and overwrote")
    .addHelpText('after', EXAMPLES.trash);
  trash
    .command('list')
    .description('list what lies in the trash of a synced folder')
    .argument('<folder>', 'the root of a pair')
    .option('--older-than <age>', 'only what is older: 30d, 12h')
    .option('--json', 'print one JSON array')
    .addHelpText('after', EXAMPLES.trashList)
    .action((folder, flags) => commands.trashList(folder, flags));
  trash
    .command('restore')
    .description('bring files back to where they were')
    .argument('<folder>', 'the root of a pair')
    .argument('<paths...>', 'paths below it; a folder brings back everything in it')
    .option('--from <time>', 'only from this time folder, as trash list shows it')
    .option('--json', 'print one JSON array')
    .addHelpText('after', EXAMPLES.trashRestore)
    .action((folder, paths, flags) => commands.trashRestore(folder, paths, flags));
  trash
    .command('empty')
    .description('delete for good what lies in the trash of a synced folder')
    .argument('<folder>', 'the root of a pair')
    .option('--older-than <age>', 'only what is older: 30d, 12h')
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXAMPLES.trashEmpty)
    .action((folder, flags) => commands.trashEmpty(folder, flags));
}

/** Lists the values in help and completion without refusing others: aliases are read by the engine. */
function choice(flags: string, description: string, values: string[]): Option {
  const option = new Option(flags, description);
  option.argChoices = values;
  return option;
}

/** Only for help: which option was typed must stay known, because a pairs file stands between it and the default. */
function firstIsDefault(option: Option): Option {
  return option.default(undefined, option.argChoices?.[0]);
}

/** `when two files count as the same: hash-then-mtime (default), size-only, …`. */
function optionDescription({ description, argChoices, defaultValueDescription }: Option): string {
  if (argChoices === undefined) return description;
  const values = argChoices.map((value) => (value === defaultValueDescription ? `${value} (default)` : value));
  return `${description}: ${values.join(', ')}`;
}

function stateDir(): Option {
  return new Option('--state-dir <dir>', 'keep the state of pairs here (default: the state folder of the user or of CLOUDSYNC_HOME)');
}
