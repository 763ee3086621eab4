import type { AuditEntry } from '@cloudsync/protocol/rest/audit';
import type { Page } from '@cloudsync/protocol/rest/envelope';
import type { Kysely, Selectable } from 'kysely';
import type { AccessTables, AuditTable } from './access-tables.ts';
import { decodeNumberCursor, type PageRequest, pageFrom } from './page.ts';
import type { Principal } from './principal.ts';

export interface AuditRecord {
  readonly action: string;
  readonly principal?: Principal | undefined;
  readonly workspace?: string | undefined;
  readonly target?: string | undefined;
  readonly address?: string | undefined;
  /** Never a secret. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

/** Who did what to accounts, members, rules, shares and webhooks. Only added to. */
export class AuditLog {
  readonly #database: Kysely<AccessTables>;
  readonly #now: () => number;

  constructor({ database, now }: { database: Kysely<AccessTables>; now: () => number }) {
    this.#database = database;
    this.#now = now;
  }

  async add({ action, principal, workspace, target, address, details = {} }: AuditRecord): Promise<void> {
    await this.#database
      .insertInto('audit')
      .values({
        at_ms: this.#now(),
        action,
        user: principal?.userId ?? null,
        key: principal?.keyId ?? null,
        workspace: workspace ?? null,
        target: target ?? null,
        address: address ?? null,
        details: JSON.stringify(details),
      })
      .execute();
  }

  /** Newest first; of one workspace, or of the whole server. */
  async list(workspace: string | undefined, { cursor, limit }: PageRequest): Promise<Page<AuditEntry>> {
    let query = this.#database.selectFrom('audit').selectAll();
    if (workspace !== undefined) query = query.where('workspace', '=', workspace);
    if (cursor !== undefined) query = query.where('id', '<', decodeNumberCursor(cursor));
    const rows = await query
      .orderBy('id', 'desc')
      .limit(limit + 1)
      .execute();
    return pageFrom(rows, { limit, cursorOf: (row) => row.id, item: toAuditEntry });
  }
}

function toAuditEntry(row: Selectable<AuditTable>): AuditEntry {
  return {
    id: row.id,
    at: new Date(row.at_ms).toISOString(),
    action: row.action,
    userId: row.user,
    keyId: row.key,
    workspaceId: row.workspace,
    target: row.target,
    address: row.address,
    details: JSON.parse(row.details) as Record<string, unknown>,
  };
}
