/**
 * Every expected failure. `code` is stable and is what programs test; the message is for people and says what to do.
 * Conflicts are never errors.
 */
export type SyncErrorCode =
  | 'path/unsafe'
  | 'path/name-not-allowed'
  | 'path/name-collision'
  | 'path/name-not-unicode'
  | 'storage/root-missing'
  | 'storage/root-not-folder'
  | 'storage/root-unreadable'
  | 'storage/not-found'
  | 'storage/changed'
  | 'storage/not-empty'
  | 'storage/exists'
  | 'storage/denied'
  | 'storage/read-only'
  | 'storage/no-space'
  | 'storage/too-long'
  | 'storage/corrupt-transfer'
  | 'storage/no-hash'
  | 'storage/unsupported'
  | 'storage/unreachable'
  | 'storage/io'
  | 'content/missing'
  | 'content/damaged'
  | 'vault/not-a-vault'
  | 'vault/exists'
  | 'vault/wrong-key'
  | 'vault/not-encrypted'
  | 'vault/damaged'
  | 'vault/newer-version'
  | 'vault/rolled-back'
  | 'vault/locked'
  | 'vault/no-such-version'
  | 'state/corrupt'
  | 'state/newer-version'
  | 'state/locked'
  | 'guard/max-delete'
  | 'guard/emptied-root'
  | 'account/not-logged-in'
  | 'agent/not-running'
  | 'agent/running'
  | 'agent/failed'
  | 'config/invalid'
  | 'server/invalid'
  | 'server/unauthenticated'
  | 'server/key-expired'
  | 'server/key-revoked'
  | 'server/scope-missing'
  | 'server/forbidden'
  | 'server/not-found'
  | 'server/no-such-workspace'
  | 'server/exists'
  | 'server/precondition-failed'
  | 'server/range-not-satisfiable'
  | 'server/gone'
  | 'server/password-required'
  | 'server/too-large'
  | 'server/unsupported-media-type'
  | 'server/quota-exceeded'
  | 'server/too-many-requests'
  | 'server/too-many-attempts'
  | 'server/unavailable'
  | 'server/internal'
  | 'server/locked'
  | 'server/address-in-use'
  | 'server/damaged'
  | 'server/newer-version'
  | 'server/history-changed'
  | 'server/cursor-too-old'
  | 'sync/cancelled'
  | 'sync/conflict';

export interface SyncErrorOptions {
  readonly path?: string | undefined;
  readonly cause?: unknown;
  /** True when the same call may succeed a moment later. */
  readonly retryable?: boolean;
}

export class SyncError extends Error {
  override readonly name = 'SyncError';
  readonly code: SyncErrorCode;
  readonly path: string | undefined;
  readonly retryable: boolean;

  constructor(code: SyncErrorCode, message: string, options: SyncErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.path = options.path;
    this.retryable = options.retryable ?? false;
  }

  /** Recognises an error by its shape, so that two copies of this package agree. */
  static is(error: unknown, code?: SyncErrorCode): error is SyncError {
    return error instanceof Error && error.name === 'SyncError' && (code === undefined || (error as SyncError).code === code);
  }
}

/** Exit codes of the command line, a part of its contract. */
export const EXIT = { inSync: 0, pathsFailed: 1, usage: 2, conflictsLeft: 3, guard: 4, cancelled: 130 } as const;

/** The one table from error codes to exit codes, for errors that end a run. */
export function exitCodeOf(code: SyncErrorCode): number {
  if (code.startsWith('guard/') || code === 'storage/root-missing' || code === 'storage/root-not-folder') return EXIT.guard;
  if (code === 'config/invalid') return EXIT.usage;
  if (code === 'sync/cancelled') return EXIT.cancelled;
  return EXIT.pathsFailed;
}
