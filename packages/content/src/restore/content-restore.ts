import { closeSync, constants, openSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileAttributes } from '@cloudsync/engine';
import { SyncError } from '@cloudsync/engine/model/error';
import type { BlobStore } from '../blob/blob-store.ts';
import { damaged } from '../seal/damaged.ts';
import type { SealKeys } from '../seal/seal.ts';
import { assertGoingOn } from '../store/cancelled.ts';
import type { ChunkRef } from '../store/chunk-store.ts';
import { packName } from '../store/pack-format.ts';
import type { PackedChunkStore } from '../store/packed-chunk-store.ts';
import { packSeal } from '../store/segment-reader.ts';
import { errorOf, type Failure, failureOf } from '../threads/failure.ts';
import { Slots } from '../threads/slots.ts';
import { WorkPool } from '../threads/work-pool.ts';
import { besideUrl } from '../threads/work-thread.ts';
import type { LocalRange, RestoreAnswers, RestoreOrder, RestoreTarget } from './restore-order.ts';
import { endOf, planRestore, type RestoreGroup } from './restore-plan.ts';
import { RestoreWork } from './restore-work.ts';
import { setAttributesOf } from './set-attributes.ts';

export interface ContentRestoreOptions {
  readonly store: PackedChunkStore;
  readonly blobs: BlobStore;
  readonly keys: SealKeys;
  /** 32 bytes. */
  readonly idKey: Uint8Array;
}

export interface FileToRestore {
  /** In the order of the file. */
  readonly chunks: readonly ChunkRef[];
  /** Absolute. Nothing is there yet; it is made for its owner only. */
  readonly target: string;
  /** What people call it. */
  readonly name: string;
  /** What it gets when it is complete. */
  readonly attributes?: FileAttributes | undefined;
}

export interface RestoreOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told of bytes as they are written. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/** Undefined: the file is there, every chunk compared with its id. */
export type RestoreResult = { readonly error: Error } | undefined;

/** So much is done sooner in this thread than others start. */
const ALONE_BYTES = 8 << 20;
const ALONE_FILES = 128;
/** So many ranges of packs are in memory at once. */
const RANGES_AT_ONCE = 6;

/** A file on its way. */
interface Progress {
  readonly file: FileToRestore;
  isMade: boolean;
  /** A thread wrote all of it, and gave it its attributes. */
  isFinished: boolean;
  failure: Failure | undefined;
  /** Bytes that were reported. */
  bytes: number;
}

/**
 * Makes files from the chunks of a store, with all processor cores: ranges of packs are read here, opened, decompressed, verified
 * and written in threads. What the fast way cannot do — a chunk that is not in a pack yet, one that is damaged in one
 * pack and whole in another — is done chunk by chunk through the store, which also says what is wrong.
 */
export class ContentRestore {
  readonly #options: ContentRestoreOptions;
  readonly #pool: WorkPool<RestoreOrder, RestoreAnswers>;

  constructor(options: ContentRestoreOptions) {
    this.#options = options;
    const setup = { idKey: options.idKey };
    this.#pool = new WorkPool({
      url: besideUrl('restore-worker', import.meta.url),
      setup,
      makeWork: () => new RestoreWork(setup),
      ranks: { restore: 0 },
    });
  }

  /** So much will be asked for: threads, if it takes some, start now. */
  expect({ files, bytes }: { readonly files: number; readonly bytes: number }): void {
    if (files > ALONE_FILES || bytes > ALONE_BYTES) this.#pool.start();
  }

  /** Makes files. One that fails does not stop the others, and nothing is left of it; the answer has the order of the question. */
  async restoreFiles(files: readonly FileToRestore[], options: RestoreOptions = {}): Promise<RestoreResult[]> {
    const bytes = files.reduce((sum, { chunks }) => sum + chunks.reduce((length, chunk) => length + chunk.length, 0), 0);
    this.expect({ files: files.length, bytes });
    const progress = files.map((file): Progress => ({ file, isMade: false, isFinished: false, failure: undefined, bytes: 0 }));
    for (const one of progress) if (one.file.chunks.length === 0) make(one);
    await this.#restoreByPacks(progress, options);
    return Promise.all(progress.map((one) => this.#end(one, options)));
  }

  /** Ends the threads. Nothing may be under way. */
  close(): Promise<void> {
    return this.#pool.close();
  }

  async #restoreByPacks(files: readonly Progress[], options: RestoreOptions): Promise<void> {
    const { index } = this.#options.store;
    const locate = (id: Uint8Array): ReturnType<typeof index.place> | undefined => {
      const entry = index.find(id);
      return entry < 0 ? undefined : index.place(entry);
    };
    const giveUp = (file: number): void => {
      const one = files[file] as Progress;
      one.failure ??= failureOf(damaged('the index', 'it does not say where all chunks are'), one.file.name);
    };
    const places = new Slots(RANGES_AT_ONCE);
    const underWay: Promise<void>[] = [];
    for (const groups of planRestore(
      files.map(({ file }) => file),
      locate,
      giveUp,
    )) {
      for (const group of groups) {
        const place = await places.take();
        underWay.push(this.#restoreGroup(files, group, options).finally(() => places.give(place)));
      }
    }
    await Promise.all(underWay);
  }

  async #restoreGroup(files: readonly Progress[], group: RestoreGroup, { signal, onBytes }: RestoreOptions): Promise<void> {
    const parts = partsOf(files, group).filter(({ one, isWhole }) => isWhole || make(one));
    try {
      assertGoingOn(signal);
      const failures = await this.#pool.run(await this.#orderOf(group, parts));
      failures.forEach((failure, at) => {
        const { one, isWhole } = parts[at] as Part;
        one.failure ??= failure;
        // What was there before is not ours to remove.
        if (isWhole && failure?.code !== 'storage/changed') one.isMade = true;
        one.isFinished = isWhole && failure === undefined;
      });
    } catch (error) {
      const { pack } = group;
      const failure = SyncError.is(error, 'sync/cancelled') ? error : damaged(packName(pack.salt), 'it cannot be read');
      for (const { one } of parts) one.failure ??= failureOf(failure, one.file.name);
    }
    for (const { target, length } of group.writes) (files[target] as Progress).bytes += length;
    onBytes?.(group.writes.reduce((sum, { length }) => sum + length, 0));
  }

  async #orderOf({ pack, segments, writes }: RestoreGroup, parts: readonly Part[]): Promise<RestoreOrder> {
    const name = packName(pack.salt);
    const [first, last] = [segments[0], segments.at(-1)];
    if (first === undefined || last === undefined) throw new TypeError('nothing to read');
    const start = first.sealedOffset;
    const targets = new Map(parts.map(({ number }, at) => [number, at]));
    return {
      type: 'restore',
      pack: name,
      seal: packSeal(this.#options.keys, pack),
      sealed: await this.#sealed(name, start, endOf(last) - start),
      segments: segments.map(({ sealedOffset, sealedLength: length, piece, codec, rawLength }) => {
        return { at: sealedOffset - start, length, piece, codec, rawLength };
      }),
      targets: parts.map(({ one: { file }, isWhole }): RestoreTarget => {
        const { target, name, attributes } = file;
        return { path: target, name, isNew: isWhole, attributes };
      }),
      // What belongs to files that have failed already goes nowhere.
      writes: writes.flatMap((write) => {
        const target = targets.get(write.target);
        return target === undefined ? [] : { ...write, target };
      }),
    };
  }

  /** Threads read by themselves what is on this machine. */
  async #sealed(name: string, offset: number, length: number): Promise<Uint8Array | LocalRange> {
    const { blobs } = this.#options;
    const path = blobs.localPath?.(name);
    return path === undefined ? blobs.getRange(name, offset, length) : { path, offset, length };
  }

  /** The last word about a file. */
  async #end(one: Progress, { signal, onBytes }: RestoreOptions): Promise<RestoreResult> {
    if (one.failure === undefined && !one.isFinished) finish(one);
    if (one.failure === undefined) return undefined;
    if (one.isMade) rmSync(one.file.target, { force: true });
    if (!one.failure.code.startsWith('content/')) return { error: errorOf(one.failure) };
    try {
      await this.#restoreByChunks(one.file, signal);
      if (one.file.attributes !== undefined) setAttributesOf(one.file.target, one.file.attributes);
      onBytes?.(one.file.chunks.reduce((sum, { length }) => sum + length, 0) - one.bytes);
      return undefined;
    } catch (error) {
      return { error: errorOf(failureOf(error, one.file.name, 'write')) };
    }
  }

  async #restoreByChunks({ chunks, target }: FileToRestore, signal: AbortSignal | undefined): Promise<void> {
    const ids = chunks.map(({ id }) => id);
    await using file = await open(target, NEW_FILE, OWNER_ONLY);
    try {
      for await (const bytes of this.#options.store.get(ids, { signal })) await file.writeFile(bytes);
    } catch (error) {
      rmSync(target, { force: true });
      throw error;
    }
  }
}

/** What a group has of a file. */
interface Part {
  readonly number: number;
  readonly one: Progress;
  /** All of it: then the thread makes the file. */
  readonly isWhole: boolean;
}

function partsOf(files: readonly Progress[], { writes }: RestoreGroup): Part[] {
  const counts = new Map<number, number>();
  for (const { target } of writes) counts.set(target, (counts.get(target) ?? 0) + 1);
  return Array.from(counts, ([number, count]) => {
    const one = files[number] as Progress;
    return { number, one, isWhole: count === one.file.chunks.length };
  });
}

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW = 0 } = constants;
const NEW_FILE = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
const OWNER_ONLY = 0o600;

/** @returns whether there is a file to write into */
function make(one: Progress): boolean {
  if (one.isMade || one.failure !== undefined) return one.failure === undefined;
  try {
    closeSync(openSync(one.file.target, NEW_FILE, OWNER_ONLY));
    one.isMade = true;
  } catch (error) {
    one.failure = failureOf(error, one.file.name, 'write');
  }
  return one.isMade;
}

/** Attributes of a file of which no thread had all. */
function finish(one: Progress): void {
  const { attributes, target, name } = one.file;
  try {
    if (attributes !== undefined) setAttributesOf(target, attributes);
  } catch (error) {
    one.failure = failureOf(error, name, 'write');
  }
}
