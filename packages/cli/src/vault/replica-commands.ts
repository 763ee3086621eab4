import { EXIT } from '@cloudsync/engine';
import { listReplicas, type ReplicaRecord, removeReplica } from '@cloudsync/vault';
import type { VaultFlags } from '../command-line/vault/vault-flags.ts';
import { formatTime } from '../terminal/format.ts';
import { printable } from '../terminal/printable.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { withVault } from './with-vault.ts';

/** `cloudsync vault replica list`. @returns the exit code */
export async function replicaListCommand(given: string, flags: VaultFlags, terminal: Terminal): Promise<number> {
  return await withVault(given, { flags, terminal }, async ({ vault }) => {
    const found = await listReplicas(vault);
    if (flags.json === true) terminal.out(JSON.stringify(found.map(replicaFacts), null, 2));
    else if (found.length === 0) terminal.out('Nothing was synced with the vault yet.');
    else for (const { id, name, seen, timeMs } of found) terminal.out(`${id}  @${seen}  ${formatTime(timeMs)}  ${printable(name)}`);
    return EXIT.inSync;
  });
}

function replicaFacts({ id, name, seen, timeMs }: ReplicaRecord): object {
  return { id, name, seen, time: new Date(timeMs).toISOString() };
}

/** `cloudsync vault replica remove`. @returns the exit code */
export async function replicaRemoveCommand(
  given: string,
  replica: string,
  { flags, terminal }: { flags: VaultFlags; terminal: Terminal },
): Promise<number> {
  return await withVault(given, { flags, terminal }, async ({ vault }) => {
    const removed = await removeReplica(vault, replica);
    terminal.out(
      flags.json === true ? JSON.stringify(replicaFacts(removed)) : `Removed ${printable(removed.name)}: deletions no longer wait for it`,
    );
    return EXIT.inSync;
  });
}
