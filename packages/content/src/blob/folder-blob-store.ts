import { constants, type Dirent, mkdirSync, readdirSync } from 'node:fs';
import { type FileHandle, link, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SyncError } from '@cloudsync/engine/model/error';
import { assertBlobName, assertBlobPrefix, isBlobNamePart } from './blob-name.ts';
import { BLOB_BYTES_MAX, type BlobInfo, type BlobStore } from './blob-store.ts';
import { renameUnderClaim } from './claim.ts';
import { errnoOf, lacksHardLinks, toSyncError } from './folder-error.ts';
import { FoldersToFlush } from './folders-to-flush.ts';
import { lstatOrNothing, NO_FOLLOW, unlinkIfThere, writeNew } from './new-file.ts';
import { assertSize, pastTheEnd } from './ranges.ts';
import { isUnfinished, removeIfAbandoned, TEMPORARY_PREFIX, writerToken } from './unfinished.ts';

export interface FolderBlobStoreOptions {
  /** False: behaves as on a file system that has no hard links (FAT, exFAT). Default: found out by trying. */
  readonly hardLinks?: boolean;
}

/** A FIFO that took a blob's place does not hang the open. */
const READ = constants.O_RDONLY | NO_FOLLOW | (constants.O_NONBLOCK ?? 0);

/**
 * Blobs as files of a folder, only for its owner (files 0600, folders 0700).
 *
 * A blob is written to a temporary file beside its place and flushed; then it gets its name by a hard link, which fails when
 * the name is taken. So a name stands for complete content also after a power cut, and `flush` has only folders left to flush:
 * those that it changed, and those in which it saw something that another writer may not have flushed.
 * Where there are no hard links, a claim file made with O_EXCL keeps the name while the temporary is renamed to it; a
 * claim whose writer is dead is taken over.
 *
 * The folder itself may be a symlink; nothing below it is followed.
 */
export class FolderBlobStore implements BlobStore {
  readonly url: string;
  readonly #root: string;
  #hardLinks: boolean;
  readonly #folders = new FoldersToFlush();

  constructor(root: string, { hardLinks = true }: FolderBlobStoreOptions = {}) {
    this.url = root;
    this.#root = root;
    this.#hardLinks = hardLinks;
  }

  async get(name: string, bytesMax = BLOB_BYTES_MAX): Promise<Uint8Array> {
    return this.#reading(name, (file, size) => {
      assertSize(name, size, bytesMax);
      return readFully(file, name, 0, size);
    });
  }

  async getRange(name: string, offset: number, length: number): Promise<Uint8Array> {
    return this.#reading(name, (file, size) => {
      if (offset + length > size) throw pastTheEnd(name, offset, length);
      return readFully(file, name, offset, length);
    });
  }

  localPath(name: string): string {
    assertBlobName(name);
    return this.#pathOf(name);
  }

  async create(name: string, parts: readonly Uint8Array[]): Promise<boolean> {
    return this.#writing(name, async (path) => {
      if (lstatOrNothing(path) !== undefined) return false;
      const token = writerToken();
      const temporary = `${dirname(path)}/${TEMPORARY_PREFIX}${token}`;
      try {
        await writeNew(temporary, parts);
        return (await this.#linkAs(temporary, path)) ?? (await renameUnderClaim({ temporary, path, name, token }));
      } finally {
        await unlinkIfThere(temporary);
      }
    });
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    await this.#writing(name, async (path) => {
      const temporary = `${dirname(path)}/${TEMPORARY_PREFIX}${writerToken()}`;
      try {
        await writeNew(temporary, [bytes]);
        await rename(temporary, path);
      } catch (error) {
        await unlinkIfThere(temporary);
        throw error;
      }
    });
  }

  /** Removes what dead writers left behind, where it comes by. */
  async *list(prefix: string): AsyncGenerator<BlobInfo> {
    assertBlobPrefix(prefix);
    this.#assertRoot();
    yield* this.#listFolder(prefix);
  }

  async delete(name: string): Promise<void> {
    assertBlobName(name);
    this.#assertRoot();
    const path = this.#pathOf(name);
    try {
      await unlink(path);
      this.#folders.changed(dirname(path));
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw toSyncError(error, name, 'delete');
    }
  }

  async flush(): Promise<void> {
    try {
      await this.#folders.flush();
    } catch (error) {
      throw toSyncError(error, this.#root, 'flush');
    }
  }

  /** @returns whether the name was free; undefined where there are no hard links */
  async #linkAs(temporary: string, path: string): Promise<boolean | undefined> {
    if (!this.#hardLinks) return undefined;
    try {
      await link(temporary, path);
      return true;
    } catch (error) {
      // Over NFS an answer can be lost and the call be made again: the second link is ours then.
      if (errnoOf(error) === 'EEXIST') return (lstatOrNothing(temporary)?.nlink ?? 1) > 1;
      if (!lacksHardLinks(error)) throw error;
      this.#hardLinks = false;
      return undefined;
    }
  }

  async #reading(name: string, read: (file: FileHandle, size: number) => Promise<Uint8Array>): Promise<Uint8Array> {
    assertBlobName(name);
    try {
      await using file = await open(this.#pathOf(name), READ);
      const stats = await file.stat();
      this.#folders.seen(dirname(this.#pathOf(name)));
      if (!stats.isFile()) throw new SyncError('path/unsafe', `cannot read ${name}: it is no file; move it away`, { path: name });
      return await read(file, stats.size);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') this.#assertRoot();
      throw toSyncError(error, name, 'read');
    }
  }

  async #writing<T>(name: string, write: (path: string) => Promise<T>): Promise<T> {
    assertBlobName(name);
    this.#assertRoot();
    try {
      this.#makeFolders(name);
      const path = this.#pathOf(name);
      this.#folders.changed(dirname(path));
      return await write(path);
    } catch (error) {
      throw toSyncError(error, name, 'write');
    }
  }

  /** Makes the folders above a blob. Each is looked at every time: one that became a symlink is not written through. */
  #makeFolders(name: string): void {
    const parts = name.split('/').slice(0, -1);
    for (let depth = 1; depth <= parts.length; depth++) {
      const folder = this.#pathOf(parts.slice(0, depth).join('/'));
      const stats = lstatOrNothing(folder);
      if (stats?.isDirectory()) continue;
      if (stats !== undefined) {
        throw new SyncError('path/unsafe', `${folder} is not a folder, so nothing is written there; move it away`, { path: name });
      }
      makeFolder(folder);
      this.#folders.changed(dirname(folder));
    }
  }

  *#listFolder(prefix: string): Generator<BlobInfo> {
    const folder = this.#pathOf(prefix.slice(0, -1));
    this.#folders.seen(folder);
    for (const entry of this.#entriesOf(folder, prefix)) {
      if (isUnfinished(entry.name)) removeIfAbandoned(`${folder}/${entry.name}`);
      if (!isBlobNamePart(entry.name)) continue;
      const name = prefix + entry.name;
      if (entry.isDirectory()) yield* this.#listFolder(`${name}/`);
      else if (entry.isFile()) {
        // Undefined: deleted since the folder was read.
        const stats = lstatOrNothing(this.#pathOf(name));
        if (stats !== undefined) yield { name, size: stats.size, modifiedMs: stats.mtimeMs };
      }
    }
  }

  #entriesOf(folder: string, prefix: string): Dirent[] {
    try {
      return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return [];
      throw toSyncError(error, prefix, 'list');
    }
  }

  #assertRoot(): void {
    if (lstatOrNothing(`${this.#root}/.`)?.isDirectory()) return;
    throw new SyncError('storage/root-missing', `the folder ${this.#root} is not there; is the disk mounted?`, { path: this.#root });
  }

  #pathOf(name: string): string {
    return name === '' ? this.#root : `${this.#root}/${name}`;
  }
}

/** Folders sort as the names of what is in them, so that all names come in order. */
function sortKey(entry: Dirent): string {
  return entry.isDirectory() ? `${entry.name}/` : entry.name;
}

/** Not `recursive`: that says ENOENT on a read-only file system. Another writer may be making it at the same time. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
}

async function readFully(file: FileHandle, name: string, offset: number, length: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, offset + done);
    if (bytesRead === 0) throw pastTheEnd(name, offset, length);
    done += bytesRead;
  }
  return bytes;
}
