import type { Commands } from './flags.ts';
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

/** Commands that do nothing but note with what they were called; those of vaults as `vault.init`. */
export function recordedCommands(): { readonly calls: Call[]; readonly commands: Commands } {
  const calls: Call[] = [];
  const record =
    (name: string) =>
    async (...args: unknown[]): Promise<void> => {
      calls.push([name, ...args]);
    };
  const vault = Object.fromEntries(VAULT_COMMANDS.map((name) => [name, record(`vault.${name}`)])) as Record<
    (typeof VAULT_COMMANDS)[number],
    ReturnType<typeof record>
  >;
  const commands = {
    sync: record('sync'),
    status: record('status'),
    conflicts: record('conflicts'),
    resolveConflicts: record('resolveConflicts'),
    trashList: record('trashList'),
    trashRestore: record('trashRestore'),
    trashEmpty: record('trashEmpty'),
    vault,
    completion: record('completion'),
  };
  return { calls, commands };
}
