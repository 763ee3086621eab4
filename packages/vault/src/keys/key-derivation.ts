import { argon2, hkdfSync } from 'node:crypto';
import { promisify } from 'node:util';
import * as z from 'zod/mini';

const argon2Async = promisify(argon2);

export const KEY_BYTES = 32;
export const SALT_BYTES = 16;

/** How much work a passphrase takes: Argon2id version 1.3, RFC 9106. */
export interface Argon2Cost {
  readonly memoryKiB: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** A tenth of a second and 64 MiB: RFC 9106 section 4, "second recommended option". */
export const DEFAULT_COST: Argon2Cost = { memoryKiB: 64 * 1024, passes: 3, parallelism: 4 };

/** How the key of a slot comes from what the user has. */
export type KeyDerivation =
  | ({ readonly name: 'argon2id' } & Argon2Cost & { readonly salt: string })
  | { readonly name: 'hkdf-sha256'; readonly salt: string };

const salt = z.base64().check(z.length(24));
const count = (minimum: number, maximum: number) => z.int().check(z.minimum(minimum), z.maximum(maximum));

/** The limits protect the reader: a hostile slot must not make it take all memory or run for an hour. Argon2 needs 8 KiB a lane. */
export const keyDerivationSchema = z.discriminatedUnion('name', [
  z
    .object({
      name: z.literal('argon2id'),
      memoryKiB: count(8, 1024 * 1024),
      passes: count(1, 16),
      parallelism: count(1, 16),
      salt,
    })
    .check(z.refine(({ memoryKiB, parallelism }) => memoryKiB >= 8 * parallelism)),
  z.object({ name: z.literal('hkdf-sha256'), salt }),
]);

/** The 32-byte key that seals a slot. @param secret bytes of the passphrase, key file or recovery key */
export async function deriveSlotKey(derivation: KeyDerivation, secret: Uint8Array): Promise<Uint8Array> {
  const nonce = Buffer.from(derivation.salt, 'base64');
  if (derivation.name === 'hkdf-sha256') return new Uint8Array(hkdfSync('sha256', secret, nonce, 'cloudsync 1 slot', KEY_BYTES));
  const { memoryKiB: memory, passes, parallelism } = derivation;
  return await argon2Async('argon2id', { message: secret, nonce, memory, passes, parallelism, tagLength: KEY_BYTES });
}
