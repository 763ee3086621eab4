import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { assertApart, assertPresent, assertVaultIsMeant, createRoot, type DiskRoot, isThere, locateRoot, type Root } from './roots.ts';

let dir: string;
beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'roots-')));
  mkdirSync(join(dir, 'a/inner'), { recursive: true });
  mkdirSync(join(dir, 'b'));
  symlinkSync('a', join(dir, 'link-to-a'));
  symlinkSync('nowhere/deep', join(dir, 'dangling'));
  writeFileSync(join(dir, 'file'), 'x');
});
afterEach(() => rmSync(dir, { recursive: true }));

const source = (given: string) => locateRoot('source', given, dir);
const destination = (given: string) => locateRoot('destination', given, dir);

/** A root that is a folder. */
function onDisk(root: Root): DiskRoot {
  if (root.type === 'workspace') throw new Error(`${root.url} is no folder`);
  return root;
}

describe('one place has one spelling', () => {
  test('through links, dots and trailing slashes', () => {
    for (const given of ['a', './a/', 'link-to-a', `${dir}/b/../a`, `file://${dir}/a`]) expect(source(given).url).toBe(join(dir, 'a'));
  });

  test('also before it exists, and while the disk that a link points to is not mounted', () => {
    expect(destination('link-to-a/new').url).toBe(join(dir, 'a/new'));
    expect(destination('dangling').url).toBe(join(dir, 'nowhere/deep'));
  });
});

describe('what cannot be a root', () => {
  test.each([
    ['', 'config/invalid'],
    ['memory:x', 'config/invalid'],
    ['ftp://host/x', 'config/invalid'],
    ['file', 'storage/root-not-folder'],
    ['file/below', 'storage/root-not-folder'],
    [`${'x'.repeat(300)}`, 'storage/root-unreadable'],
  ])('%.20j: %s', (given, code) => expect(() => source(given)).toThrow(expect.objectContaining({ code })));
});

describe('a pair is two folders apart', () => {
  test.each([
    ['a', 'a'],
    ['a', 'link-to-a'],
    ['a', 'a/inner'],
    ['a/inner', 'a'],
    ['link-to-a', 'a/new'],
    ['.', 'new'],
  ])('%s and %s are refused', (from, to) =>
    expect(() => assertApart(source(from), destination(to))).toThrow(expect.objectContaining({ code: 'config/invalid' })),
  );

  test.each([
    ['a', 'b'],
    ['a', 'ab'],
    ['a', 'new/deeper'],
  ])('%s and %s are fine', (from, to) => assertApart(source(from), destination(to)));
});

describe('a root that is missing', () => {
  test('the source is never made', () => expect(() => assertPresent(source('none'), true)).toThrow(/the source none .* does not exist/));

  test('the destination may be missing before the first run, not after', () => {
    assertPresent(destination('none'), true);
    expect(() => assertPresent(destination('none'), false)).toThrow(/gone although it was synced before/);
  });

  test('a destination is made one level deep', () => {
    expect(createRoot(onDisk(destination('new')))).toBe(true);
    expect(isThere(onDisk(destination('new')))).toBe(true);
    expect(createRoot(onDisk(destination('new')))).toBe(false);
    expect(() => createRoot(onDisk(destination('none/new')))).toThrow(/mkdir -p .*none/);
  });
});

describe('a vault', () => {
  beforeEach(() => {
    mkdirSync(join(dir, 'v'));
    writeFileSync(join(dir, 'v/config'), '{"format":"cloudsync-vault","version":1}\n');
  });

  test('is another place than its folder, in one spelling', () => {
    for (const given of ['vault:v', 'vault:./v/', `vault:${dir}/v`, `vault://${dir}/v`])
      expect(source(given)).toEqual({ side: 'source', type: 'vault', given, url: `vault:${dir}/v`, folder: `${dir}/v` });
  });

  test('lies neither in the folder that is synced with it nor around it', () => {
    expect(() => assertApart(source('.'), destination('vault:v'))).toThrow(/lies inside/);
    expect(() => assertApart(source('vault:v'), destination('v'))).toThrow(/same folder/);
    assertApart(source('a'), destination('vault:v'));
  });

  test('is never mixed with other files, but can be copied as a whole', () => {
    writeFileSync(join(dir, 'a/x'), 'x');
    expect(() => assertVaultIsMeant(source('a'), destination('v'))).toThrow(/the destination v is a vault; write vault:v/);
    expect(() => assertVaultIsMeant(source('v'), destination('vault:w'))).toThrow(/the source v is a vault/);
    assertVaultIsMeant(source('v'), destination('b'));
    assertVaultIsMeant(source('v'), destination('new'));
    assertVaultIsMeant(source('a'), destination('vault:v'));
  });

  test('is not made by a sync', () => {
    expect(() => assertPresent(destination('vault:new'), true)).toThrow(/does not exist; make it with: cloudsync vault init/);
    expect(() => assertPresent(destination('vault:new'), false)).toThrow(/is gone although it was synced before; mount its disk/);
  });
});
