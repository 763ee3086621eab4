import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

/** Costs of Argon2id for the passwords of share links: 19 MiB, two passes (OWASP's smallest advice), about 20 ms. */
const COSTS = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const;
const SALT_BYTES = 16;

const derive = promisify(argon2);

/** `argon2id$memory$passes$parallelism$salt$hash`, with its costs so that they can grow. */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(SALT_BYTES);
  const hash = await derive('argon2id', { message: password, nonce, ...COSTS });
  const costs = `${COSTS.memory}$${COSTS.passes}$${COSTS.parallelism}`;
  return `argon2id$${costs}$${nonce.toString('base64url')}$${Buffer.from(hash).toString('base64url')}`;
}

export async function isPassword(password: string, stored: string): Promise<boolean> {
  const [, memory, passes, parallelism, salt, hash] = stored.split('$');
  const expected = Buffer.from(hash ?? '', 'base64url');
  const nonce = Buffer.from(salt ?? '', 'base64url');
  const costs = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism), tagLength: expected.length };
  return timingSafeEqual(Buffer.from(await derive('argon2id', { message: password, nonce, ...costs })), expected);
}
