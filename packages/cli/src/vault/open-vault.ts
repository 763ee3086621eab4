import { realpathSync } from 'node:fs';
import type { BlobStore } from '@cloudsync/content';
import { SyncError } from '@cloudsync/engine';
import { type Author, type MasterKeys, readConfig, Vault, type VaultConfig, type VaultOptions, vaultKeys } from '@cloudsync/vault';
import { type DeviceIdentity, deviceIdentity } from '../device/device-identity.ts';
import { actorOf } from './actor.ts';
import { assertUnencryptedIsMeant } from './unencrypted-guard.ts';
import { type OpenBlobs, openBlobs } from './vault-blobs.ts';
import { type VaultMemory, VaultMemoryFile } from './vault-memory.ts';
import type { UnlockedWith, VaultOpener } from './vault-opener.ts';
import type { VaultPlace } from './vault-place.ts';

export interface OpenVaultOptions {
  readonly opener: VaultOpener;
  /** What to do when the newest version cannot be read. Default: refuse. */
  readonly damagedHead?: VaultOptions['damagedHead'];
}

/** A vault that is being opened. */
export interface OpeningVault {
  readonly config: VaultConfig;
  readonly opened: Promise<OpenVault>;
}

/** A vault with its keys while a command works on it. Disposing of it remembers the newest commit that was seen. */
export class OpenVault implements AsyncDisposable {
  readonly config: VaultConfig;
  readonly unlocked: UnlockedWith;
  readonly author: Author;
  readonly #blobs: OpenBlobs;
  readonly #file: VaultMemoryFile;
  #memory: VaultMemory;
  #vault: Vault;

  private constructor({ config, unlocked, blobs, file, opened, device }: Parts) {
    this.config = config;
    this.unlocked = unlocked;
    this.#blobs = blobs;
    this.#file = file;
    this.#memory = opened.memory;
    this.#vault = opened.vault;
    this.author = { device, clock: clockFrom(opened.memory.clockMs) };
  }

  /**
   * @throws SyncError `vault/not-a-vault`, `vault/wrong-key`, `vault/rolled-back`, `vault/damaged`, `vault/newer-version`, `config/invalid`,
   * `sync/cancelled`
   */
  static async open(place: VaultPlace, options: OpenVaultOptions): Promise<OpenVault> {
    return (await OpenVault.begin(place, options)).opened;
  }

  /** Reads what stands in the open, and goes on by itself. @throws SyncError `vault/not-a-vault`, `vault/newer-version`, `vault/damaged` */
  static async begin(place: VaultPlace, options: OpenVaultOptions): Promise<OpeningVault> {
    const blobs = openBlobs(place);
    try {
      const config = await readConfig(blobs.store);
      const opened = OpenVault.#openWith(place, { ...options, blobs, config });
      // Whoever waits for it is told.
      opened.catch(() => undefined);
      return { config, opened };
    } catch (error) {
      await blobs[Symbol.asyncDispose]();
      throw error;
    }
  }

  static async #openWith(place: VaultPlace, { opener, damagedHead, blobs, config }: OpenVaultOptions & Begun): Promise<OpenVault> {
    try {
      const folder = realpathSync(place.folder);
      if (config.suite === 'none')
        await assertUnencryptedIsMeant({ config, name: place.given, place: folder, ...opener, given: opener.given });
      const unlocked = await opener.unlock(blobs.store, config, place.given);
      const file = new VaultMemoryFile(opener.stateHome, config.id);
      const options = { blobs: blobs.store, config, keys: vaultKeys(config, unlocked.keys), damagedHead };
      const opened = await openRemembered(options, file, { acceptRollback: opener.acceptRollback, place: folder });
      return new OpenVault({ config, unlocked, blobs, file, opened, device: deviceIdentity(opener.stateHome) });
    } catch (error) {
      await blobs[Symbol.asyncDispose]();
      throw error;
    }
  }

  get vault(): Vault {
    return this.#vault;
  }

  get blobs(): BlobStore {
    return this.#blobs.store;
  }

  /** How often the user accepted that the vault was put back to an older state. */
  get rollbacks(): number {
    return this.#memory.rollbacks;
  }

  /** Who changes the vault when it is this device itself, by a command: 16 hex digits. */
  get actor(): string {
    return actorOf(this.author.device.id, 'command');
  }

  /** Goes on with other keys, after a rotation. */
  async reopen(keys: MasterKeys): Promise<Vault> {
    this.#vault = await Vault.open({
      blobs: this.blobs,
      config: this.config,
      keys: vaultKeys(this.config, keys),
      lastSeen: this.#memory.seen,
    });
    return this.#vault;
  }

  /** Remembers what was seen up to now. */
  async remember(): Promise<void> {
    const { head } = this.#vault;
    const seen = head === undefined ? undefined : { sequence: head.commit.sequence, hash: head.hash };
    this.#memory = { ...this.#memory, seen, clockMs: this.author.clock() };
    await this.#file.advance(this.#memory);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.remember();
    } finally {
      await this.#blobs[Symbol.asyncDispose]();
    }
  }
}

interface Begun {
  readonly blobs: OpenBlobs;
  readonly config: VaultConfig;
}

interface Parts {
  readonly config: VaultConfig;
  readonly unlocked: UnlockedWith;
  readonly blobs: OpenBlobs;
  readonly file: VaultMemoryFile;
  readonly opened: Opened;
  readonly device: DeviceIdentity;
}

interface Remembering {
  readonly acceptRollback: boolean;
  readonly place: string;
}

interface Opened {
  readonly vault: Vault;
  readonly memory: VaultMemory;
}

async function openRemembered(options: VaultOptions, file: VaultMemoryFile, { acceptRollback, place }: Remembering): Promise<Opened> {
  const memory = { ...(await file.read()), suite: options.config.suite, place };
  try {
    return { vault: await Vault.open({ ...options, lastSeen: memory.seen }), memory };
  } catch (error) {
    if (!SyncError.is(error, 'vault/rolled-back')) throw error;
    const vault = await Vault.open(options);
    // What a check steps back over is damaged, not gone.
    if (vault.unreadable.length > 0) return { vault, memory };
    if (!acceptRollback) throw error;
    const accepted: VaultMemory = { ...memory, seen: undefined, rollbacks: memory.rollbacks + 1 };
    // Before anything is synced: what was agreed with the vault as it was counts no more.
    await file.write(accepted);
    return { vault, memory: accepted };
  }
}

/** Never goes back behind what was remembered, whatever happens to the system's clock. */
function clockFrom(floorMs: number): () => number {
  let lastMs = floorMs;
  return () => {
    lastMs = Math.max(lastMs, Date.now());
    return lastMs;
  };
}
