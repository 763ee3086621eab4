import { hash } from 'node:crypto';
import { SyncStateManager } from '@cloudsync/engine';
import {
  type Author,
  initVault,
  type SeenCommit,
  Vault,
  type VaultConfig,
  type VaultKeys,
  VaultStorage,
  vaultKeys,
} from '@cloudsync/vault';
import { BlobDisk } from '../blob-store-contract/blob-disk.ts';
import { FaultyBlobStore } from '../blob-store-contract/faulty-blob-store.ts';
import type { Random } from '../random.ts';
import type { Trace } from '../simulation/trace.ts';
import { Disk } from '../strict-storage/disk.ts';
import { MemoryStateDirectory, StateFiles } from '../strict-storage/memory-state-directory.ts';
import type { Process } from '../strict-storage/process.ts';
import { StrictStorage } from '../strict-storage/strict-storage.ts';
import { VirtualTime } from '../virtual-time.ts';
import { ContentLedger } from './content-ledger.ts';
import { FolderUser } from './folder-user.ts';
import type { Connected, VaultPlant } from './vault-plants.ts';
import type { Link, VaultScenario } from './vault-scenario.ts';
import { contentsOf, viewOfDisk } from './vault-view.ts';

/** A vault on its disk, as the world keeps it between processes. */
export interface VaultPlace {
  readonly disk: BlobDisk;
  readonly config: VaultConfig;
  readonly keys: VaultKeys;
}

/** What a link remembers between its runs. */
interface LinkMemory {
  readonly stateFiles: StateFiles;
  readonly lastSeen: (SeenCommit | undefined)[];
}

/** Small chunks, so that small files have several. */
const CHUNKER = { minimum: 1024, average: 4096, maximum: 16 * 1024 };

/** Folders, vaults, users and a clock: what there is besides the engine. */
export class VaultWorld {
  readonly scenario: VaultScenario;
  readonly trace: Trace;
  readonly time: VirtualTime;
  readonly ledger = new ContentLedger();
  readonly disks: readonly Disk[];
  readonly users: readonly FolderUser[];
  readonly vaults: readonly VaultPlace[];
  readonly #memory = new Map<string, LinkMemory>();
  readonly #plant: VaultPlant | undefined;

  private constructor(options: WorldOptions, time: VirtualTime, vaults: readonly VaultPlace[]) {
    const { scenario, trace, plant } = options;
    this.scenario = scenario;
    this.trace = trace;
    this.time = time;
    this.vaults = vaults;
    this.#plant = plant;
    this.disks = scenario.folders.map((_, index) => new Disk({ now: time.now, name: `folder ${index}` }));
    this.users = this.disks.map((disk, index) => new FolderUser(`user of folder ${index}`, disk, { ledger: this.ledger }));
    for (const { name } of scenario.links) this.#memory.set(name, { stateFiles: new StateFiles(), lastSeen: [] });
  }

  static async make(options: WorldOptions): Promise<VaultWorld> {
    const time = new VirtualTime(options.random.fork('environment'));
    const vaults: VaultPlace[] = [];
    for (let index = 0; index < options.scenario.vaults; index++) vaults.push(await newVault(time));
    return new VaultWorld(options, time, vaults);
  }

  /** Opens both ends of a link for one run. */
  async connect(link: Link, { process, random, errors }: { process: Process; random: Random; errors: number }): Promise<Connected> {
    const memory = this.#memoryOf(link);
    const openVault = async (index: number, other: string) => {
      const place = this.vaults[index] as VaultPlace;
      const blobs = new FaultyBlobStore({ disk: place.disk, process, random, rates: { 'error-before': errors, 'error-after': errors } });
      const vault = await Vault.open({ ...place, blobs, threads: false, lastSeen: memory.lastSeen[index] });
      return { index, storage: new VaultStorage(vault, { actor: actorOf(other), url: `vault ${index}`, ...authorAt(this.time) }) };
    };
    const { source, vault: destination } = link;
    const directory = new MemoryStateDirectory({ files: memory.stateFiles, process });
    const state = new SyncStateManager(directory);
    const there = await openVault(destination, `${source.type} ${source.index}`);
    if (source.type === 'vault') {
      const here = await openVault(source.index, `vault ${destination}`);
      return this.#planted({ source: here.storage, destination: there.storage, state, vaults: [here, there] });
    }
    const folder = new StrictStorage({ disk: this.disks[source.index] as Disk, url: `folder ${source.index}`, process });
    return this.#planted({ source: folder, destination: there.storage, state, vaults: [there] });
  }

  get plant(): VaultPlant | undefined {
    return this.#plant;
  }

  #planted(connected: Connected): Connected {
    return this.#plant?.connect?.(connected) ?? connected;
  }

  /** The device of a link remembers the newest commits that it has seen. */
  remember(link: Link, { vaults }: Connected): void {
    const memory = this.#memoryOf(link);
    for (const { index, storage } of vaults) {
      const { head } = storage.vault;
      if (head !== undefined) memory.lastSeen[index] = { sequence: head.commit.sequence, hash: head.hash };
    }
  }

  /** What was written reaches the disks without anybody's asking, sooner or later. */
  writeBack({ source, vault }: Link): void {
    for (const index of source.type === 'vault' ? [source.index, vault] : [vault]) (this.vaults[index] as VaultPlace).disk.flush();
  }

  /** The power fails where a link's vaults and its state are. */
  cutPower(link: Link, random: Random): void {
    for (const index of link.source.type === 'vault' ? [link.source.index, link.vault] : [link.vault])
      (this.vaults[index] as VaultPlace).disk.powerCut(random);
    this.#memoryOf(link).stateFiles.crash(random);
    this.trace.add(`power cut at ${link.name}`);
  }

  /**
   * A run came to no good end: what it brought to or from a folder, its state may not know. When a user does away with that, nobody can tell
   * it from something that was never there.
   */
  distrust({ source }: Link): void {
    const disk = source.type === 'folder' ? this.disks[source.index] : undefined;
    if (disk !== undefined) for (const content of contentsOf(viewOfDisk(disk))) this.ledger.touched.add(content);
  }

  /** For looking only: a client that never fails. */
  async look(index: number): Promise<Vault> {
    const place = this.vaults[index] as VaultPlace;
    return Vault.open({ ...place, blobs: new FaultyBlobStore({ disk: place.disk }), threads: false });
  }

  #memoryOf({ name }: Link): LinkMemory {
    return this.#memory.get(name) as LinkMemory;
  }
}

export interface WorldOptions {
  readonly random: Random;
  readonly scenario: VaultScenario;
  readonly trace: Trace;
  readonly plant: VaultPlant | undefined;
}

function authorAt(time: VirtualTime): Author {
  return { device: { id: 'd'.repeat(32), name: 'simulator' }, clock: time.now };
}

function actorOf(other: string): string {
  return hash('sha256', other, 'hex').slice(0, 16);
}

async function newVault(time: VirtualTime): Promise<VaultPlace> {
  const disk = new BlobDisk({ now: time.now });
  const blobs = new FaultyBlobStore({ disk });
  const { config, keys } = await initVault(blobs, { suite: 'none', slots: [], chunker: CHUNKER, nowMs: time.now() });
  const place = { disk, config, keys: vaultKeys(config, keys) };
  await Vault.create({ ...place, blobs, threads: false }, authorAt(time));
  disk.flush();
  return place;
}
