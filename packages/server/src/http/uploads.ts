import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SyncError } from '@cloudsync/engine';
import type { Upload } from '@cloudsync/protocol/rest/files';
import type { Kysely, Selectable } from 'kysely';
import { newResourceId, type RandomBytes } from '../access/resource-ids.ts';
import type { UploadsTable, UploadTables } from './upload-tables.ts';

export interface UploadsOptions {
  readonly database: Kysely<UploadTables>;
  /** Folder for what has arrived; made when it is missing. */
  readonly folder: string;
  readonly now: () => number;
  readonly randomBytes: RandomBytes;
}

export interface NewUpload {
  readonly workspace: string;
  readonly userId: string;
  readonly path: string;
  readonly size?: number | undefined;
  readonly hash?: string | undefined;
  readonly mtimeMs?: number | undefined;
  readonly mode?: number | undefined;
  /** Undefined: whatever is there. */
  readonly base?: number | undefined;
}

/** Which upload, and of whom: nobody sees another's. */
export interface UploadKey {
  readonly id: string;
  readonly workspace: string;
  readonly userId: string;
}

export type UploadRow = Selectable<UploadsTable>;

/** Uploads of one user in one workspace that are under way at once. */
const UPLOADS_MAX = 100;
const LIFETIME_MS = 24 * 3_600_000;

/** Contents that arrive in parts. What has arrived is in a file of its own until the upload is finished, and survives a restart. */
export class Uploads {
  readonly #options: UploadsOptions;
  /** Those that a request writes to or finishes now. */
  readonly #busy = new Set<string>();

  constructor(options: UploadsOptions) {
    this.#options = options;
  }

  /** @throws SyncError `server/too-many-requests` when too many are under way */
  async create({ workspace, userId, path, ...file }: NewUpload): Promise<Upload> {
    const { database, randomBytes, now, folder } = this.#options;
    const { count } = await database
      .selectFrom('uploads')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('user', '=', userId)
      .where('workspace', '=', workspace)
      .executeTakeFirstOrThrow();
    if (count >= UPLOADS_MAX)
      throw new SyncError('server/too-many-requests', `${count} uploads are under way; finish or delete some first`);
    const row: UploadRow = {
      id: newResourceId('upl', randomBytes),
      workspace,
      user: userId,
      path,
      size: file.size ?? null,
      hash: file.hash ?? null,
      mtime_ms: file.mtimeMs ?? null,
      mode: file.mode ?? null,
      base: file.base ?? null,
      expires_ms: now() + LIFETIME_MS,
    };
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await (await open(this.#file(row.id), 'wx', 0o600)).close();
    await database.insertInto('uploads').values(row).execute();
    return toUpload(row, 0);
  }

  /** @throws SyncError `server/not-found` */
  async mustGet(key: UploadKey): Promise<{ readonly row: UploadRow; readonly upload: Upload }> {
    const row = await this.#options.database
      .selectFrom('uploads')
      .selectAll()
      .where('id', '=', key.id)
      .where('workspace', '=', key.workspace)
      .where('user', '=', key.userId)
      .where('expires_ms', '>', this.#options.now())
      .executeTakeFirst();
    if (row === undefined) throw new SyncError('server/not-found', `there is no upload ${key.id}; it may have expired`);
    return { row, upload: toUpload(row, (await stat(this.#file(row.id))).size) };
  }

  /**
   * Adds a part at the end of what has arrived. When it breaks off, what came of it stays.
   * @throws SyncError `server/precondition-failed` (not at its end, or another request writes to it), `server/too-large`
   */
  async append(
    key: UploadKey,
    part: { readonly offset: number; readonly bytesMax: number; readonly content: AsyncIterable<Uint8Array> },
  ): Promise<Upload> {
    return this.alone(key, async ({ row, upload }) => {
      if (part.offset !== upload.offset)
        throw new SyncError('server/precondition-failed', `upload ${row.id} goes on at byte ${upload.offset}, not ${part.offset}`);
      const bytesMax = Math.min(part.bytesMax, row.size ?? part.bytesMax);
      const handle = await open(this.#file(row.id), 'r+');
      try {
        await write(handle, part.content, { offset: part.offset, bytesMax });
        await handle.sync();
      } catch (error) {
        // A part that can only be a mistake leaves nothing, one that broke off leaves what came of it.
        if (SyncError.is(error, 'server/too-large')) await handle.truncate(part.offset);
        throw toNoSpace(error);
      } finally {
        await handle.close();
      }
      return (await this.mustGet(key)).upload;
    });
  }

  /** Everything that has arrived. */
  content(id: string): AsyncIterable<Uint8Array> {
    return createReadStream(this.#file(id));
  }

  /** Runs work on an upload that nothing else may touch meanwhile. @throws SyncError `server/precondition-failed` */
  async alone<T>(key: UploadKey, work: (found: { readonly row: UploadRow; readonly upload: Upload }) => Promise<T>): Promise<T> {
    if (this.#busy.has(key.id))
      throw new SyncError('server/precondition-failed', `another request works on upload ${key.id}; wait for it`, { retryable: true });
    this.#busy.add(key.id);
    try {
      return await work(await this.mustGet(key));
    } finally {
      this.#busy.delete(key.id);
    }
  }

  async remove(id: string): Promise<void> {
    await this.#options.database.deleteFrom('uploads').where('id', '=', id).execute();
    await rm(this.#file(id), { force: true });
  }

  /** Removes what has expired, and files that no upload has (the server died between the two). */
  async clean(): Promise<void> {
    const { database, now, folder } = this.#options;
    const known = await database.selectFrom('uploads').select(['id', 'expires_ms']).execute();
    const alive = new Set(known.filter(({ id, expires_ms }) => expires_ms > now() || this.#busy.has(id)).map(({ id }) => id));
    for (const { id } of known) if (!alive.has(id)) await this.remove(id);
    const files = await readdir(folder).catch(() => []);
    const unknown = files.filter((name) => !alive.has(name) && !known.some(({ id }) => id === name));
    for (const name of unknown) await this.#removeUnknown(name);
  }

  /** A file comes before its row: one that was just made is not unknown. */
  async #removeUnknown(name: string): Promise<void> {
    const age = this.#options.now() - (await stat(this.#file(name))).mtimeMs;
    if (age > LIFETIME_MS) await rm(this.#file(name), { force: true });
  }

  #file(id: string): string {
    return join(this.#options.folder, id);
  }
}

async function write(
  handle: FileHandle,
  content: AsyncIterable<Uint8Array>,
  { offset, bytesMax }: { offset: number; bytesMax: number },
): Promise<void> {
  let at = offset;
  for await (const bytes of content) {
    if (at + bytes.length > bytesMax)
      throw new SyncError('server/too-large', `this is more than the ${bytesMax} bytes that the upload may have`);
    for (let done = 0; done < bytes.length; ) done += (await handle.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
    at += bytes.length;
  }
}

function toNoSpace(error: unknown): unknown {
  const isFull = error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
  return isFull
    ? new SyncError('storage/no-space', 'the disk of the server is full; ask its admin', { cause: error, retryable: true })
    : error;
}

function toUpload(row: UploadRow, offset: number): Upload {
  return { id: row.id, path: row.path, offset, size: row.size, expiresAt: new Date(row.expires_ms).toISOString() };
}
