import { createHash } from 'node:crypto';
import { SyncError } from '@cloudsync/engine';
import type { Page } from '@cloudsync/protocol/rest/envelope';
import type { Kysely, Selectable, Updateable } from 'kysely';
import type { AccessTables, ShareLinksTable } from './access-tables.ts';
import { decodeCursor, type PageRequest, pageFrom } from './page.ts';
import { hashPassword, isPassword } from './password.ts';
import { newResourceId, type RandomBytes } from './resource-ids.ts';

export type ShareLink = Selectable<ShareLinksTable>;

export interface NewShareLink {
  readonly workspace: string;
  readonly entry: number;
  readonly mode: ShareLink['mode'];
  readonly password?: string | undefined;
  readonly expiresMs?: number | undefined;
  readonly maxDownloads?: number | undefined;
  readonly createdBy: string;
}

/** What is left out stays; null takes a limit away. */
export interface ShareLinkChange {
  readonly mode?: ShareLink['mode'] | undefined;
  readonly password?: string | null | undefined;
  readonly expiresMs?: number | null | undefined;
  readonly maxDownloads?: number | null | undefined;
}

const TOKEN_BYTES = 24;

/** Links that open one file or folder for whoever holds them. The secret in a link is kept as its hash only. */
export class ShareLinks {
  readonly #database: Kysely<AccessTables>;
  readonly #now: () => number;
  readonly #randomBytes: RandomBytes;

  constructor({ database, now, randomBytes }: { database: Kysely<AccessTables>; now: () => number; randomBytes: RandomBytes }) {
    this.#database = database;
    this.#now = now;
    this.#randomBytes = randomBytes;
  }

  async create(share: NewShareLink): Promise<{ readonly link: ShareLink; readonly token: string }> {
    const token = Buffer.from(this.#randomBytes(TOKEN_BYTES)).toString('base64url');
    const link: ShareLink = {
      id: newResourceId('shr', this.#randomBytes),
      workspace: share.workspace,
      entry: share.entry,
      token_hash: hashOfToken(token),
      mode: share.mode,
      password: share.password === undefined ? null : await hashPassword(share.password),
      expires_ms: share.expiresMs ?? null,
      max_downloads: share.maxDownloads ?? null,
      downloads: 0,
      created_by: share.createdBy,
      created_ms: this.#now(),
    };
    await this.#database.insertInto('share_links').values(link).execute();
    return { link, token };
  }

  async list(workspace: string, { cursor, limit }: PageRequest): Promise<Page<ShareLink>> {
    let query = this.#database.selectFrom('share_links').selectAll().where('workspace', '=', workspace);
    if (cursor !== undefined) query = query.where('id', '>', decodeCursor(cursor));
    const rows = await query
      .orderBy('id')
      .limit(limit + 1)
      .execute();
    return pageFrom(rows, { limit, cursorOf: (row) => row.id, item: (row) => row });
  }

  /** @throws SyncError `server/not-found` */
  async mustGet(workspace: string, id: string): Promise<ShareLink> {
    const query = this.#database.selectFrom('share_links').selectAll().where('workspace', '=', workspace).where('id', '=', id);
    const link = await query.executeTakeFirst();
    if (link === undefined) throw new SyncError('server/not-found', `this workspace has no share ${id}`);
    return link;
  }

  /** @throws SyncError `server/not-found` */
  async change(workspace: string, id: string, change: ShareLinkChange): Promise<ShareLink> {
    await this.mustGet(workspace, id);
    const { mode, password, expiresMs, maxDownloads } = change;
    const values: Updateable<ShareLinksTable> = {
      ...(mode !== undefined && { mode }),
      ...(password !== undefined && { password: password === null ? null : await hashPassword(password) }),
      ...(expiresMs !== undefined && { expires_ms: expiresMs }),
      ...(maxDownloads !== undefined && { max_downloads: maxDownloads }),
    };
    if (Object.keys(values).length > 0) {
      const query = this.#database.updateTable('share_links').set(values);
      await query.where('workspace', '=', workspace).where('id', '=', id).execute();
    }
    return this.mustGet(workspace, id);
  }

  /** @throws SyncError `server/not-found` */
  async remove(workspace: string, id: string): Promise<void> {
    const { numDeletedRows } = await this.#database
      .deleteFrom('share_links')
      .where('workspace', '=', workspace)
      .where('id', '=', id)
      .executeTakeFirst();
    if (numDeletedRows === 0n) throw new SyncError('server/not-found', `this workspace has no share ${id}`);
  }

  /**
   * The link that a secret opens. The same answer for one that never was and one that was taken back.
   * @throws SyncError `server/not-found`, `server/gone`, `server/password-required`
   */
  async open(token: string, password: string | undefined): Promise<ShareLink> {
    const link = await this.#database.selectFrom('share_links').selectAll().where('token_hash', '=', hashOfToken(token)).executeTakeFirst();
    if (link === undefined) throw new SyncError('server/not-found', 'this link opens nothing; ask who gave it to you for a new one');
    if (link.expires_ms !== null && link.expires_ms <= this.#now())
      throw new SyncError('server/gone', `this link expired on ${new Date(link.expires_ms).toISOString()}; ask for a new one`);
    if (link.password !== null && (password === undefined || !(await isPassword(password, link.password))))
      throw new SyncError('server/password-required', 'this link needs its password; ask who gave it to you');
    return link;
  }

  /** Counts a download before it begins, so that many at once cannot be more than allowed. @throws SyncError `server/gone` */
  async countDownload(id: string): Promise<void> {
    const { numUpdatedRows } = await this.#database
      .updateTable('share_links')
      .set((row) => ({ downloads: row('downloads', '+', 1) }))
      .where('id', '=', id)
      .where((where) => where.or([where('max_downloads', 'is', null), where('downloads', '<', where.ref('max_downloads'))]))
      .executeTakeFirstOrThrow();
    if (numUpdatedRows === 0n) throw new SyncError('server/gone', 'this link was used as often as it may be; ask for a new one');
  }
}

/** 192 random bits: a fast hash is enough, and looking one up tells nothing about another. */
function hashOfToken(token: string): Uint8Array {
  return createHash('sha256').update(token).digest();
}
