import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
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

  /** @param template a folder with a database to begin with */
  constructor(template: string | undefined, now: () => number) {
    this.#root = newFolder();
    this.#now = now;
    this.folder = this.#copyOf(template);
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

  #copyOf(folder: string | undefined): string {
    const copy = join(this.#root, String(++this.#copies));
    copyFiles(folder, copy);
    return copy;
  }
}

export function newFolder(): string {
  return mkdtempSync(join(existsSync(MEMORY_FOLDER) ? MEMORY_FOLDER : tmpdir(), 'cloudsync-live-'));
}

/** Copies the files of a folder, as they are at this moment: nothing else runs meanwhile. */
function copyFiles(from: string | undefined, to: string): void {
  mkdirSync(to);
  if (from === undefined) return;
  for (const file of readdirSync(from, { withFileTypes: true }))
    if (file.isFile()) copyFileSync(join(from, file.name), join(to, file.name));
}
