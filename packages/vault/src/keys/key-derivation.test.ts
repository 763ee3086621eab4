import { expect, test } from 'vitest';
import { DEFAULT_COST, deriveSlotKey } from './key-derivation.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const salt = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex').toString('base64');

test('a passphrase costs at least 64 MiB, three passes, four lanes', () => {
  expect(DEFAULT_COST).toEqual({ memoryKiB: 65536, passes: 3, parallelism: 4 });
});

test('golden values of docs/formats/vault.md', async () => {
  const secret = Buffer.from('correct horse battery staple');
  expect({
    argon2id: hex(await deriveSlotKey({ name: 'argon2id', ...DEFAULT_COST, salt }, secret)),
    hkdf: hex(await deriveSlotKey({ name: 'hkdf-sha256', salt }, secret)),
  }).toEqual({
    argon2id: '853b272a44db1421c02962669a55eb0994f3cab385ed1c4c79253eee19bab49e',
    hkdf: 'fd8f084cfb8d7da17f6dac29193b4d8869f563558a906529987307706a9df949',
  });
});
