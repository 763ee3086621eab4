import { type Entry, otherSide, type Side } from '../model/entry.ts';
import { SyncError } from '../model/error.ts';
import { isWithin, parentOf } from '../model/path.ts';
import type { Agreement } from '../model/tree-schema.ts';
import type { Action } from '../plan/action.ts';
import type { Storage } from '../storage.ts';
import type { Arrived } from './arrival.ts';
import type { Committer } from './committer.ts';
import type { Environment } from './environment.ts';
import type { SyncProgressEvent } from './events.ts';
import type { SyncPauseController } from './pause-controller.ts';
import type { PlannedRename } from './planned-renames.ts';
import { withRetries } from './retry.ts';
import type { SyncStatistics } from './statistics.ts';
import { type Transfer, type Transport, wantedAt } from './transfer.ts';

export interface StepsOptions {
  readonly storages: Readonly<Record<Side, Storage>>;
  readonly transport: Transport;
  readonly committer: Committer;
  readonly statistics: SyncStatistics;
  readonly emit: (event: SyncProgressEvent) => void;
  readonly pause: SyncPauseController;
  readonly environment: Environment;
  readonly attempts: number;
  /** Files on each side, kept up to date for the last state. */
  readonly files: Record<Side, number>;
}

/** The single steps of a run: each does one thing to one path, counts it, and agrees on the outcome. They throw SyncErrors. */
export class Steps {
  readonly options: StepsOptions;
  /** Entries that this run changed, newer than what the scan saw. */
  readonly #fresh: Readonly<Record<Side, Map<string, Entry>>> = { source: new Map(), destination: new Map() };
  /** Folders whose content this run changed. */
  readonly touchedFolders: Readonly<Record<Side, Set<string>>> = { source: new Set(), destination: new Set() };

  /** Paths whose receiver knows more than the giver, with the giver. */
  readonly #oneSidedHistory = new Map<string, Side>();

  constructor(options: StepsOptions) {
    this.options = options;
  }

  /** What is at a path now, as far as this run knows. */
  entryAt(side: Side, path: string, scanned: Entry | undefined): Entry | undefined {
    return this.#fresh[side].get(path) ?? scanned;
  }

  /** Agrees on a path; both undefined when it is gone. */
  agreeOn(path: string, source: Entry | undefined, destination: Entry | undefined): void {
    if (source !== undefined) this.#fresh.source.set(path, source);
    if (destination !== undefined) this.#fresh.destination.set(path, destination);
    this.options.committer.note({ path, source, destination });
    this.options.committer.commitSometimes(this.options.files);
  }

  /** Agrees on what the scans found, with what this run changed since laid over it. */
  agreeAsScanned({ path, source, destination }: Agreement): void {
    const latest = (side: Side, entry: Entry | undefined): Entry | undefined => {
      const fresh = entry && this.#fresh[side].get(path);
      return fresh === undefined || entry === undefined ? entry : withFacts(fresh, entry);
    };
    this.options.committer.note({ path, source: latest('source', source), destination: latest('destination', destination) });
  }

  retrying<T>(attempt: () => Promise<T>): Promise<T> {
    const { attempts, environment, pause } = this.options;
    return withRetries(attempt, { attempts, environment, signal: pause.signal });
  }

  async rename({ action, side, entry, expected, interim }: PlannedRename): Promise<void> {
    const storage = this.options.storages[side];
    const rename = storage.rename?.bind(storage);
    if (rename === undefined || action.from === undefined)
      throw new SyncError('storage/unsupported', `${storage.url} cannot rename`, { path: action.path });
    const from = this.#fresh[side].get(action.from) ?? { ...entry, path: action.from };
    let tries = 0;
    const renamed = await this.retrying(async () => {
      // The answer to a first try may have been lost although the rename was done.
      const done = tries++ > 0 ? await this.#renamedAlready(storage, from, action.path) : undefined;
      return done ?? rename(from, action.path, { expected });
    });
    if (entry.kind === 'folder') this.#moveFresh(side, action.from, action.path);
    this.#fresh[side].delete(action.from);
    this.#fresh[side].set(action.path, withFacts(renamed, entry));
    this.touched(side, action.from);
    this.touched(side, action.path);
    if (!interim) this.options.statistics.renamed++;
  }

  /** What this run changed in a folder goes along with it. */
  #moveFresh(side: Side, from: string, to: string): void {
    const fresh = this.#fresh[side];
    for (const [path, entry] of [...fresh]) {
      if (!isWithin(from, path)) continue;
      fresh.delete(path);
      const moved = to + path.slice(from.length);
      fresh.set(moved, { ...entry, path: moved });
    }
  }

  async #renamedAlready(storage: Storage, from: Entry, toPath: string): Promise<Entry | undefined> {
    const there = await storage.stat(toPath);
    if (there === undefined || there.kind !== from.kind || there.size !== from.size || there.id !== from.id || there.target !== from.target)
      return undefined;
    const isSame = there.kind === 'folder' || there.mtimeMs === from.mtimeMs;
    return isSame && (await storage.stat(from.path)) === undefined ? there : undefined;
  }

  async delete(action: Action): Promise<void> {
    const side = action.type === 'DELETE_SOURCE' ? 'source' : 'destination';
    const { storages, statistics, files, pause } = this.options;
    const entry = this.entryAt(side, action.path, action[side]);
    if (entry === undefined) return;
    await this.retrying(() => storages[side].delete(entry, { signal: pause.signal, vector: action.tombstone }));
    this.agreeOn(action.path, undefined, undefined);
    this.touched(side, action.path);
    if (entry.kind === 'folder') statistics.foldersDeleted++;
    else if (side === 'source') statistics.deletedAtSource++;
    else statistics.deletedAtDestination++;
    if (entry.kind === 'file') files[side]--;
  }

  async updateAttributes(action: Action): Promise<void> {
    const side = action.type.startsWith('DOWNLOAD') ? 'source' : 'destination';
    const storage = this.options.storages[side];
    const entry = this.entryAt(side, action.path, action[side]);
    const { attributes } = action;
    const update = storage.update?.bind(storage);
    if (entry === undefined || attributes === undefined || update === undefined) return;
    const updated = await this.retrying(() => update(entry, attributes));
    this.#fresh[side].set(action.path, withFacts(updated, entry));
    this.agreeOn(
      action.path,
      this.entryAt('source', action.path, action.source),
      this.entryAt('destination', action.path, action.destination),
    );
    this.options.statistics.attributesUpdated++;
  }

  /** Brings the giver's entry to the receiver and agrees on it. */
  async transfer(action: Action): Promise<void> {
    const giver = giverOf(action);
    const from = this.entryAt(giver, action.path, action[giver]);
    if (from === undefined) return;
    const { path, isCarrier } = action;
    this.arrived(action, giver, await this.move({ giver, from, path, expected: this.replacedBy(action), isCarrier }));
  }

  /** Counts bytes that a receiver had. */
  readonly onReused = (bytes: number): void => {
    this.options.statistics.bytesReused += bytes;
  };

  /** What a transfer replaces. Where a folder meets something else, the place was cleared before. */
  replacedBy(action: Action): Entry | undefined {
    return this.#replaced(action, otherSide(giverOf(action)));
  }

  #replaced(action: Action, receiver: Side): Entry | undefined {
    const there = this.entryAt(receiver, action.path, action[receiver]);
    const cleared = there !== undefined && there.kind !== action.kind && (there.kind === 'folder' || action.kind === 'folder');
    return cleared ? undefined : there;
  }

  /** Moves content without agreeing on anything. */
  move({ path, ...transfer }: Omit<Transfer, 'to'> & { readonly path: string }): Promise<Arrived> {
    const { giver, from } = transfer;
    const type = giver === 'source' ? 'upload_progress' : 'download_progress';
    const to = wantedAt(path, from);
    return this.retrying(() => {
      let bytesTransferred = 0;
      const onBytes = (bytes: number): void => {
        bytesTransferred += bytes;
        this.options.emit({ type, path, bytesTransferred, totalBytes: from.size });
      };
      return this.options.transport.move({ ...transfer, to }, { onBytes, onReused: this.onReused });
    });
  }

  /** Agrees on and counts what a move brought. */
  arrived(action: Action, giver: Side, { from, to }: Arrived): void {
    const { statistics, files } = this.options;
    const receiver = otherSide(giver);
    // What was cleared away before counted when it was deleted.
    files[receiver] += Number(to.kind === 'file') - Number(this.#replaced(action, receiver)?.kind === 'file');
    this.agreeOn(action.path, giver === 'source' ? from : to, giver === 'source' ? to : from);
    this.touched(receiver, action.path);
    if (from.vector !== undefined && to.vector !== undefined && from.vector !== to.vector) this.#oneSidedHistory.set(action.path, giver);
    if (to.kind === 'folder') {
      statistics.foldersCreated++;
      this.touchedFolders[receiver].add(action.path);
    } else if (giver === 'source') {
      statistics.uploaded++;
      statistics.bytesUploaded += to.size;
    } else {
      statistics.downloaded++;
      statistics.bytesDownloaded += to.size;
    }
  }

  /** After a conflict the receiver knows both histories; the giver learns the other's, so that a third place sees no conflict. */
  async shareHistories(): Promise<void> {
    for (const [path, giver] of this.#oneSidedHistory) {
      const [entry, there] = [this.#fresh[giver].get(path), this.#fresh[otherSide(giver)].get(path)];
      const update = this.options.storages[giver].update?.bind(this.options.storages[giver]);
      if (entry === undefined || there === undefined || update === undefined) continue;
      const updated = withFacts(await this.retrying(() => update(entry, { vector: there.vector })), entry);
      this.agreeOn(path, giver === 'source' ? updated : there, giver === 'source' ? there : updated);
    }
    this.#oneSidedHistory.clear();
  }

  touched(side: Side, path: string): void {
    this.touchedFolders[side].add(parentOf(path));
  }
}

export function giverOf({ type }: Action): Side {
  return type.startsWith('UPLOAD') ? 'source' : 'destination';
}

/** A storage need not repeat what is known of unchanged content. */
function withFacts(now: Entry, before: Entry): Entry {
  return { ...now, hash: now.hash ?? before.hash, target: now.target ?? before.target };
}
