import { SyncError } from '@cloudsync/engine';
import type { VaultConfig } from '@cloudsync/vault';
import type { Terminal } from '../terminal/terminal.ts';
import { askYesNo } from './ask-passphrase.ts';
import { memoryFile, rememberedVaults, VaultMemoryFile } from './vault-memory.ts';

export interface UnencryptedQuestion {
  readonly config: VaultConfig;
  /** As the user named the vault. */
  readonly name: string;
  /** Its folder, absolute, links resolved. */
  readonly place: string;
  readonly stateHome: string;
  /** What was given to open it with. */
  readonly given: 'option' | 'environment' | 'nothing';
  readonly terminal: Terminal;
}

/**
 * Whoever holds the place of a vault could put one without encryption there, and would be sent everything in clear. So an unencrypted vault
 * is only used when it is meant: nothing was given to open it with, and no encrypted one was there before.
 * @throws SyncError `vault/not-encrypted`, `sync/cancelled`
 */
export async function assertUnencryptedIsMeant({ config, name, place, stateHome, given, terminal }: UnencryptedQuestion): Promise<void> {
  const known = await new VaultMemoryFile(stateHome, config.id).read();
  if (known.suite !== undefined && known.suite !== 'none') throw exchanged(name, memoryFile(stateHome, config.id));
  if (given === 'option') throw keyGiven(name, 'leave the key out');
  if (known.suite === 'none') return;
  for (const id of await rememberedVaults(stateHome)) {
    const other = await new VaultMemoryFile(stateHome, id).read();
    if (other.place === place && other.suite !== undefined && other.suite !== 'none') throw exchanged(name, memoryFile(stateHome, id));
  }
  if (given === 'environment') throw keyGiven(name, 'leave CLOUDSYNC_PASSPHRASE out for once');
  const isMeant = !terminal.canAsk || (await askYesNo(`The vault ${name} is not encrypted: whoever has it can read it. Go on?`));
  if (!isMeant) throw new SyncError('sync/cancelled', 'cancelled; nothing was changed');
}

function keyGiven(name: string, advice: string): SyncError {
  return new SyncError(
    'vault/not-encrypted',
    `the vault ${name} is not encrypted although a key was given for it; if that is meant, ${advice}`,
  );
}

function exchanged(name: string, file: string): SyncError {
  const message = `the vault ${name} is not encrypted, but the one that this device knows there is; somebody may have exchanged it`;
  return new SyncError('vault/not-encrypted', `${message}; if you did, remove ${file}`);
}

/** A new vault takes the place of those that were there before. */
export async function forgetPlace(stateHome: string, place: string): Promise<void> {
  for (const id of await rememberedVaults(stateHome)) {
    const file = new VaultMemoryFile(stateHome, id);
    const memory = await file.read();
    if (memory.place === place) await file.write({ ...memory, place: undefined });
  }
}
