import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isVaultFolder, makeVaultFolder } from './vault-folder.ts';
import { pathInVault, versionedPath } from './vault-path.ts';
import { assertFolderThere, vaultPlace } from './vault-place.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'vault-folder-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const CONFIG = '{"format":"cloudsync-vault","version":1}\n';
const make = (name: string) => makeVaultFolder(vaultPlace(name, dir));

describe('the folder of a new vault', () => {
  test('is made, and goes again unless it is kept', () => {
    {
      using _folder = make('v');
      expect(existsSync(join(dir, 'v'))).toBe(true);
    }
    expect(existsSync(join(dir, 'v'))).toBe(false);
    {
      using folder = make('v');
      folder.keep();
    }
    expect(existsSync(join(dir, 'v'))).toBe(true);
  });

  test('may be there and empty, as a new disk is; then it stays whatever happens', () => {
    for (const name of ['lost+found', '.Trash-1000', 'keys']) mkdirSync(join(dir, 'v', name), { recursive: true });
    {
      using _folder = make('v');
    }
    expect(existsSync(join(dir, 'v'))).toBe(true);
  });

  test('something that came into it meanwhile stays', () => {
    {
      using _folder = make('v');
      writeFileSync(join(dir, 'v', 'x'), 'x');
    }
    expect(existsSync(join(dir, 'v', 'x'))).toBe(true);
  });

  test('is not one with something in it, nor a vault, nor a file, nor below nothing', () => {
    mkdirSync(join(dir, 'full'));
    writeFileSync(join(dir, 'full/photo.jpg'), 'x');
    mkdirSync(join(dir, 'vault'));
    writeFileSync(join(dir, 'vault/config'), CONFIG);
    expect(() => make('full')).toThrow(
      expect.objectContaining({ code: 'vault/not-a-vault', message: expect.stringContaining('photo.jpg') }),
    );
    expect(() => make('vault')).toThrow(expect.objectContaining({ code: 'vault/exists' }));
    expect(() => make('full/photo.jpg')).toThrow(expect.objectContaining({ code: 'vault/not-a-vault' }));
    expect(() => make('no/v')).toThrow(expect.objectContaining({ code: 'storage/root-missing' }));
  });

  test('a git repository, which has a file called config too, is no vault', () => {
    writeFileSync(join(dir, 'config'), '[core]\n\tbare = true\n');
    expect(isVaultFolder(dir)).toBe(false);
    writeFileSync(join(dir, 'config'), CONFIG);
    expect(isVaultFolder(dir)).toBe(true);
  });
});

describe('where a vault is', () => {
  test.each([
    ['./v', '/w/v'],
    ['vault:./v', '/w/v'],
    ['vault:/v', '/v'],
    ['vault:///v', '/v'],
    ['file:///v', '/v'],
    ['vault:~/v', join(homedir(), 'v')],
  ])('%s', (given, folder) => expect(vaultPlace(given, '/w').folder).toBe(folder));

  test.each(['', 'memory:x', 's3://bucket/x', 'vault:'])('%j is none', (given) => {
    expect(() => vaultPlace(given, '/w')).toThrow(expect.objectContaining({ code: 'config/invalid' }));
  });

  test('a place that is not there is told as what it is', () => {
    expect(() => assertFolderThere(vaultPlace('./v', dir))).toThrow(/\.\/v does not exist.*mount its disk/);
  });
});

describe('a path in a vault, as people write it', () => {
  test.each([
    ['.', ''],
    ['./', ''],
    ['notes/', 'notes'],
    ['./notes/plan.txt', 'notes/plan.txt'],
    ['a b', 'a b'],
    ['/', ''],
    ['/notes/plan.txt', 'notes/plan.txt'],
  ])('%s', (given, path) => expect(pathInVault(given)).toBe(path));

  test.each(['../x', '/../x', 'a/../b', 'a//b'])('%s is none', (given) => {
    expect(() => pathInVault(given)).toThrow(expect.objectContaining({ code: 'path/unsafe' }));
  });

  test('with a version', () => {
    expect(versionedPath('notes/@12')).toEqual({ path: 'notes', version: { type: 'sequence', sequence: 12 } });
    expect(versionedPath('.@-2')).toEqual({ path: '', version: { type: 'back', steps: 2 } });
    expect(versionedPath('photo@2x.png')).toEqual({ path: 'photo@2x.png', version: { type: 'back', steps: 0 } });
  });
});
