import type { Terminal } from '../../terminal/terminal.ts';
import type { RunCommand } from '../vault/lazy-vault-commands.ts';
import type { LiveCommands } from './live-flags.ts';

const account = () => import('../../account/account-commands.ts');
const links = () => import('../../links/link-commands.ts');
const agent = () => import('../../agent/agent-commands.ts');
const settings = () => import('../../settings/config-commands.ts');
const files = () => import('../../workspace/file-commands.ts');
const shares = () => import('../../workspace/share-commands.ts');
const members = () => import('../../workspace/member-commands.ts');
const keys = () => import('../../workspace/key-commands.ts');
const users = () => import('../../workspace/user-commands.ts');
const webhooks = () => import('../../workspace/webhook-commands.ts');
const service = () => import('../../service/service-commands.ts');

/** The commands of live sync, each imported when it is called. */
export function lazyLiveCommands(run: RunCommand, terminal: Terminal): LiveCommands {
  return { ...deviceCommands(run, terminal), ...workspaceCommands(run, terminal) };
}

type WorkspaceCommandNames = 'list' | 'versions' | 'restore' | 'activity' | `${'share' | 'member' | 'key' | 'user' | 'webhook'}${string}`;
type WorkspaceCommands = Pick<LiveCommands, Extract<keyof LiveCommands, WorkspaceCommandNames>>;

function deviceCommands(run: RunCommand, terminal: Terminal): Omit<LiveCommands, keyof WorkspaceCommands> {
  return {
    serve: (flags) => run('serve', async () => (await import('../../serve/serve-command.ts')).serveCommand(flags, terminal)),
    login: (flags) => run('login', async () => (await account()).loginCommand(flags, terminal)),
    logout: (endpoint) => run('logout', async () => (await account()).logoutCommand(endpoint, terminal)),
    whoami: (flags) => run('whoami', async () => (await account()).whoamiCommand(flags, terminal)),
    init: (folder, workspace, flags) => run('init', async () => (await links()).initCommand(folder, workspace, { flags, terminal })),
    link: (folder, workspace, flags) => run('link', async () => (await links()).linkCommand(folder, workspace, { flags, terminal })),
    unlink: (folder) => run('unlink', async () => (await links()).unlinkCommand(folder, terminal)),
    start: (flags) => run('start', async () => (await import('../../agent/start-command.ts')).startCommand(flags, terminal)),
    stop: () => run('stop', async () => (await agent()).stopCommand(terminal)),
    pause: (folder) => run('pause', async () => (await agent()).pauseCommand(folder, true, terminal)),
    resume: (folder) => run('resume', async () => (await agent()).pauseCommand(folder, false, terminal)),
    logs: (flags) => run('logs', async () => (await import('../../agent/logs-command.ts')).logsCommand(flags, terminal)),
    configGet: (key, flags) => run('config get', async () => (await settings()).configGetCommand(key, { flags, terminal })),
    configSet: (key, values, flags) => run('config set', async () => (await settings()).configSetCommand(key, values, { flags, terminal })),
    configUnset: (key, flags) => run('config unset', async () => (await settings()).configUnsetCommand(key, { flags, terminal })),
    configList: (flags) => run('config list', async () => (await settings()).configListCommand({ flags, terminal })),
    select: (folder, flags) =>
      run('select', async () => (await import('../../links/select-command.ts')).selectCommand(folder, flags, terminal)),
    serviceInstall: (flags) => run('service install', async () => (await service()).serviceInstallCommand(flags, terminal)),
    serviceUninstall: () => run('service uninstall', async () => (await service()).serviceUninstallCommand(terminal)),
  };
}

function workspaceCommands(run: RunCommand, terminal: Terminal): WorkspaceCommands {
  return {
    list: (path, flags) => run('ls', async () => (await files()).listCommand(path, { flags, terminal })),
    versions: (path, flags) => run('versions', async () => (await files()).versionsCommand(path, { flags, terminal })),
    restore: (path, flags) => run('restore', async () => (await files()).restoreCommand(path, { flags, terminal })),
    shareList: (flags) => run('share list', async () => (await shares()).shareListCommand({ flags, terminal })),
    shareCreate: (path, flags) => run('share create', async () => (await shares()).shareCreateCommand(path, { flags, terminal })),
    shareRemove: (share, flags) => run('share remove', async () => (await shares()).shareRemoveCommand(share, { flags, terminal })),
    memberList: (flags) => run('members list', async () => (await members()).memberListCommand({ flags, terminal })),
    memberAdd: (user, flags) => run('members add', async () => (await members()).memberAddCommand(user, { flags, terminal })),
    memberRemove: (user, flags) => run('members remove', async () => (await members()).memberRemoveCommand(user, { flags, terminal })),
    keyList: (flags) => run('keys list', async () => (await keys()).keyListCommand({ flags, terminal })),
    keyCreate: (flags) => run('keys create', async () => (await keys()).keyCreateCommand({ flags, terminal })),
    keyRevoke: (key, flags) => run('keys revoke', async () => (await keys()).keyRevokeCommand(key, { flags, terminal })),
    userList: (flags) => run('users list', async () => (await users()).userListCommand({ flags, terminal })),
    userAdd: (name, flags) => run('users add', async () => (await users()).userAddCommand(name, { flags, terminal })),
    userDisable: (user, flags) => run('users disable', async () => (await users()).userDisableCommand(user, { flags, terminal })),
    webhookList: (flags) => run('webhooks list', async () => (await webhooks()).webhookListCommand({ flags, terminal })),
    webhookAdd: (url, flags) => run('webhooks add', async () => (await webhooks()).webhookAddCommand(url, { flags, terminal })),
    webhookRemove: (webhook, flags) =>
      run('webhooks remove', async () => (await webhooks()).webhookRemoveCommand(webhook, { flags, terminal })),
    webhookTest: (webhook, flags) => run('webhooks test', async () => (await webhooks()).webhookTestCommand(webhook, { flags, terminal })),
    activity: (flags) =>
      run('activity', async () => (await import('../../workspace/activity-command.ts')).activityCommand(flags, terminal)),
  };
}
