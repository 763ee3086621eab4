import { type Entry, otherSide, type Side } from '../model/entry.ts';
import { SyncError } from '../model/error.ts';
import type { Copier, CopyJob, CopyResult, Storage } from '../storage.ts';
import { type Arrived, counted, type TransferListener } from './arrival.ts';
import type { BandwidthLimit } from './bandwidth.ts';
import { deltaRoute, moveByChunks } from './delta.ts';
import type { LeavingFiles } from './leaving-files.ts';

/** Content on its way from one side to a path of the other. */
export interface Transfer {
  readonly giver: Side;
  readonly from: Entry;
  readonly to: Entry;
  /** What is at the target now; it is replaced. */
  readonly expected: Entry | undefined;
  /** See {@link UploadOptions}. */
  readonly isCarrier?: boolean | undefined;
}

export interface TransferRoute {
  readonly storages: Readonly<Record<Side, Storage>>;
  readonly limits: Readonly<Record<Side, BandwidthLimit | undefined>>;
  readonly signal: AbortSignal;
  readonly leaving: LeavingFiles;
}

/** Moves content one way between two storages, by the shortest way they have. */
export class Transport {
  readonly #route: TransferRoute;
  readonly #copiers: Readonly<Record<Side, Copier | undefined>>;

  constructor(route: TransferRoute) {
    this.#route = route;
    const { storages, limits } = route;
    const copier = (giver: Side): Copier | undefined =>
      limits[giver] === undefined ? storages[otherSide(giver)].copierFrom?.(storages[giver]) : undefined;
    this.#copiers = { source: copier('source'), destination: copier('destination') };
  }

  /** True when many small files in one call are cheaper than one call each. */
  hasCopier(giver: Side): boolean {
    return this.#copiers[giver] !== undefined;
  }

  /** Copies files in one call; per-file failures are data. Only with {@link hasCopier}. */
  copyMany(giver: Side, jobs: readonly CopyJob[], listener: Partial<TransferListener>): Promise<CopyResult[]> {
    const copier = this.#copiers[giver];
    if (copier === undefined) throw new TypeError(`no copier from the ${giver}`);
    return copier.copy(jobs, { signal: this.#route.signal, ...listener });
  }

  /** @throws SyncError as Storage.download and Storage.upload do */
  async move(transfer: Transfer, { onBytes, onReused }: TransferListener): Promise<Arrived> {
    const { giver, from, to, expected, isCarrier } = transfer;
    const { storages, limits, signal } = this.#route;
    const receiver = storages[otherSide(giver)];
    if (from.kind !== 'file') return { from, to: await receiver.upload(to, undefined, { expected, isCarrier, signal }) };
    const copied = await this.#copyOfTwin(transfer);
    if (copied !== undefined) {
      for (const tell of [onBytes, onReused]) tell(from.size);
      return { from, to: copied };
    }
    const hasCopier = this.hasCopier(giver);
    const delta = deltaRoute({ giver: storages[giver], receiver, from, expected, hasCopier });
    if (delta !== undefined && limits[giver] === undefined) return moveByChunks(delta, { from, to, expected, signal, onBytes, onReused });
    if (hasCopier) {
      const [result] = await this.copyMany(giver, [{ from, to, expected }], { onBytes, onReused });
      if (result === undefined) throw new SyncError('storage/io', `${to.path} was not copied; run again`, { path: to.path });
      if ('error' in result) throw result.error;
      return result;
    }
    const chunks = counted(storages[giver].download(from, { signal }), onBytes);
    const content = limits[giver]?.limit(chunks, signal) ?? chunks;
    const arrived = await receiver.upload(to, content, { expected, signal });
    return { from: { ...from, hash: from.hash ?? arrived.hash }, to: { ...arrived, hash: arrived.hash ?? from.hash } };
  }

  /** The receiver's own copy of a content that is about to leave another of its paths; undefined when it has to travel. */
  async #copyOfTwin({ giver, from, to, expected }: Transfer): Promise<Entry | undefined> {
    const { storages, signal, leaving } = this.#route;
    const receiver = storages[otherSide(giver)];
    const twin = leaving.twinOf(otherSide(giver), from);
    if (twin === undefined || receiver.copyWithin === undefined) return undefined;
    try {
      return await receiver.copyWithin(twin, to, { expected, signal });
    } catch (error) {
      // The twin may have changed, or be damaged; the giver still has the content.
      if (!SyncError.is(error) || SyncError.is(error, 'sync/cancelled')) throw error;
      return undefined;
    }
  }
}

/** What the receiver is asked to make of the giver's entry: its path, attributes and history; identity is the receiver's own. */
export function wantedAt(path: string, entry: Entry): Entry {
  const { kind, size, mtimeMs, mode, hash, target, vector } = entry;
  return { path, kind, size, mtimeMs, mode, hash, target, vector };
}
