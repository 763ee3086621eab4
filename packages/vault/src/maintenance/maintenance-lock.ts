import { randomBytes } from 'node:crypto';
import { openObject, sealObject } from '@cloudsync/content';
import { SyncError } from '@cloudsync/engine';
import * as z from 'zod/mini';
import type { Device } from '../commit/commit.ts';
import type { Author, Vault } from '../vault.ts';
import { isDamage } from '../vault.ts';

export const LOCKS_PREFIX = 'locks/';
export const LOCK_BLOB = `${LOCKS_PREFIX}maintenance`;

/** So long a lock holds that is not renewed. */
export const LOCK_MS = 30 * 60_000;

/**
 * Who prunes or repairs. The lock spares two of them from doing the same work; a vault is safe without it, because whatever they do comes
 * into one order with all writers by the numbers of their commits.
 */
export interface MaintenanceLock {
  readonly device: Device;
  /** `prune` or `repair`. */
  readonly work: string;
  readonly sinceMs: number;
  readonly expiresMs: number;
  /** Tells two locks of one device apart: 32 hex digits. */
  readonly nonce: string;
}

const schema = z.object({
  version: z.literal(1),
  device: z.object({ id: z.string(), name: z.string() }),
  work: z.string(),
  since: z.number(),
  expires: z.number(),
  nonce: z.string().check(z.regex(/^[0-9a-f]{32}$/)),
});

/** A lock that is held; `renew` is called now and then by long work. */
export interface HeldLock {
  renew(): Promise<void>;
}

/**
 * Does `work` under the lock. One that has expired is taken over.
 * @throws SyncError `vault/locked` naming who holds it and until when
 */
export async function withMaintenanceLock<Result>(
  vault: Vault,
  { author, work }: { readonly author: Author; readonly work: string },
  task: (lock: HeldLock) => Promise<Result>,
): Promise<Result> {
  let lock = await acquire(vault, author, work);
  try {
    return await task({
      renew: async () => {
        const now = author.clock();
        if (now < lock.expiresMs - LOCK_MS / 2) return;
        lock = { ...lock, expiresMs: now + LOCK_MS };
        await vault.blobs.put(LOCK_BLOB, sealLock(vault, lock));
      },
    });
  } finally {
    const held = await readLock(vault);
    if (held !== 'unreadable' && held?.nonce === lock.nonce) await vault.blobs.delete(LOCK_BLOB);
  }
}

/** Removes the lock, whoever holds it. @returns what it said; `unreadable` when nobody can tell, undefined when there was none */
export async function unlock(vault: Vault): Promise<MaintenanceLock | 'unreadable' | undefined> {
  const lock = await readLock(vault);
  if (lock !== undefined) await vault.blobs.delete(LOCK_BLOB);
  return lock;
}

async function acquire(vault: Vault, { device, clock }: Author, work: string): Promise<MaintenanceLock> {
  const sinceMs = clock();
  const lock: MaintenanceLock = { device, work, sinceMs, expiresMs: sinceMs + LOCK_MS, nonce: randomBytes(16).toString('hex') };
  for (let attempt = 0; attempt < 3; attempt++) {
    if (await vault.blobs.create(LOCK_BLOB, [sealLock(vault, lock)])) return lock;
    const held = await readLock(vault);
    if (held === 'unreadable' || (held !== undefined && held.expiresMs > sinceMs)) throw locked(held, sinceMs);
    if (held !== undefined) await vault.blobs.delete(LOCK_BLOB);
  }
  throw locked('unreadable', sinceMs);
}

export async function readLock(vault: Vault): Promise<MaintenanceLock | 'unreadable' | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await vault.blobs.get(LOCK_BLOB);
  } catch (error) {
    if (SyncError.is(error, 'storage/not-found')) return undefined;
    throw error;
  }
  try {
    const plain = openObject(vault.keys.seal, { kind: 'lock', bytes, object: LOCK_BLOB });
    const { device, work, since, expires, nonce } = schema.parse(JSON.parse(Buffer.from(plain).toString('utf8')));
    return { device, work, sinceMs: since, expiresMs: expires, nonce };
  } catch (error) {
    if (isDamage(error) || error instanceof SyntaxError || error instanceof z.core.$ZodError) return 'unreadable';
    throw error;
  }
}

function sealLock(vault: Vault, { device, work, sinceMs, expiresMs, nonce }: MaintenanceLock): Uint8Array {
  const stored: z.input<typeof schema> = { version: 1, device: { ...device }, work, since: sinceMs, expires: expiresMs, nonce };
  return sealObject(vault.keys.seal, 'lock', Buffer.from(JSON.stringify(stored), 'utf8')).bytes;
}

const RELEASE = 'if that work is not running any more, remove the lock with: cloudsync vault unlock';

function locked(lock: MaintenanceLock | 'unreadable', nowMs: number): SyncError {
  if (lock === 'unreadable') return new SyncError('vault/locked', `the vault is locked and ${LOCK_BLOB} does not say by whom; ${RELEASE}`);
  const minutes = Math.max(1, Math.ceil((lock.expiresMs - nowMs) / 60_000));
  const since = new Date(lock.sinceMs).toISOString();
  const message = `${lock.device.name} runs ${lock.work} on the vault since ${since}; try again when it is done (the lock ends by itself in ${minutes} min); ${RELEASE}`;
  return new SyncError('vault/locked', message, { retryable: true });
}
