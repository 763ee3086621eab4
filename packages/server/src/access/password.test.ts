import { expect, test } from 'vitest';
import { hashPassword, isPassword } from './password.ts';

test('a password opens what was hashed from it, and nothing else does', async () => {
  const stored = await hashPassword('correct horse');
  expect(stored).toMatch(/^argon2id\$19456\$2\$1\$/);
  expect(stored).not.toContain('correct');
  expect(await isPassword('correct horse', stored)).toBe(true);
  expect(await isPassword('correct horsf', stored)).toBe(false);
  expect(await isPassword('', stored)).toBe(false);
});

test('the same password is hashed differently each time', async () => {
  expect(await hashPassword('p')).not.toBe(await hashPassword('p'));
});
