import type { Scope, User } from '@cloudsync/protocol/rest/users';

/** Who stands behind a request or a connection: a user, by one of his keys. */
export interface Principal {
  readonly userId: string;
  readonly userName: string;
  readonly serverRole: User['serverRole'];
  readonly keyId: string;
  readonly keyName: string;
  readonly scopes: readonly Scope[];
  /** Milliseconds since 1970; null: the key has no end. */
  readonly keyExpiresMs: number | null;
}
