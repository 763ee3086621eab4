import { type Command, Option } from 'commander';
import { collect } from '../collect.ts';
import { LIVE_EXAMPLES } from './live-examples.ts';
import type { LiveCommands } from './live-flags.ts';

/** Adds the commands that keep folders of this device in sync with workspaces of a server. */
export function addLive(program: Command, commands: LiveCommands): void {
  addAccount(program, commands);
  addLinks(program, commands);
  addAgent(program, commands);
  addConfig(program, commands);
}

function addAccount(program: Command, commands: LiveCommands): void {
  program
    .command('login')
    .description('remember the key of a server on this device')
    .option('--endpoint <url>', 'the server: https://host (default: the last one, else http://127.0.0.1:8787)')
    .option('--api-key-file <file>', 'its first line is the key (- reads standard input); else CLOUDSYNC_API_KEY, or you are asked')
    .addHelpText('after', LIVE_EXAMPLES.login)
    .action((flags) => commands.login(flags));
  program
    .command('logout')
    .description('forget it')
    .argument('[endpoint]', 'which server (default: the last one)')
    .addHelpText('after', LIVE_EXAMPLES.logout)
    .action((endpoint) => commands.logout(endpoint));
  program
    .command('whoami')
    .description('show whose key this device uses, and what it may do')
    .option('--json', 'print one JSON object')
    .addHelpText('after', LIVE_EXAMPLES.whoami)
    .action((flags) => commands.whoami(flags));
}

function addLinks(program: Command, commands: LiveCommands): void {
  program
    .command('init')
    .description('make a workspace of a folder and link the two')
    .argument('[folder]', 'which folder (default: this one)')
    .argument('[workspace]', "its name (default: the folder's)")
    .addOption(skip())
    .addHelpText('after', LIVE_EXAMPLES.init)
    .action((folder, workspace, flags) => commands.init(folder, workspace, flags));
  program
    .command('link')
    .description('keep a folder and a workspace the same')
    .argument('<folder>', 'made when it does not exist')
    .argument('<workspace>', 'its name, or cloudsync://host/workspace')
    .option('--create', 'make the workspace when there is none')
    .addOption(skip())
    .addHelpText('after', LIVE_EXAMPLES.link)
    .action((folder, workspace, flags) => commands.link(folder, workspace, flags));
  program
    .command('unlink')
    .description('stop that; nothing is deleted')
    .argument('[folder]', 'which link (default: the one that you are in)')
    .addHelpText('after', LIVE_EXAMPLES.unlink)
    .action((folder) => commands.unlink(folder));
  program
    .command('select')
    .description('choose which folders of a workspace are kept on this device')
    .argument('[folder]', 'which link (default: the one that you are in)')
    .addOption(skip())
    .option('--keep <path>', 'keep this folder again; repeatable', collect)
    .option('--all', 'keep everything')
    .option('--json', 'print one JSON object')
    .addHelpText('after', LIVE_EXAMPLES.select)
    .action((folder, flags) => commands.select(folder, flags));
}

function skip(): Option {
  return new Option('--skip <path>', 'do not keep this folder of the workspace here; repeatable').argParser(collect);
}

function addAgent(program: Command, commands: LiveCommands): void {
  program
    .command('start')
    .description('keep all links in sync')
    .option('-d, --detach', 'in the background; returns when the first sync is done')
    .option('--json', 'print one JSON event a line: every change, and the status')
    .addHelpText('after', LIVE_EXAMPLES.start)
    .action((flags) => commands.start(flags));
  program
    .command('stop')
    .description('end that')
    .addHelpText('after', LIVE_EXAMPLES.stop)
    .action(() => commands.stop());
  for (const [name, description] of [
    ['pause', 'leave a link, or all, as it is until it is resumed'],
    ['resume', 'go on with it'],
  ] as const) {
    program
      .command(name)
      .description(description)
      .argument('[folder]', 'which link (default: all)')
      .addHelpText('after', LIVE_EXAMPLES[name])
      .action((folder) => commands[name](folder));
  }
  program
    .command('logs')
    .description('show what the agent did')
    .option('-f, --follow', 'go on showing')
    .option('-n, --lines <n>', 'how many of the last lines (default: 50)')
    .option('--json', 'print one JSON object a line')
    .addHelpText('after', LIVE_EXAMPLES.logs)
    .action((flags) => commands.logs(flags));
  const service = program.command('service').description('have the agent started at login').addHelpText('after', LIVE_EXAMPLES.service);
  service
    .command('install')
    .description('write a systemd unit for this user')
    .option('--print', 'only print it')
    .addHelpText('after', LIVE_EXAMPLES.serviceInstall)
    .action((flags) => commands.serviceInstall(flags));
  service
    .command('uninstall')
    .description('remove it')
    .addHelpText('after', LIVE_EXAMPLES.serviceUninstall)
    .action(() => commands.serviceUninstall());
}

function addConfig(program: Command, commands: LiveCommands): void {
  const config = program
    .command('config')
    .description('when and how links are synced: get, set, list, unset')
    .addHelpText('after', LIVE_EXAMPLES.config);
  const add = (name: string, description: string): Command =>
    config.command(name).description(description).option('--folder <dir>', 'only for this link').option('--json', 'print JSON');
  add('get', 'print one setting')
    .argument('<key>', 'as config list shows it')
    .addHelpText('after', LIVE_EXAMPLES.configGet)
    .action((key, flags) => commands.configGet(key, flags));
  add('set', 'change one setting')
    .argument('<key>', 'as config list shows it')
    .argument('<values...>', 'sync.filters takes several')
    .addHelpText('after', LIVE_EXAMPLES.configSet)
    .action((key, values, flags) => commands.configSet(key, values, flags));
  add('list', 'print all settings')
    .addHelpText('after', LIVE_EXAMPLES.configList)
    .action((flags) => commands.configList(flags));
  add('unset', 'go back to what is standard')
    .argument('<key>', 'as config list shows it')
    .addHelpText('after', LIVE_EXAMPLES.configUnset)
    .action((key, flags) => commands.configUnset(key, flags));
}
