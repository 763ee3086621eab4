import type { Commands } from './flags.ts';
import type { LiveCommands } from './live/live-flags.ts';
import type { VaultCommands } from './vault/vault-flags.ts';

export type Call = readonly [name: string, ...args: unknown[]];

const VAULT_COMMANDS = [
  'init',
  'keyList',
  'keyAdd',
  'keyRemove',
  'keyRotate',
  'log',
  'list',
  'versions',
  'restore',
  'diff',
  'find',
  'forget',
  'check',
  'repair',
  'stats',
  'prune',
  'unlock',
  'replicaList',
  'replicaRemove',
] as const satisfies readonly (keyof VaultCommands)[];

const LIVE_COMMANDS = [
  'serve',
  'login',
  'logout',
  'whoami',
  'init',
  'link',
  'unlink',
  'start',
  'stop',
  'pause',
  'resume',
  'logs',
  'configGet',
  'configSet',
  'configUnset',
  'configList',
  'select',
  'list',
  'versions',
  'restore',
  'shareList',
  'shareCreate',
  'shareRemove',
  'memberList',
  'memberAdd',
  'memberRemove',
  'keyList',
  'keyCreate',
  'keyRevoke',
  'userList',
  'userAdd',
  'userDisable',
  'webhookList',
  'webhookAdd',
  'webhookRemove',
  'webhookTest',
  'activity',
  'serviceInstall',
  'serviceUninstall',
] as const satisfies readonly (keyof LiveCommands)[];

/** Commands that do nothing but note with what they were called; those of groups as `vault.init`, `live.start`. */
export function recordedCommands(): { readonly calls: Call[]; readonly commands: Commands } {
  const calls: Call[] = [];
  const record =
    (name: string) =>
    async (...args: unknown[]): Promise<void> => {
      calls.push([name, ...args]);
    };
  const recorded = <Name extends string>(group: string, names: readonly Name[]) =>
    Object.fromEntries(names.map((name) => [name, record(`${group}.${name}`)])) as Record<Name, ReturnType<typeof record>>;
  const commands = {
    sync: record('sync'),
    status: record('status'),
    conflicts: record('conflicts'),
    resolveConflicts: record('resolveConflicts'),
    trashList: record('trashList'),
    trashRestore: record('trashRestore'),
    trashEmpty: record('trashEmpty'),
    live: recorded('live', LIVE_COMMANDS),
    vault: recorded('vault', VAULT_COMMANDS),
    completion: record('completion'),
  };
  return { calls, commands };
}
