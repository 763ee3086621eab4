import { realpathSync } from 'node:fs';
import { EXIT, SyncError } from '@cloudsync/engine';
import { formatRecoveryKey, initVault, type NewSlot, newRecoveryKey, Vault, vaultKeys } from '@cloudsync/vault';
import type { VaultInitFlags } from '../command-line/vault/vault-flags.ts';
import { deviceIdentity } from '../device/device-identity.ts';
import { stateHome, surroundings } from '../device/state-home.ts';
import { printable } from '../terminal/printable.ts';
import { shellWord } from '../terminal/shell-word.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { makeKeyFile, newPassphrase } from './new-secrets.ts';
import { readKeyFile, readPassphraseFile } from './secrets.ts';
import { showRecoveryKey } from './show-recovery-key.ts';
import { forgetPlace } from './unencrypted-guard.ts';
import { openBlobs } from './vault-blobs.ts';
import { makeVaultFolder } from './vault-folder.ts';
import { VaultMemoryFile } from './vault-memory.ts';
import { type VaultPlace, vaultPlace } from './vault-place.ts';

type Suite = 'none' | 'aes-256-gcm' | 'xchacha20-poly1305';

/** `cloudsync vault init`. @returns the exit code */
export async function vaultInitCommand(given: string, flags: VaultInitFlags, terminal: Terminal): Promise<number> {
  const place = vaultPlace(given, process.cwd());
  const suite = suiteOf(flags);
  const home = stateHome(undefined, surroundings());
  const device = deviceIdentity(home);
  using folder = makeVaultFolder(place);
  const recoveryKey = flags.recoveryKey === true ? newRecoveryKey() : undefined;
  const slots = suite === 'none' ? [] : await newSlots(flags, place, terminal);
  if (recoveryKey !== undefined) slots.push({ secret: { kind: 'recovery', bytes: recoveryKey }, label: 'recovery key' });
  await using blobs = openBlobs(place);
  const { config, keys } = await initVault(blobs.store, { suite, slots, nowMs: Date.now() });
  folder.keep();
  const vault = await Vault.create({ blobs: blobs.store, config, keys: vaultKeys(config, keys) }, { device, clock: Date.now });
  await remember(vault, place, home);
  if (flags.json === true) {
    const printed = recoveryKey === undefined ? {} : { recoveryKey: formatRecoveryKey(recoveryKey) };
    terminal.out(JSON.stringify({ vault: config.id, place: place.folder, suite, ...printed }));
  } else {
    tell({ place, suite, recoveryKey, terminal });
  }
  return EXIT.inSync;
}

/** This device knows from now on what is there, and how it is encrypted. */
async function remember({ config, head }: Vault, { folder }: VaultPlace, stateHome: string): Promise<void> {
  const place = realpathSync(folder);
  await forgetPlace(stateHome, place);
  const seen = head && { sequence: head.commit.sequence, hash: head.hash };
  await new VaultMemoryFile(stateHome, config.id).write({ seen, rollbacks: 0, suite: config.suite, place, clockMs: Date.now() });
}

/** @throws SyncError `config/invalid` */
function suiteOf({ encryption, suite = 'aes-256-gcm', passphraseFile, keyFile, newKeyFile, recoveryKey }: VaultInitFlags): Suite {
  if (!encryption) {
    const keyed = [passphraseFile, keyFile, newKeyFile, recoveryKey].some((option) => option !== undefined);
    if (keyed) throw new SyncError('config/invalid', 'a vault with --no-encryption has no keys; leave out the options that give it some');
    return 'none';
  }
  if (suite === 'aes-256-gcm' || suite === 'xchacha20-poly1305') return suite;
  throw new SyncError('config/invalid', `unknown --suite ${JSON.stringify(suite)}; use aes-256-gcm or xchacha20-poly1305`);
}

/** Every key that was given; without any, the passphrase of CLOUDSYNC_PASSPHRASE or one that is asked for. */
async function newSlots(flags: VaultInitFlags, place: VaultPlace, terminal: Terminal): Promise<NewSlot[]> {
  const slots: NewSlot[] = [];
  for (const file of flags.passphraseFile ?? [])
    slots.push({ secret: { kind: 'passphrase', text: await readPassphraseFile(file) }, label: 'passphrase' });
  for (const file of flags.keyFile ?? []) slots.push({ secret: { kind: 'key-file', bytes: await readKeyFile(file) }, label: 'key file' });
  if (flags.newKeyFile !== undefined) slots.push({ secret: await makeKeyFile(flags.newKeyFile), label: 'key file' });
  if (slots.length > 0) return slots;
  const text = process.env.CLOUDSYNC_PASSPHRASE;
  const secret = text
    ? ({ kind: 'passphrase', text } as const)
    : await newPassphrase(
        terminal,
        `New passphrase for ${printable(place.given)}`,
        '--passphrase-file FILE, --new-key-file FILE or CLOUDSYNC_PASSPHRASE',
      );
  return [{ secret, label: 'passphrase' }];
}

interface Told {
  readonly place: VaultPlace;
  readonly suite: Suite;
  readonly recoveryKey: Uint8Array | undefined;
  readonly terminal: Terminal;
}

function tell({ place, suite, recoveryKey, terminal }: Told): void {
  const how = suite === 'none' ? 'not encrypted: whoever has the folder can read it' : `encrypted with ${suite}`;
  terminal.out(`Made the vault ${printable(place.given)}, ${how}`);
  terminal.out('Sync a folder with it:');
  terminal.out(`  cloudsync sync FOLDER ${shellWord(`vault:${place.given.replace(/^vault:/, '')}`)}`);
  if (recoveryKey !== undefined) showRecoveryKey(terminal, recoveryKey);
  else if (suite !== 'none') {
    terminal.out('Without its key nobody can read it. Another key, for paper:');
    terminal.out(`  cloudsync vault key add ${shellWord(place.given)} --recovery-key`);
  }
}
