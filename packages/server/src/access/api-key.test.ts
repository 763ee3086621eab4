import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { hashOf, isApiKey, isSameHash, newApiKey, prefixOf } from './api-key.ts';

test('a key has 256 random bits, and what is kept of it is a hash and its first characters', () => {
  const { key, prefix, hash } = newApiKey(randomBytes);
  expect(key).toMatch(/^cs_[A-Za-z0-9_-]{43}$/);
  expect(isApiKey(key)).toBe(true);
  expect(prefix).toBe(key.slice(0, 11));
  expect(prefixOf(key)).toBe(prefix);
  expect(isSameHash(hash, hashOf(key))).toBe(true);
  expect(isSameHash(hash, hashOf(`${key}x`))).toBe(false);
  expect(isSameHash(hash, hash.subarray(1))).toBe(false);
});

test.each(['', 'cs_', 'cs_short', `xx_${'a'.repeat(43)}`, `cs_${'a'.repeat(44)}`, `cs_${'ä'.repeat(43)}`, `cs_${'a'.repeat(43)}\n`])(
  '%j is none',
  (text) => {
    expect(isApiKey(text)).toBe(false);
  },
);
