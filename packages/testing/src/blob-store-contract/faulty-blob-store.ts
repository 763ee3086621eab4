import { type BlobInfo, type BlobStore, MemoryBlobStore } from '@cloudsync/content';
import { SyncError } from '@cloudsync/engine';
import type { Random } from '../random.ts';
import { Process } from '../strict-storage/process.ts';
import type { BlobDisk } from './blob-disk.ts';

/** What can go wrong in a {@link FaultyBlobStore}. */
export const BLOB_FAULT_KINDS = [
  /** The call fails and nothing was done. */
  'error-before',
  /** It was done, and the answer is lost. */
  'error-after',
  /** A listing is as it was when this client last listed. */
  'stale-listing',
  /** A bit of what is read has changed on the way. */
  'bit-flip',
] as const;

export type BlobFaultKind = (typeof BLOB_FAULT_KINDS)[number];

export interface FaultyBlobStoreOptions {
  readonly disk: BlobDisk;
  /** Every call passes its steps: it may die at any. Default: one that lives. */
  readonly process?: Process;
  /** Needed when there are rates. */
  readonly random?: Random;
  /** How likely each fault is at each occasion; what is left out never happens. */
  readonly rates?: Partial<Readonly<Record<BlobFaultKind, number>>>;
}

/** One client of a {@link BlobDisk}. What happens depends on the seed of `random` alone. */
export class FaultyBlobStore implements BlobStore {
  readonly url = 'faulty:';
  /** How often each fault fired, so that a test can prove that they did. */
  readonly fired: Record<BlobFaultKind, number> = { 'error-before': 0, 'error-after': 0, 'stale-listing': 0, 'bit-flip': 0 };
  readonly #options: FaultyBlobStoreOptions;
  readonly #process: Process;
  readonly #listed = new Map<string, readonly BlobInfo[]>();
  /** Names that the next flush makes durable: what this client wrote or saw. */
  readonly #touched = new Set<string>();
  /** Checks names and ranges as every store does. */
  readonly #rules = new MemoryBlobStore();
  /** A healed store draws no faults. */
  enabled = true;

  constructor(options: FaultyBlobStoreOptions) {
    this.#options = options;
    this.#process = options.process ?? new Process();
  }

  async get(name: string, bytesMax?: number): Promise<Uint8Array> {
    const whole = await this.#read(name);
    return this.#flipped(await whole.get(name, bytesMax));
  }

  async getRange(name: string, offset: number, length: number): Promise<Uint8Array> {
    const whole = await this.#read(name);
    return this.#flipped(await whole.getRange(name, offset, length));
  }

  async create(name: string, parts: readonly Uint8Array[]): Promise<boolean> {
    await this.#assertName(name);
    return this.#write(`create ${name}`, () => {
      this.#touched.add(name);
      if (this.#options.disk.read(name) !== undefined) return false;
      this.#options.disk.write(name, Buffer.concat(parts));
      return true;
    });
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    await this.#assertName(name);
    const copy = Uint8Array.from(bytes);
    await this.#write(`put ${name}`, () => {
      this.#touched.add(name);
      this.#options.disk.write(name, copy);
    });
  }

  async *list(prefix: string): AsyncGenerator<BlobInfo> {
    await this.#rules.list(prefix).next();
    await this.#process.step(`list ${prefix}`);
    if (this.#fires('error-before')) throw unreachable(`list ${prefix}`);
    const known = this.#listed.get(prefix);
    const listed = known !== undefined && this.#fires('stale-listing') ? known : this.#options.disk.list(prefix);
    this.#listed.set(prefix, listed);
    for (const { name } of listed) this.#touched.add(name);
    yield* listed;
  }

  async delete(name: string): Promise<void> {
    await this.#assertName(name);
    await this.#write(`delete ${name}`, () => {
      this.#touched.add(name);
      if (this.#options.disk.read(name) !== undefined) this.#options.disk.write(name, undefined);
    });
  }

  async flush(): Promise<void> {
    await this.#write('flush', () => {
      this.#options.disk.flush(this.#touched);
      this.#touched.clear();
    });
  }

  /** Deletes nothing there: the one call of the rules that only checks a name. */
  async #assertName(name: string): Promise<void> {
    await this.#rules.delete(name);
  }

  /** A store that holds this one blob, if it is there. */
  async #read(name: string): Promise<BlobStore> {
    await this.#assertName(name);
    await this.#process.step(`get ${name}`);
    if (this.#fires('error-before')) throw unreachable(`get ${name}`);
    this.#touched.add(name);
    const one = new MemoryBlobStore();
    const bytes = this.#options.disk.read(name);
    if (bytes !== undefined) await one.put(name, bytes);
    return one;
  }

  /** A step before and a step after: a process may die on either side of what it did. */
  async #write<T>(label: string, write: () => T): Promise<T> {
    await this.#process.step(`before ${label}`);
    if (this.#fires('error-before')) throw unreachable(label);
    const result = write();
    await this.#process.step(`after ${label}`);
    if (this.#fires('error-after')) throw unreachable(label);
    return result;
  }

  #flipped(bytes: Uint8Array): Uint8Array {
    const { random } = this.#options;
    if (bytes.length === 0 || random === undefined || !this.#fires('bit-flip')) return bytes;
    const at = random.below(bytes.length);
    bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
    return bytes;
  }

  #fires(kind: BlobFaultKind): boolean {
    const { random, rates } = this.#options;
    const rate = this.enabled ? rates?.[kind] : undefined;
    if (rate === undefined || random?.chance(rate) !== true) return false;
    this.fired[kind]++;
    return true;
  }
}

function unreachable(label: string): SyncError {
  return new SyncError('storage/unreachable', `cannot ${label}: the connection was lost; try again`, { retryable: true });
}
