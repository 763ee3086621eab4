import { SyncError, SyncPauseController } from '@cloudsync/engine';
import type { Vault } from '@cloudsync/vault';
import type { VaultKeyFlags } from '../command-line/vault/vault-flags.ts';
import { stateHome, surroundings } from '../device/state-home.ts';
import { cancelOnSignals } from '../sync/interrupts.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { OpenVault } from './open-vault.ts';
import { VaultOpener } from './vault-opener.ts';
import { vaultPlace } from './vault-place.ts';

export interface VaultRequest {
  readonly flags: VaultKeyFlags;
  readonly terminal: Terminal;
  /** What to do when the newest version cannot be read. Default: refuse. */
  readonly damagedHead?: 'refuse' | 'step-back' | undefined;
}

/** What a command works with. */
export interface VaultWork {
  readonly open: OpenVault;
  readonly vault: Vault;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/**
 * Opens the vault that a command names, works on it, and remembers what was seen of it. The first Ctrl-C asks the work to end, the second
 * ends the process.
 * @throws what opening and `work` throw
 */
export async function withVault<T>(
  given: string,
  { flags, terminal, damagedHead }: VaultRequest,
  work: (work: VaultWork) => Promise<T>,
): Promise<T> {
  const around = surroundings();
  const opener = new VaultOpener({ flags, terminal, stateHome: stateHome(undefined, around) });
  await using open = await OpenVault.open(vaultPlace(given, around.cwd), { opener, damagedHead });
  const control = new SyncPauseController();
  const stopListening = cancelOnSignals(control, () => terminal.err('Stopping cleanly … (again to stop at once)'));
  try {
    return await work({ open, vault: open.vault, signal: control.signal });
  } catch (error) {
    if (!control.cancelled || SyncError.is(error)) throw error;
    throw new SyncError('sync/cancelled', 'cancelled', { cause: error });
  } finally {
    stopListening();
  }
}
