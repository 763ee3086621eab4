import { EXIT, SyncError } from '@cloudsync/engine';
import {
  addSlot,
  formatRecoveryKey,
  type KeySlot,
  type MasterKeys,
  type NewSlot,
  newRecoveryKey,
  parseRecoveryKey,
  readConfig,
  readSlots,
  removeSlot,
  rotate,
  withMaintenanceLock,
} from '@cloudsync/vault';
import { errorLine } from '../command-line/failure.ts';
import type { VaultFlags, VaultKeyAddFlags, VaultRotateFlags } from '../command-line/vault/vault-flags.ts';
import { formatTime, plural } from '../terminal/format.ts';
import { printable } from '../terminal/printable.ts';
import { shellWord } from '../terminal/shell-word.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { askYesNo } from './ask-passphrase.ts';
import { makeKeyFile, newPassphrase } from './new-secrets.ts';
import type { OpenVault } from './open-vault.ts';
import { readKeyFile, readPassphraseFile } from './secrets.ts';
import { showRecoveryKey } from './show-recovery-key.ts';
import { openBlobs } from './vault-blobs.ts';
import { vaultPlace } from './vault-place.ts';
import { withVault } from './with-vault.ts';

/** `cloudsync vault key list`: what anybody can see. @returns the exit code */
export async function keyListCommand(given: string, flags: VaultFlags, terminal: Terminal): Promise<number> {
  await using blobs = openBlobs(vaultPlace(given, process.cwd()));
  const config = await readConfig(blobs.store);
  const { slots, damaged } = await readSlots(blobs.store);
  if (flags.json === true) terminal.out(JSON.stringify(slots.map(slotFacts), null, 2));
  else if (config.suite === 'none') terminal.out('The vault is not encrypted, so it has no keys.');
  else for (const slot of slots) terminal.out(slotLine(slot));
  for (const { message } of damaged) terminal.err(errorLine(message));
  return damaged.length > 0 ? EXIT.pathsFailed : EXIT.inSync;
}

function slotFacts({ id, kind, label, created, epoch }: KeySlot): object {
  return { id, kind, label, created, epoch };
}

function slotLine({ id, kind, label, created }: KeySlot): string {
  const name = { passphrase: 'passphrase', 'key-file': 'key file', recovery: 'recovery key' }[kind];
  const called = label === '' || label === name ? '' : `  ${printable(label)}`;
  return `${id}  ${name.padEnd(12)}  ${formatTime(Date.parse(created))}${called}`;
}

/** `cloudsync vault key add`. @returns the exit code */
export async function keyAddCommand(given: string, flags: VaultKeyAddFlags, terminal: Terminal): Promise<number> {
  assertOneKind(flags);
  return await withVault(given, { flags, terminal }, async ({ open: { config, unlocked, blobs } }) => {
    const { secret, label } = await newSlot(flags, given, terminal);
    const slot = await addSlot(blobs, { config, keys: unlocked.keys, nowMs: Date.now() }, { secret, label: flags.label ?? label });
    const recoveryKey = secret.kind === 'recovery' ? secret.bytes : undefined;
    if (flags.json === true) {
      terminal.out(JSON.stringify({ ...slotFacts(slot), ...(recoveryKey && { recoveryKey: formatRecoveryKey(recoveryKey) }) }));
      return EXIT.inSync;
    }
    terminal.out(`Added the ${label} ${slot.id} to ${printable(given)}`);
    if (recoveryKey !== undefined) showRecoveryKey(terminal, recoveryKey);
    return EXIT.inSync;
  });
}

/** @throws SyncError `config/invalid` */
function assertOneKind({ newPassphraseFile, newKeyFile, addKeyFile, recoveryKey }: VaultKeyAddFlags): void {
  const kinds = [newPassphraseFile, newKeyFile, addKeyFile, recoveryKey].filter((option) => option !== undefined);
  if (kinds.length > 1)
    throw new SyncError(
      'config/invalid',
      'one key is added at a time; give one of --new-passphrase-file, --new-key-file, --add-key-file, --recovery-key',
    );
}

async function newSlot(flags: VaultKeyAddFlags, given: string, terminal: Terminal): Promise<NewSlot> {
  const { newPassphraseFile, newKeyFile, addKeyFile, recoveryKey } = flags;
  if (recoveryKey === true) return { secret: { kind: 'recovery', bytes: newRecoveryKey() }, label: 'recovery key' };
  if (newKeyFile !== undefined) return { secret: await makeKeyFile(newKeyFile), label: 'key file' };
  if (addKeyFile !== undefined) return { secret: { kind: 'key-file', bytes: await readKeyFile(addKeyFile) }, label: 'key file' };
  if (newPassphraseFile !== undefined)
    return { secret: { kind: 'passphrase', text: await readPassphraseFile(newPassphraseFile) }, label: 'passphrase' };
  const instead = '--new-passphrase-file FILE, --new-key-file FILE, --add-key-file FILE or --recovery-key';
  return { secret: await newPassphrase(terminal, `Another passphrase for ${printable(given)}`, instead), label: 'passphrase' };
}

/** `cloudsync vault key remove`. @returns the exit code */
export async function keyRemoveCommand(
  given: string,
  key: string,
  { flags, terminal }: { flags: VaultFlags; terminal: Terminal },
): Promise<number> {
  return await withVault(given, { flags, terminal }, async ({ open: { unlocked, blobs, vault, author } }) => {
    const { slot } = unlocked;
    if (slot !== undefined && (slot.id === key || slot.label === key)) {
      throw new SyncError(
        'config/invalid',
        `${key} is the key that opened the vault; open it with another one to remove this, so that one is left that you have`,
      );
    }
    const id = await withMaintenanceLock(vault, { author, work: 'key remove' }, () => removeSlot(blobs, key));
    terminal.out(flags.json === true ? JSON.stringify({ removed: id }) : `Removed the key ${id} from ${printable(given)}`);
    return EXIT.inSync;
  });
}

/** `cloudsync vault key rotate`. @returns the exit code */
export async function keyRotateCommand(given: string, flags: VaultRotateFlags, terminal: Terminal): Promise<number> {
  return await withVault(given, { flags, terminal }, async ({ open }) => {
    const others = (await readSlots(open.blobs)).slots.filter(({ id }) => id !== open.unlocked.slot?.id);
    if (others.length > 0 && !(await mayRemove(others, flags, terminal))) {
      terminal.out('Nothing was changed.');
      return EXIT.inSync;
    }
    const keys = await rotateKeys(open);
    if (flags.json === true) {
      terminal.out(JSON.stringify({ epoch: keys.epochs.length, removed: others.map(({ id }) => id) }));
      return EXIT.inSync;
    }
    terminal.out(`What is written to ${printable(given)} from now on is sealed with a new master key`);
    if (others.length > 0)
      terminal.out(`Removed ${plural(others.length, 'other key')}; make new ones with: cloudsync vault key add ${shellWord(given)}`);
    return EXIT.inSync;
  });
}

async function mayRemove(others: readonly KeySlot[], flags: VaultRotateFlags, terminal: Terminal): Promise<boolean> {
  if (flags.yes === true) return true;
  const which = others.map(({ id, label }) => `${id} (${printable(label)})`).join(', ');
  if (!terminal.canAsk)
    throw new SyncError('config/invalid', `a rotation removes the other keys of the vault, ${which}; use --yes to let it`);
  return await askYesNo(`This removes the other keys: ${which}. Go on?`);
}

async function rotateKeys(open: OpenVault): Promise<MasterKeys> {
  const { config, unlocked, blobs, author } = open;
  const { slot, secret, keys } = unlocked;
  if (slot === undefined || secret === undefined)
    throw new SyncError('config/invalid', 'the vault is not encrypted, so it has no keys to rotate');
  const recovery = slot.kind === 'recovery' && secret.kind === 'passphrase' ? parseRecoveryKey(secret.text) : undefined;
  const again = recovery instanceof Uint8Array ? ({ kind: 'recovery', bytes: recovery } as const) : secret;
  const own = { id: slot.id, secret: again, label: slot.label };
  const rotated = await withMaintenanceLock(open.vault, { author, work: 'key rotate' }, () =>
    rotate(blobs, { config, keys, nowMs: Date.now() }, own),
  );
  const vault = await open.reopen(rotated.keys);
  await vault.commit({ author, kind: 'keys', make: async () => ({}) });
  return rotated.keys;
}
