import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobDisk } from '../blob-store-contract/blob-disk.ts';

/** Memory, where the system has a folder of it: nothing here has to outlive the machine. */
const MEMORY_FOLDER = '/dev/shm';

/** Blobs of each workspace, by name. */
type Blobs = ReadonlyMap<string, ReadonlyMap<string, Uint8Array>>;

export interface ServerBackup {
  /** A folder with the database's files. */
  readonly folder: string;
  readonly blobs: Blobs;
}

/**
 * What a server leaves behind: the files of its database, as real files in memory, and the blobs. When the server is killed the files
 * are copied as they are at that moment; whatever its corpse still writes, it writes into files that nobody looks at any more.
 */
export class ServerFiles {
  readonly #root: string;
  readonly #now: () => number;
  readonly #blobs = new Map<string, BlobDisk>();
  #copies = 0;
  folder: string;

  /** @param files what there is to begin with, by name */
  constructor(files: ReadonlyMap<string, Uint8Array>, now: () => number) {
    this.#root = newFolder();
    this.#now = now;
    this.folder = this.#newFolder();
    for (const [name, bytes] of files) writeFileSync(join(this.folder, name), bytes);
  }

  blobs(workspace: string): BlobDisk {
    let disk = this.#blobs.get(workspace);
    if (disk === undefined) {
      disk = new BlobDisk({ now: this.#now });
      this.#blobs.set(workspace, disk);
    }
    return disk;
  }

  allBlobs(): Iterable<BlobDisk> {
    return this.#blobs.values();
  }

  /** From now on the files are what they are now, whoever has them open. */
  abandon(): void {
    this.folder = this.#copyOf(this.folder);
  }

  backup(): ServerBackup {
    const blobs = [...this.#blobs].map(
      ([workspace, disk]) => [workspace, new Map(disk.list('').map(({ name }) => [name, disk.read(name) as Uint8Array]))] as const,
    );
    return { folder: this.#copyOf(this.folder), blobs: new Map(blobs) };
  }

  restore({ folder, blobs }: ServerBackup): void {
    this.folder = this.#copyOf(folder);
    for (const [workspace, disk] of this.#blobs) {
      const kept = blobs.get(workspace);
      for (const { name } of disk.list('')) disk.replace(name, kept?.get(name));
      for (const [name, bytes] of kept ?? []) disk.replace(name, bytes);
    }
  }

  remove(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }

  /** Copies files as they are at this moment: nothing else runs meanwhile. */
  #copyOf(from: string): string {
    const copy = this.#newFolder();
    for (const name of filesIn(from)) copyFileSync(join(from, name), join(copy, name));
    return copy;
  }

  #newFolder(): string {
    const folder = join(this.#root, String(++this.#copies));
    mkdirSync(folder);
    return folder;
  }
}

export function newFolder(): string {
  return mkdtempSync(join(existsSync(MEMORY_FOLDER) ? MEMORY_FOLDER : tmpdir(), 'cloudsync-live-'));
}

/** Names of the files that lie in a folder itself: the database, not the blobs. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [entry.name] : []));
}
