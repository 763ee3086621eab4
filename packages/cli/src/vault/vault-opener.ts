import { setFlagsFromString } from 'node:v8';
import type { BlobStore } from '@cloudsync/content';
import { SyncError } from '@cloudsync/engine';
import { type Secret, type Unlocked, unlock, type VaultConfig } from '@cloudsync/vault';
import type { VaultKeyFlags } from '../command-line/vault/vault-flags.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { askPassphrase } from './ask-passphrase.ts';
import { givenSecrets } from './secrets.ts';

const TRIES_MAX = 3;

export interface VaultOpenerOptions {
  readonly flags: VaultKeyFlags;
  readonly terminal: Terminal;
  readonly stateHome: string;
}

/** The keys of a vault, and the secret that opened it; undefined for one without encryption. */
export interface UnlockedWith extends Unlocked {
  readonly secret: Secret | undefined;
}

/**
 * Opens the vaults of one command: with what was given by options or CLOUDSYNC_PASSPHRASE, or else with what the user is asked for, once for
 * all vaults that it opens.
 */
export class VaultOpener {
  readonly terminal: Terminal;
  readonly stateHome: string;
  readonly acceptRollback: boolean;
  readonly #flags: VaultKeyFlags;
  #given: Promise<readonly Secret[]> | undefined;
  readonly #asked: Secret[] = [];

  constructor({ flags, terminal, stateHome }: VaultOpenerOptions) {
    this.#flags = flags;
    this.terminal = terminal;
    this.stateHome = stateHome;
    this.acceptRollback = flags.acceptRollback === true;
    // Rows of many files are made and dropped all the time: a nursery that grows with them takes 100 MB more and saves no time (measured).
    setFlagsFromString('--semi-space-growth-factor=1');
  }

  /** What was given to open vaults with. */
  get given(): 'option' | 'environment' | 'nothing' {
    const { passphraseFile = [], keyFile = [] } = this.#flags;
    if (passphraseFile.length + keyFile.length > 0) return 'option';
    return process.env.CLOUDSYNC_PASSPHRASE ? 'environment' : 'nothing';
  }

  /**
   * @param name of the vault as the user wrote it
   * @throws SyncError `vault/wrong-key`, `vault/damaged`, `sync/cancelled`; `config/invalid` when there is nothing to open it with
   */
  async unlock(blobs: BlobStore, config: VaultConfig, name: string): Promise<UnlockedWith> {
    if (config.suite === 'none') return { ...(await unlock(blobs, config, undefined)), secret: undefined };
    this.#given ??= givenSecrets(this.#flags, process.env);
    const given = await this.#given;
    if (given.length > 0) return await unlockWithAny(blobs, config, given);
    if (!this.terminal.canAsk) throw nothingToOpenWith(name);
    return (await this.#again(blobs, config)) ?? (await this.#ask(blobs, config, name));
  }

  /** With what opened another vault of this command. */
  async #again(blobs: BlobStore, config: VaultConfig): Promise<UnlockedWith | undefined> {
    if (this.#asked.length === 0) return undefined;
    try {
      return await unlockWithAny(blobs, config, this.#asked);
    } catch (error) {
      if (!SyncError.is(error, 'vault/wrong-key')) throw error;
      return undefined;
    }
  }

  async #ask(blobs: BlobStore, config: VaultConfig, name: string): Promise<UnlockedWith> {
    for (let tries = 1; ; tries++) {
      const secret: Secret = { kind: 'passphrase', text: await askPassphrase(`Passphrase of ${name}`) };
      try {
        const unlocked = { ...(await unlock(blobs, config, secret)), secret };
        this.#asked.push(secret);
        return unlocked;
      } catch (error) {
        const isWrong = SyncError.is(error, 'vault/wrong-key') || SyncError.is(error, 'config/invalid');
        if (!isWrong || tries === TRIES_MAX) throw error;
        this.terminal.err(error.message);
      }
    }
  }
}

async function unlockWithAny(blobs: BlobStore, config: VaultConfig, secrets: readonly Secret[]): Promise<UnlockedWith> {
  let failure: unknown;
  for (const secret of secrets) {
    try {
      return { ...(await unlock(blobs, config, secret)), secret };
    } catch (error) {
      if (!SyncError.is(error, 'vault/wrong-key')) throw error;
      failure = error;
    }
  }
  throw failure;
}

function nothingToOpenWith(name: string): SyncError {
  const instead = '--passphrase-file FILE, --key-file FILE or CLOUDSYNC_PASSPHRASE';
  return new SyncError(
    'config/invalid',
    `the vault ${name} is encrypted and there is no terminal to ask for its passphrase on; use ${instead}`,
  );
}
