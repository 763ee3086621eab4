import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeKeyFile } from './new-secrets.ts';
import { givenSecrets, readPassphraseFile } from './secrets.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'secrets-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function file(name: string, content: string): string {
  writeFileSync(join(dir, name), content);
  return join(dir, name);
}

test.each([
  ['one line', 'correct horse\n', 'correct horse'],
  ['no end of line', 'correct horse', 'correct horse'],
  ['more lines', 'first\nsecond\n', 'first'],
  ['a Windows editor', '\uFEFFfirst\r\nsecond', 'first'],
  ['blanks belong to it', '  a b \n', '  a b '],
])('a passphrase file with %s', async (_, content, passphrase) => {
  expect(await readPassphraseFile(file('p', content))).toBe(passphrase);
});

test('an empty first line and a missing file are errors that name the file and not its content', async () => {
  await expect(readPassphraseFile(file('p', '\nsecret'))).rejects.toThrow(/\/p has an empty first line(?!.*secret)/);
  await expect(readPassphraseFile(join(dir, 'none'))).rejects.toThrow(/none cannot be read \(ENOENT\)/);
});

test('options come in their order; the environment only counts without them', async () => {
  const env = { CLOUDSYNC_PASSPHRASE: 'from env' };
  const given = await givenSecrets({ passphraseFile: [file('p', 'one'), file('q', 'two')], keyFile: [file('k', 'three')] }, env);
  expect(given).toEqual([
    { kind: 'passphrase', text: 'one' },
    { kind: 'passphrase', text: 'two' },
    { kind: 'key-file', bytes: Buffer.from('three') },
  ]);
  expect(await givenSecrets({}, env)).toEqual([{ kind: 'passphrase', text: 'from env' }]);
  expect(await givenSecrets({}, { CLOUDSYNC_PASSPHRASE: '' })).toEqual([]);
});

test('a key file is made of random bytes, for its owner only, and never over another file', async () => {
  const path = join(dir, 'v.key');
  const secret = await makeKeyFile(path);
  expect(secret).toEqual({ kind: 'key-file', bytes: readFileSync(path) });
  expect(readFileSync(path)).toHaveLength(32);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  await expect(makeKeyFile(path)).rejects.toThrow(/cannot be made \(it exists\)/);
  expect(existsSync(path)).toBe(true);
});
