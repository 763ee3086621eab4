import { SyncError } from '@cloudsync/engine/model/error';
import type { BlobStore } from '../blob/blob-store.ts';
import type { SealKeys } from '../seal/seal.ts';
import type { ChunkIndex, IndexedPack } from './chunk-index.ts';
import { encodedDirectoryBytes } from './directory.ts';
import { indexName, readIndexObject, sealIndex } from './index-object.ts';
import { type PlannedPack, planIndexes } from './index-plan.ts';
import type { WrittenPack } from './pack-writer.ts';

export interface IndexObjectsOptions {
  readonly blobs: BlobStore;
  readonly keys: SealKeys;
  readonly index: ChunkIndex;
  /** Told about an index object that cannot be used, instead of failing (repair). */
  readonly onUnreadable?: ((name: string, error: SyncError) => void) | undefined;
}

const READS_AT_ONCE = 4;

/** The index objects that the present commit names, and those that the next one will. */
export class IndexObjects {
  readonly #options: IndexObjectsOptions;
  /** Salts of the packs of every index object in force or written since. */
  readonly #packs = new Map<string, readonly string[]>();
  #inForce: readonly string[] = [];

  constructor(options: IndexObjectsOptions) {
    this.#options = options;
  }

  /** Loads those that are not known yet, forgets all others. @returns the packs in force. @throws SyncError as `openIndex` */
  async use(names: readonly string[]): Promise<Set<string>> {
    const left = names.filter((name) => !this.#packs.has(name));
    const worker = async (): Promise<void> => {
      for (let name = left.shift(); name !== undefined; name = left.shift()) await this.#load(name);
    };
    await Promise.all(Array.from({ length: READS_AT_ONCE }, worker));
    this.#inForce = names.filter((name) => this.#packs.has(name));
    for (const name of [...this.#packs.keys()]) if (!names.includes(name)) this.#packs.delete(name);
    return new Set(this.#inForce.flatMap((name) => this.#packs.get(name) ?? []));
  }

  /** Writes the index objects that name `fresh` packs too and those in `without` no more. @returns all that are then in force */
  async write(fresh: readonly IndexedPack[], without: ReadonlySet<string>): Promise<readonly string[]> {
    const inForce = this.#inForce.map((name) => ({ name, packs: (this.#packs.get(name) ?? []).flatMap((salt) => this.#planned(salt)) }));
    const plan = planIndexes({ inForce, fresh: fresh.map(plannedPack), without });
    const written: string[] = [];
    for (const salts of plan.write) written.push(await this.#writeOne(salts));
    return [...plan.keep, ...written];
  }

  async #writeOne(salts: readonly string[]): Promise<string> {
    const { blobs, keys, index } = this.#options;
    const packs = salts.map((salt) => {
      const pack = index.pack(salt) as IndexedPack;
      return { salt, epoch: pack.epoch, size: pack.size, directory: index.directoryOf(pack) };
    });
    const { salt, bytes } = sealIndex(keys, packs);
    const name = indexName(salt);
    await blobs.create(name, [bytes]);
    this.#packs.set(name, salts);
    return name;
  }

  async #load(name: string): Promise<void> {
    const { blobs, keys, index, onUnreadable } = this.#options;
    let packs: WrittenPack[];
    try {
      packs = await readIndexObject({ blobs, keys }, name);
    } catch (error) {
      if (onUnreadable === undefined || !SyncError.is(error)) throw error;
      onUnreadable(name, error);
      return;
    }
    index.reserve(packs.reduce((sum, { directory }) => sum + directory.lengths.length, 0));
    for (const pack of packs) index.add(pack);
    this.#packs.set(
      name,
      packs.map(({ salt }) => salt),
    );
  }

  #planned(salt: string): PlannedPack[] {
    const pack = this.#options.index.pack(salt);
    return pack === undefined ? [] : [plannedPack(pack)];
  }
}

function plannedPack(pack: IndexedPack): PlannedPack {
  return { salt: pack.salt, bytes: encodedDirectoryBytes(pack.segments.length, pack.chunks) };
}
