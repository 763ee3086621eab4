import type { BlobInfo } from '@cloudsync/content';
import { SyncError } from '@cloudsync/engine';
import type { Random } from '../random.ts';

/** A blob at some time; undefined: nothing was there. */
type Version = { readonly bytes: Uint8Array; readonly modifiedMs: number } | undefined;

export interface BlobDiskOptions {
  /** Ms since 1970. */
  readonly now: () => number;
  /** Bytes of all blobs together. Default: no limit. */
  readonly capacityBytes?: number;
}

/**
 * The disk or bucket behind {@link FaultyBlobStore}s, stricter than real ones: what was not flushed may be undone by a power
 * cut, each blob for itself and in any order, but always as a whole.
 */
export class BlobDisk {
  readonly #options: BlobDiskOptions;
  /** Per name what is durable, then every version since. */
  readonly #versions = new Map<string, Version[]>();
  capacityBytes: number;
  /** Rises with everything that happens to a blob. */
  changes = 0;

  constructor(options: BlobDiskOptions) {
    this.#options = options;
    this.capacityBytes = options.capacityBytes ?? Number.POSITIVE_INFINITY;
  }

  read(name: string): Uint8Array | undefined {
    return this.#versions.get(name)?.at(-1)?.bytes;
  }

  /** Undefined bytes: deletes. @throws SyncError `storage/no-space` */
  write(name: string, bytes: Uint8Array | undefined): void {
    this.changes++;
    if (bytes !== undefined && Number.isFinite(this.capacityBytes) && this.#bytesWithout(name) + bytes.length > this.capacityBytes) {
      throw new SyncError('storage/no-space', `cannot write ${name}: no space left; free some space and sync again`, { path: name });
    }
    const version = bytes === undefined ? undefined : { bytes: Uint8Array.from(bytes), modifiedMs: this.#options.now() };
    this.#versions.set(name, [...(this.#versions.get(name) ?? [undefined]), version]);
  }

  list(prefix: string): BlobInfo[] {
    return [...this.#versions.keys()]
      .filter((name) => name.startsWith(prefix))
      .sort()
      .flatMap((name) => {
        const version = this.#versions.get(name)?.at(-1);
        return version === undefined ? [] : [{ name, size: version.bytes.length, modifiedMs: version.modifiedMs }];
      });
  }

  /** Makes these names durable as they are now; default: all. */
  flush(names: Iterable<string> = this.#versions.keys()): void {
    for (const name of names) {
      const versions = this.#versions.get(name);
      if (versions !== undefined) this.#versions.set(name, versions.slice(-1));
    }
  }

  /** Loses power: each blob goes back to what was flushed or stays at any version since. */
  powerCut(random: Random): void {
    this.changes++;
    for (const [name, versions] of this.#versions) this.#versions.set(name, [random.pick(versions)]);
  }

  /** Changes one bit of a blob on the disk, for good. */
  flipBit(name: string, bit: number): void {
    const bytes = this.read(name);
    if (bytes === undefined) throw new RangeError(`there is no ${name}`);
    const damaged = Uint8Array.from(bytes);
    damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
    this.replace(name, damaged);
  }

  /** What a hostile holder does: the blob is these bytes now, and durably so. Undefined: it is gone. */
  replace(name: string, bytes: Uint8Array | undefined): void {
    this.changes++;
    this.#versions.set(name, [bytes === undefined ? undefined : { bytes, modifiedMs: this.#options.now() }]);
  }

  #bytesWithout(without: string): number {
    let sum = 0;
    for (const [name, versions] of this.#versions) if (name !== without) sum += versions.at(-1)?.bytes.length ?? 0;
    return sum;
  }
}
