import { closeSync, existsSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import type { StateDirectory, StateFile } from '@cloudsync/engine';
import { SyncError } from '@cloudsync/engine/model/error';
import { toSyncError } from '../local/sync-error.ts';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const WRITE_CHUNK_CHARS = 1 << 18;
const READ_CHUNK_BYTES = 1 << 16;

/**
 * State files in a folder on disk that only its owner can read (paths and hashes tell a lot about a person).
 * A file is replaced as a whole: temporary file, fsync, rename, fsync of the folder.
 * @throws SyncError with the code of the failed system call; the path in the message is that of the state file
 */
export class LocalStateDirectory implements StateDirectory {
  readonly path: string;
  readonly #appending = new Map<string, FileHandle>();
  #isMade = false;

  constructor(path: string) {
    this.path = path;
  }

  read(name: string): AsyncIterable<string> | undefined {
    const file = this.#file(name);
    return existsSync(file) ? readText(file) : undefined;
  }

  /** Blocks of a tree file are few and mostly in memory: a synchronous call takes microseconds, a promise many times that. */
  async open(name: string): Promise<StateFile | undefined> {
    const path = this.#file(name);
    if (!existsSync(path)) return undefined;
    try {
      const file = openSync(path, 'r');
      const { size } = fstatSync(file);
      return {
        size,
        read: async (offset, length) => {
          const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
          readAt(file, bytes, offset);
          return bytes;
        },
        close: async () => closeSync(file),
      };
    } catch (error) {
      throw toSyncError(error, path, 'read');
    }
  }

  stamp(name: string): string | undefined {
    const stats = statSync(this.#file(name), { bigint: true, throwIfNoEntry: false });
    return stats && [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(':');
  }

  async write(name: string, chunks: Iterable<string> | AsyncIterable<string>, options: { readonly durable?: boolean } = {}): Promise<void> {
    const durable = options.durable ?? true;
    const file = this.#file(name);
    await this.#guard(file, async () => {
      await this.#stopAppending(name);
      const temporary = `${file}.${process.pid}.tmp`;
      try {
        await using handle = await open(temporary, 'w', FILE_MODE);
        await writeAll(handle, chunks);
        if (durable) await handle.sync();
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
      await rename(temporary, file);
      if (durable) await this.#syncFolder();
    });
  }

  async append(name: string, text: string): Promise<void> {
    const file = this.#file(name);
    await this.#guard(file, async () => {
      let handle = this.#appending.get(name);
      if (handle === undefined) {
        const isNew = !existsSync(file);
        handle = await open(file, 'a', FILE_MODE);
        this.#appending.set(name, handle);
        if (isNew) await this.#syncFolder();
      }
      const { size } = await handle.stat();
      try {
        await handle.appendFile(text);
        await handle.datasync();
      } catch (error) {
        // What follows a torn line would be lost with it.
        await handle.truncate(size);
        throw error;
      }
    });
  }

  async remove(name: string): Promise<void> {
    await this.#guard(this.#file(name), async () => {
      await this.#stopAppending(name);
      await rm(this.#file(name), { force: true });
    });
  }

  async setAside(name: string, reason: string): Promise<string> {
    await this.#stopAppending(name);
    for (let n = 1; ; n++) {
      const kept = `${name}.${reason}-${n}`;
      if (existsSync(this.#file(kept))) continue;
      await this.#guard(this.#file(name), () => rename(this.#file(name), this.#file(kept)));
      return kept;
    }
  }

  /** Lets go of the open journal. */
  async close(): Promise<void> {
    for (const name of [...this.#appending.keys()]) await this.#stopAppending(name);
  }

  #file(name: string): string {
    if (name === '' || name.startsWith('.') || /[/\\\0]/.test(name)) throw new TypeError(`not a plain file name: ${JSON.stringify(name)}`);
    return join(this.path, name);
  }

  async #guard<T>(file: string, work: () => Promise<T>): Promise<T> {
    try {
      if (!this.#isMade) await mkdir(this.path, { recursive: true, mode: FOLDER_MODE });
      this.#isMade = true;
      return await work();
    } catch (error) {
      if (SyncError.is(error)) throw error;
      throw toSyncError(error, file, 'write');
    }
  }

  async #stopAppending(name: string): Promise<void> {
    const handle = this.#appending.get(name);
    this.#appending.delete(name);
    await handle?.close();
  }

  async #syncFolder(): Promise<void> {
    // Windows cannot open a folder; its renames are durable with the journal of NTFS.
    if (process.platform === 'win32') return;
    await using folder = await open(this.path, 'r');
    await folder.sync();
  }
}

/**
 * The text of a file in chunks. Synchronous calls into the same memory again and again: a stream would allocate for every
 * chunk, and the state of a big tree is read in each run.
 */
async function* readText(path: string): AsyncGenerator<string> {
  try {
    const file = openSync(path, 'r');
    try {
      const bytes = Buffer.allocUnsafeSlow(READ_CHUNK_BYTES);
      // A character that crosses the border of a chunk stays whole.
      const decoder = new StringDecoder('utf8');
      for (let length = readSync(file, bytes); length > 0; length = readSync(file, bytes)) yield decoder.write(bytes.subarray(0, length));
      yield decoder.end();
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw toSyncError(error, path, 'read');
  }
}

function readAt(file: number, bytes: Uint8Array, offset: number): void {
  for (let at = 0; at < bytes.length; ) {
    const bytesRead = readSync(file, bytes, at, bytes.length - at, offset + at);
    if (bytesRead === 0) throw new SyncError('state/corrupt', 'a state file became shorter while it was read');
    at += bytesRead;
  }
}

/** Small pieces are joined, so that a tree of a million rows is not a million writes. */
async function writeAll(handle: FileHandle, chunks: Iterable<string> | AsyncIterable<string>): Promise<void> {
  let waiting: string[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    waiting.push(chunk);
    length += chunk.length;
    if (length < WRITE_CHUNK_CHARS) continue;
    await handle.writeFile(waiting.join(''));
    waiting = [];
    length = 0;
  }
  if (length > 0) await handle.writeFile(waiting.join(''));
}
