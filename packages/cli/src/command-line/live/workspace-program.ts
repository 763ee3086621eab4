import { type Command, Option } from 'commander';
import { collect } from '../collect.ts';
import { LIVE_EXAMPLES } from './live-examples.ts';
import type { LiveCommands } from './live-flags.ts';

/** Adds the commands that look at and change what a server keeps. */
export function addWorkspace(program: Command, commands: LiveCommands): void {
  addFiles(program, commands);
  addShare(program, commands);
  addMembers(program, commands);
  addWebhooks(program, commands);
  addKeys(program, commands);
  addUsers(program, commands);
}

/** Adds `cloudsync serve`. */
export function addServe(program: Command, commands: LiveCommands): void {
  program
    .command('serve')
    .description('serve workspaces to devices')
    .option('--data <dir>', 'where everything is kept (default: the folder server of CLOUDSYNC_HOME)')
    .option('--port <n>', 'default: 8787; 0 takes a free one')
    .option('--host <address>', 'default: 127.0.0.1, which only this machine reaches')
    .option('--tls-cert <file>', 'certificate chain, PEM')
    .option('--tls-key <file>', 'its key, PEM')
    .option('--owner-key-file <file>', "write the owner's API key here at the first start, instead of printing it")
    .option('--new-owner-key', 'make another key for the owner, who lost his')
    .option('--public-url <url>', 'how links for others call this server')
    .option('--trust-proxy', 'a proxy in front tells who asks (X-Forwarded-For)')
    .option('--allow-private-webhooks', 'deliver webhooks also to private addresses')
    .addHelpText('after', LIVE_EXAMPLES.serve)
    .action((flags) => commands.serve(flags));
}

/** A command that works on one workspace. */
function inWorkspace(command: Command): Command {
  return command
    .option('-w, --workspace <name>', 'which one: name, address or linked folder (default: the link that you are in)')
    .option('--json', 'print JSON');
}

function addFiles(program: Command, commands: LiveCommands): void {
  inWorkspace(
    program.command('ls').description('list what a workspace holds').argument('[path]', 'a folder (default: the one that you are in)'),
  )
    .option('-r, --recursive', 'and all that is below')
    .option('--trash', 'what was deleted')
    .addHelpText('after', LIVE_EXAMPLES.list)
    .action((path, flags) => commands.list(path, flags));
  inWorkspace(program.command('versions').description('list the versions of a file').argument('<path>', 'the file'))
    .addHelpText('after', LIVE_EXAMPLES.versions)
    .action((path, flags) => commands.versions(path, flags));
  inWorkspace(program.command('restore').description('bring back an old version, or what was deleted').argument('<path>', 'the file'))
    .option('--at <n>', 'a version as versions shows it (default: the content before this one)')
    .addHelpText('after', LIVE_EXAMPLES.restore)
    .action((path, flags) => commands.restore(path, flags));
  inWorkspace(program.command('activity').description('show who changed what'))
    .option('-n, --limit <n>', 'how many of the latest (default: 20)')
    .addHelpText('after', LIVE_EXAMPLES.activity)
    .action((flags) => commands.activity(flags));
}

function addShare(program: Command, commands: LiveCommands): void {
  const share = program.command('share').description('links for others: create, list, remove').addHelpText('after', LIVE_EXAMPLES.share);
  inWorkspace(share.command('create').description('print a link to a file or folder').argument('<path>', 'what is shared'))
    .option('--expires <time>', 'after which it no longer works: 12h, 7d')
    .option('--password-file <file>', 'its first line is asked for (- reads standard input)')
    .option('--max-downloads <n>', 'how often it works')
    .option('--edit', 'who has it may also write')
    .addHelpText('after', LIVE_EXAMPLES.shareCreate)
    .action((path, flags) => commands.shareCreate(path, flags));
  inWorkspace(share.command('list').description('list the links of a workspace'))
    .addHelpText('after', LIVE_EXAMPLES.shareList)
    .action((flags) => commands.shareList(flags));
  inWorkspace(share.command('remove').description('end a link').argument('<share>', 'its id, as share list shows it'))
    .addHelpText('after', LIVE_EXAMPLES.shareRemove)
    .action((id, flags) => commands.shareRemove(id, flags));
}

function addMembers(program: Command, commands: LiveCommands): void {
  const members = program
    .command('members')
    .description('who may use a workspace: list, add, remove')
    .addHelpText('after', LIVE_EXAMPLES.members);
  inWorkspace(members.command('list').description('list them'))
    .addHelpText('after', LIVE_EXAMPLES.memberList)
    .action((flags) => commands.memberList(flags));
  inWorkspace(members.command('add').description('add somebody, or change his role').argument('<user>', 'e-mail address or id'))
    .addOption(new Option('--role <role>', 'what he may do: viewer, editor (default), admin, owner'))
    .addHelpText('after', LIVE_EXAMPLES.memberAdd)
    .action((user, flags) => commands.memberAdd(user, flags));
  inWorkspace(members.command('remove').description('remove somebody').argument('<user>', 'e-mail address, name or id'))
    .addHelpText('after', LIVE_EXAMPLES.memberRemove)
    .action((user, flags) => commands.memberRemove(user, flags));
}

function addWebhooks(program: Command, commands: LiveCommands): void {
  const webhooks = program
    .command('webhooks')
    .description('tell another server of changes: list, add, remove, test')
    .addHelpText('after', LIVE_EXAMPLES.webhooks);
  inWorkspace(webhooks.command('list').description('list them'))
    .addHelpText('after', LIVE_EXAMPLES.webhookList)
    .action((flags) => commands.webhookList(flags));
  inWorkspace(webhooks.command('add').description('have a URL told').argument('<url>', 'where to'))
    .option('--event <event>', 'of what (default: all file events); repeatable', collect)
    .addHelpText('after', LIVE_EXAMPLES.webhookAdd)
    .action((url, flags) => commands.webhookAdd(url, flags));
  inWorkspace(webhooks.command('remove').description('end that').argument('<webhook>', 'its id'))
    .addHelpText('after', LIVE_EXAMPLES.webhookRemove)
    .action((id, flags) => commands.webhookRemove(id, flags));
  inWorkspace(webhooks.command('test').description('make one delivery now').argument('<webhook>', 'its id'))
    .addHelpText('after', LIVE_EXAMPLES.webhookTest)
    .action((id, flags) => commands.webhookTest(id, flags));
}

function addKeys(program: Command, commands: LiveCommands): void {
  const keys = program.command('keys').description('your API keys: list, create, revoke').addHelpText('after', LIVE_EXAMPLES.keys);
  keys
    .command('list')
    .description('list them')
    .option('--json', 'print one JSON object a line')
    .addHelpText('after', LIVE_EXAMPLES.keyList)
    .action((flags) => commands.keyList(flags));
  keys
    .command('create')
    .description('make a key and print it, once')
    .option('--name <text>', "what keys list calls it (default: this machine's name)")
    .option('--scope <scope>', 'what it may do: files:read, files:write, workspaces:read … (default: all); repeatable', collect)
    .option('--expires <time>', 'after which it no longer works: 12h, 30d')
    .option('--json', 'print one JSON object')
    .addHelpText('after', LIVE_EXAMPLES.keyCreate)
    .action((flags) => commands.keyCreate(flags));
  keys
    .command('revoke')
    .description('end a key, also where it is in use')
    .argument('<key>', 'its id, name or first characters')
    .option('--force', 'also the key that this device is logged in with')
    .option('--json', 'print one JSON object')
    .addHelpText('after', LIVE_EXAMPLES.keyRevoke)
    .action((key, flags) => commands.keyRevoke(key, flags));
}

function addUsers(program: Command, commands: LiveCommands): void {
  const users = program
    .command('users')
    .description('who may use the server: list, add, disable')
    .addHelpText('after', LIVE_EXAMPLES.users);
  users
    .command('list')
    .description('list them')
    .option('--json', 'print one JSON object a line')
    .addHelpText('after', LIVE_EXAMPLES.userList)
    .action((flags) => commands.userList(flags));
  users
    .command('add')
    .description('make a user and print his first key, once')
    .argument('<name>', 'what people call him')
    .option('--email <address>', 'by which members add knows him')
    .option('--admin', 'he may make users, too')
    .option('--key-file <file>', 'write the key here instead of printing it')
    .option('--json', 'print one JSON object')
    .addHelpText('after', LIVE_EXAMPLES.userAdd)
    .action((name, flags) => commands.userAdd(name, flags));
  users
    .command('disable')
    .description('refuse his keys; nothing of his is deleted')
    .argument('<user>', 'e-mail address, name or id')
    .option('--json', 'print one JSON object')
    .addHelpText('after', LIVE_EXAMPLES.userDisable)
    .action((user, flags) => commands.userDisable(user, flags));
}
