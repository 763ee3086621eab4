import type { SyncErrorCode } from '@cloudsync/engine';

/** The one table from error codes to HTTP statuses. A code that is not in it is a failure of the server's own. */
const STATUSES: Partial<Record<SyncErrorCode, number>> = {
  'path/unsafe': 400,
  'path/name-not-allowed': 400,
  'path/name-collision': 409,
  'path/name-not-unicode': 400,
  'storage/not-found': 404,
  'storage/changed': 409,
  'storage/not-empty': 409,
  'storage/exists': 409,
  'storage/denied': 403,
  'storage/read-only': 403,
  'storage/no-space': 507,
  'storage/too-long': 400,
  'storage/corrupt-transfer': 422,
  'storage/unsupported': 400,
  'content/missing': 409,
  'config/invalid': 400,
  'sync/conflict': 409,
  'server/invalid': 400,
  'server/unauthenticated': 401,
  'server/key-expired': 401,
  'server/key-revoked': 401,
  'server/password-required': 401,
  'server/scope-missing': 403,
  'server/forbidden': 403,
  'server/not-found': 404,
  'server/no-such-workspace': 404,
  'server/exists': 409,
  'server/gone': 410,
  'server/precondition-failed': 412,
  'server/too-large': 413,
  'server/unsupported-media-type': 415,
  'server/range-not-satisfiable': 416,
  'server/too-many-requests': 429,
  'server/too-many-attempts': 429,
  'server/quota-exceeded': 507,
  'server/unavailable': 503,
};

export function statusOf(code: SyncErrorCode): number {
  return STATUSES[code] ?? 500;
}
