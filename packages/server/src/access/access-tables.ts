import type { Generated } from 'kysely';

/** Moments are milliseconds since 1970 everywhere. */
export interface UsersTable {
  readonly id: string;
  name: string;
  email: string | null;
  server_role: 'member' | 'admin';
  readonly created_ms: number;
  disabled_ms: number | null;
}

export interface ApiKeysTable {
  readonly id: string;
  readonly user: string;
  readonly name: string;
  readonly prefix: string;
  /** SHA-256 of the key. */
  readonly hash: Uint8Array;
  /** Joined by a space. */
  readonly scopes: string;
  readonly created_ms: number;
  readonly expires_ms: number | null;
  last_used_ms: number | null;
  revoked_ms: number | null;
}

export interface MembersTable {
  readonly workspace: string;
  readonly user: string;
  role: 'viewer' | 'editor' | 'admin' | 'owner';
  readonly added_ms: number;
}

export interface PermissionsTable {
  readonly workspace: string;
  path: string;
  /** A user's id, or `*` for everybody. */
  readonly user: string;
  level: 'none' | 'read' | 'write';
}

export interface AccountDevicesTable {
  readonly user: string;
  readonly id: string;
  name: string;
  readonly created_ms: number;
  last_seen_ms: number;
}

export interface ShareLinksTable {
  readonly id: string;
  readonly workspace: string;
  /** Id of the entry: the link follows it through renames. */
  readonly entry: number;
  /** SHA-256 of the secret in the link. */
  readonly token_hash: Uint8Array;
  mode: 'view' | 'edit';
  /** See password.ts. */
  password: string | null;
  expires_ms: number | null;
  max_downloads: number | null;
  downloads: number;
  readonly created_by: string;
  readonly created_ms: number;
}

export interface AuditTable {
  readonly id: Generated<number>;
  readonly at_ms: number;
  readonly action: string;
  readonly user: string | null;
  readonly key: string | null;
  readonly workspace: string | null;
  readonly target: string | null;
  readonly address: string | null;
  /** JSON object. */
  readonly details: string;
}

export interface AccessTables {
  users: UsersTable;
  api_keys: ApiKeysTable;
  members: MembersTable;
  permissions: PermissionsTable;
  account_devices: AccountDevicesTable;
  share_links: ShareLinksTable;
  audit: AuditTable;
}
