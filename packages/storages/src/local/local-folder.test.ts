import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Entry, WINDOWS_NAMES } from '@cloudsync/engine';
import { describe, expect, test } from 'vitest';
import { content, failureOf, fileEntry, folderEntry, freshRoot, listingOf, plant, run, textOf } from '../fresh-root.test.support.ts';
import { LocalFolder } from './local-folder.ts';
import { platformOf } from './platform.ts';

const NEW = { expected: undefined };

async function seen(storage: LocalFolder, path: string): Promise<Entry> {
  const entry = await storage.stat(path);
  if (entry === undefined) throw new Error(`${path} is not there`);
  return entry;
}

/** All files of the trash by the path that they had, whatever the time. */
function trashed(root: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of existsSync(join(root, '.sync_trash'))
    ? readdirSync(join(root, '.sync_trash'), { recursive: true, encoding: 'utf8' })
    : []) {
    const absolute = join(root, '.sync_trash', name);
    if (lstatSync(absolute).isFile()) found[name.slice(name.indexOf('/') + 1)] = readFileSync(absolute, 'utf8');
  }
  return found;
}

function leftovers(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('.cloudsync-tmp-'));
}

describe('the root', () => {
  test('keeps its identity under another name, and another folder has another', async () => {
    const root = plant(freshRoot(), { 'one/': '', 'two/': '' });
    const before = await new LocalFolder(join(root, 'one')).identity();
    renameSync(join(root, 'one'), join(root, 'three'));
    symlinkSync('three', join(root, 'link'));
    expect(await new LocalFolder(join(root, 'three')).identity()).toBe(before);
    expect(await new LocalFolder(join(root, 'link')).identity()).toBe(before);
    expect(await new LocalFolder(join(root, 'two')).identity()).not.toBe(before);
  });

  test('that is missing, a file, or behind a file says so and what to do', async () => {
    const root = plant(freshRoot(), { file: 'x' });
    expect(await failureOf(() => new LocalFolder(join(root, 'gone')).identity())).toMatchObject({
      code: 'storage/root-missing',
      message: `${root}/gone does not exist; make the folder, or mount the disk that holds it`,
    });
    for (const path of ['file', 'file/below']) {
      expect((await failureOf(() => new LocalFolder(join(root, path)).identity())).code).toBe('storage/root-not-folder');
    }
    symlinkSync('loop', join(root, 'loop'));
    expect((await failureOf(() => new LocalFolder(join(root, 'loop')).identity())).code).toBe('storage/root-unreadable');
    expect((await failureOf(() => listingOf(new LocalFolder(join(root, 'gone'))))).code).toBe('storage/root-missing');
    expect((await failureOf(() => listingOf(new LocalFolder(join(root, 'file'))))).code).toBe('storage/root-not-folder');
    expect((await failureOf(() => new LocalFolder(join(root, 'gone')).watch(() => undefined))).code).toBe('storage/root-missing');
  });
});

describe('a listing', () => {
  test('says the same of a path as stat does', async () => {
    const root = plant(freshRoot(), { 'd/file': 'text' });
    symlinkSync('file', join(root, 'd/link'));
    const storage = new LocalFolder(root);
    for (const entry of (await listingOf(storage)).entries) {
      const { target, mtimeMs, version, ...now } = await seen(storage, entry.path);
      expect(entry).toMatchObject(entry.kind === 'folder' ? now : { ...now, mtimeMs, version });
      expect(target).toBe(entry.kind === 'symlink' ? 'file' : undefined);
    }
  });
});

describe('upload', () => {
  test('makes files, folders and symlinks with their attributes', async () => {
    const storage = new LocalFolder(freshRoot());
    const folder = await storage.upload(folderEntry('d', { mode: 0o751 }), undefined, NEW);
    const file = await storage.upload(fileEntry('d/f', 'hello', { mode: 0o4755 }), content('hel', 'lo'), NEW);
    const link = await storage.upload({ path: 'd/l', kind: 'symlink', size: 0, mtimeMs: 5000.5, target: '../else/where' }, undefined, NEW);
    expect(folder).toMatchObject({ kind: 'folder', mode: 0o751 });
    expect(file).toMatchObject({ mode: 0o4755, size: 5, mtimeMs: 1_700_000_000_000.123 });
    expect(file.hash).toBe('2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824');
    expect(link).toMatchObject({ kind: 'symlink', target: '../else/where', mtimeMs: 5000.5 });
    for (const made of [file, link]) expect(await seen(storage, made.path)).toEqual({ ...made, hash: undefined });
    expect(await textOf(storage.download(file))).toBe('hello');
  });

  test.each([
    ['1970', 0],
    ['before 1970', -86_400_000.001],
    ['2100', 4_102_444_800_123.456],
    ['whole microseconds', 1_763_715_432_123.457],
  ])('keeps an mtime of %s', async (_, mtimeMs) => {
    const storage = new LocalFolder(freshRoot());
    const made = await storage.upload(fileEntry('f', '', { mtimeMs }), content(), NEW);
    expect(made.mtimeMs).toBe(mtimeMs);
    expect((await listingOf(storage)).entries[0]?.mtimeMs).toBe(mtimeMs);
    const link = await storage.upload({ path: 'l', kind: 'symlink', size: 0, mtimeMs, target: 'x' }, undefined, NEW);
    expect(link.mtimeMs).toBe(mtimeMs);
  });

  test.each(['new\nline', '😀', 'cafe\u0301', 'caf\u00e9', 'x'.repeat(255), 'ä'.repeat(127), ' ', '-rf', '~', '*', 'a\\b', '"'])(
    'takes the name %j',
    async (name) => {
      const storage = new LocalFolder(freshRoot());
      await storage.upload(folderEntry(name), undefined, NEW);
      const made = await storage.upload(fileEntry(`${name}/${name}`, 'x'), content('x'), NEW);
      expect((await listingOf(storage)).paths).toEqual([name, `${name}/${name}`]);
      expect(await textOf(storage.download(made))).toBe('x');
    },
  );

  test('composed and decomposed spellings stay two files', async () => {
    const storage = new LocalFolder(freshRoot());
    for (const name of ['caf\u00e9', 'cafe\u0301']) await storage.upload(fileEntry(name, name), content(name), NEW);
    expect((await listingOf(storage)).paths).toEqual(['cafe\u0301', 'caf\u00e9']);
  });

  test('replaces what the caller saw and puts it into the trash; one time folder a run', async () => {
    const root = freshRoot();
    const storage = new LocalFolder(root, { now: () => new Date('2026-11-21T09:30:00Z') });
    const first = await storage.upload(fileEntry('f', 'one'), content('one'), NEW);
    const second = await storage.upload(fileEntry('f', 'second'), content('second'), { expected: first });
    const third = await storage.upload(fileEntry('f', 'third'), content('third'), { expected: second });
    expect(await textOf(storage.download(third))).toBe('third');
    expect(readFileSync(join(root, '.sync_trash/20261121-093000/f'), 'utf8')).toBe('one');
    expect(readFileSync(join(root, '.sync_trash/20261121-093000-2/f'), 'utf8')).toBe('second');
    expect((await listingOf(storage)).paths).toEqual(['f']);
  });

  test('without trash, what is replaced is gone', async () => {
    const root = freshRoot();
    const storage = new LocalFolder(root, { trash: false });
    const first = await storage.upload(fileEntry('f', 'one'), content('one'), NEW);
    const second = await storage.upload(fileEntry('f', 'two'), content('two'), { expected: first });
    await storage.delete(second);
    expect(readdirSync(root)).toEqual([]);
  });

  test('changes the kind of a path', async () => {
    const root = freshRoot();
    const storage = new LocalFolder(root);
    const file = await storage.upload(fileEntry('p', 'file'), content('file'), NEW);
    const folder = await storage.upload(folderEntry('p'), undefined, { expected: file });
    const link = await storage.upload({ path: 'p', kind: 'symlink', size: 0, mtimeMs: 0, target: 'x' }, undefined, { expected: folder });
    const again = await storage.upload(fileEntry('p', 'again'), content('again'), { expected: link });
    expect(await textOf(storage.download(again))).toBe('again');
    expect(trashed(root)).toEqual({ p: 'file' });
    expect(lstatSync(join(root, '.sync_trash', readdirSync(join(root, '.sync_trash'))[1] as string, 'p')).isSymbolicLink()).toBe(true);
  });

  test('a folder with something in it is not replaced', async () => {
    const root = plant(freshRoot(), { 'p/inside': 'x' });
    const storage = new LocalFolder(root);
    const folder = await seen(storage, 'p');
    expect((await failureOf(() => storage.upload(fileEntry('p', 'x'), content('x'), { expected: folder }))).code).toBe('storage/not-empty');
    expect(readFileSync(join(root, 'p/inside'), 'utf8')).toBe('x');
    expect(leftovers(root)).toEqual([]);
  });

  test('refuses when something is there that the caller did not see, or something else', async () => {
    const root = plant(freshRoot(), { file: 'precious', 'folder/': '' });
    symlinkSync('file', join(root, 'link'));
    const storage = new LocalFolder(root);
    for (const path of ['file', 'folder', 'link']) {
      expect((await failureOf(() => storage.upload(fileEntry(path, 'x'), content('x'), NEW))).code).toBe('storage/changed');
      expect(
        (await failureOf(() => storage.upload({ path, kind: 'symlink', size: 0, mtimeMs: 0, target: 'x' }, undefined, NEW))).code,
      ).toBe('storage/changed');
      expect((await failureOf(() => storage.upload(folderEntry(path), undefined, NEW))).code).toBe('storage/changed');
    }
    const expected = await seen(storage, 'file');
    writeFileSync(join(root, 'file'), 'edited!!');
    utimesSync(join(root, 'file'), expected.mtimeMs / 1000, expected.mtimeMs / 1000);
    // Size and mtime are as they were; only inode and ctime tell.
    expect((await failureOf(() => storage.upload(fileEntry('file', 'x'), content('x'), { expected }))).code).toBe('storage/changed');
    expect(readFileSync(join(root, 'file'), 'utf8')).toBe('edited!!');
    expect(leftovers(root)).toEqual([]);
  });

  test('refuses when the target changes while the content arrives', async () => {
    const root = freshRoot();
    const storage = new LocalFolder(root);
    const arriving = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('ab');
      writeFileSync(join(root, 'f'), 'somebody else');
      yield Buffer.from('cd');
    };
    expect((await failureOf(() => storage.upload(fileEntry('f', 'abcd'), arriving(), NEW))).code).toBe('storage/changed');
    const expected = await seen(storage, 'f');
    const again = async function* (): AsyncGenerator<Uint8Array> {
      writeFileSync(join(root, 'f'), 'edited again, longer');
      yield Buffer.from('abcd');
    };
    expect((await failureOf(() => storage.upload(fileEntry('f', 'abcd'), again(), { expected }))).code).toBe('storage/changed');
    expect(readFileSync(join(root, 'f'), 'utf8')).toBe('edited again, longer');
    expect(leftovers(root)).toEqual([]);
  });

  test('takes nothing that is too short, too long or has another hash', async () => {
    const root = plant(freshRoot(), { f: 'old' });
    const storage = new LocalFolder(root);
    const expected = await seen(storage, 'f');
    for (const [entry, bytes] of [
      [fileEntry('f', '12345'), '1234'],
      [fileEntry('f', '12345'), '123456'],
      [fileEntry('f', '12345', { hash: '0'.repeat(64) }), '12345'],
    ] as const) {
      expect(await failureOf(() => storage.upload(entry, content(bytes), { expected }))).toMatchObject({
        code: 'storage/corrupt-transfer',
        retryable: true,
      });
    }
    expect(readFileSync(join(root, 'f'), 'utf8')).toBe('old');
    expect(readdirSync(root)).toEqual(['f']);
    const foreignHash = await storage.upload(
      fileEntry('g', '12345', { hash: 'md5:827ccb0eea8a706c4c34a16891f84e7b' }),
      content('12345'),
      NEW,
    );
    expect(foreignHash.hash).toHaveLength(64);
  });

  test('a source that fails or is cancelled leaves nothing', async () => {
    const root = freshRoot();
    const storage = new LocalFolder(root);
    const breaks = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('ab');
      throw new RangeError('the network is gone');
    };
    await expect(storage.upload(fileEntry('f', 'abcd'), breaks(), NEW)).rejects.toThrow('the network is gone');
    const controller = new AbortController();
    const slow = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('ab');
      controller.abort();
      yield Buffer.from('cd');
    };
    expect((await failureOf(() => storage.upload(fileEntry('f', 'abcd'), slow(), { ...NEW, signal: controller.signal }))).code).toBe(
      'sync/cancelled',
    );
    expect(readdirSync(root)).toEqual([]);
  });
});

describe('names', () => {
  test('that the platform does not allow are refused with the reason', async () => {
    const storage = new LocalFolder(freshRoot(), { platform: platformOf('win32') });
    expect(storage.abilities.names).toBe(WINDOWS_NAMES);
    for (const path of ['con.txt', 'a:b', 'dir./x', 'x'.repeat(256)]) {
      expect(await failureOf(() => storage.upload(fileEntry(path, 'x'), content('x'), NEW))).toMatchObject({
        code: 'path/name-not-allowed',
        path,
      });
    }
    expect((await failureOf(() => new LocalFolder(freshRoot()).upload(fileEntry('ä'.repeat(128), 'x'), content('x'), NEW))).code).toBe(
      'path/name-not-allowed',
    );
  });

  test('a path that is too long for the system is an error that says so', async () => {
    const storage = new LocalFolder(freshRoot());
    const descend = async (): Promise<void> => {
      for (let path = 'd'.repeat(250); ; path += `/${'d'.repeat(250)}`) await storage.upload(folderEntry(path), undefined, NEW);
    };
    expect(await failureOf(descend)).toMatchObject({ code: 'storage/too-long', message: expect.stringContaining('shorten it') });
  });
});

describe('download', () => {
  test('fails when the file is not the one that was listed', async () => {
    const root = plant(freshRoot(), { f: 'first', g: 'other' });
    const storage = new LocalFolder(root);
    const entry = await seen(storage, 'f');
    writeFileSync(join(root, 'f'), 'second, longer');
    expect((await failureOf(() => textOf(storage.download(entry)))).code).toBe('storage/changed');
    const edited = await seen(storage, 'f');
    renameSync(join(root, 'g'), join(root, 'f'));
    utimesSync(join(root, 'f'), edited.mtimeMs / 1000, edited.mtimeMs / 1000);
    expect((await failureOf(() => textOf(storage.download({ ...edited, size: 5 })))).code).toBe('storage/changed');
    rmSync(join(root, 'f'));
    expect((await failureOf(() => textOf(storage.download(edited)))).code).toBe('storage/not-found');
  });

  test('a file that changes while it is read is never delivered as complete', async () => {
    const root = plant(freshRoot(), { f: 'x'.repeat(1_000_000) });
    const storage = new LocalFolder(root);
    const grow = async (): Promise<void> => {
      for await (const _ of storage.download(await seen(storage, 'f'))) writeFileSync(join(root, 'f'), 'y', { flag: 'a' });
    };
    expect((await failureOf(grow)).code).toBe('storage/changed');
    const overwrite = async (): Promise<void> => {
      for await (const _ of storage.download(await seen(storage, 'f'))) writeFileSync(join(root, 'f'), 'z', { flag: 'r+' });
    };
    expect((await failureOf(overwrite)).code).toBe('storage/changed');
  });

  test('does not follow a symlink that took the place of a file, unless symlinks are followed', async () => {
    const root = plant(freshRoot(), { f: 'x', other: 'through' });
    const storage = new LocalFolder(root);
    const entry = await seen(storage, 'f');
    rmSync(join(root, 'f'));
    symlinkSync('other', join(root, 'f'));
    expect((await failureOf(() => textOf(storage.download(entry)))).code).toBe('storage/changed');
    // Also when nothing but the link itself could tell.
    const { size, mtimeMs } = await seen(storage, 'other');
    expect((await failureOf(() => textOf(storage.download({ ...entry, id: undefined, size, mtimeMs })))).code).toBe('storage/changed');
    const following = new LocalFolder(root, { symlinks: 'follow' });
    expect(await textOf(following.download(await seen(following, 'f')))).toBe('through');
  });

  test('does not hang on a FIFO that took the place of a file', async () => {
    const root = plant(freshRoot(), { f: 'x' });
    const storage = new LocalFolder(root);
    const entry = await seen(storage, 'f');
    rmSync(join(root, 'f'));
    run('mkfifo', join(root, 'f'));
    expect((await failureOf(() => textOf(storage.download(entry)))).code).toBe('storage/changed');
    expect(await storage.stat('f')).toBeUndefined();
    expect((await failureOf(() => storage.upload(fileEntry('f', 'x'), content('x'), NEW))).code).toBe('storage/changed');
  });
});

describe('delete', () => {
  test('moves files and symlinks to the trash at their path, and removes empty folders', async () => {
    const root = plant(freshRoot(), { 'a/b/file': 'text' });
    symlinkSync('nowhere', join(root, 'a/link'));
    const storage = new LocalFolder(root);
    const folder = await seen(storage, 'a/b');
    expect((await failureOf(() => storage.delete(folder))).code).toBe('storage/not-empty');
    for (const path of ['a/b/file', 'a/link', 'a/b', 'a']) await storage.delete(await seen(storage, path));
    expect(trashed(root)).toEqual({ 'a/b/file': 'text' });
    expect(readdirSync(root)).toEqual(['.sync_trash']);
  });

  test('refuses what changed; what is gone, with its folder or without, is fine', async () => {
    const root = plant(freshRoot(), { 'a/f': 'x', g: 'y' });
    const storage = new LocalFolder(root);
    const [f, g] = [await seen(storage, 'a/f'), await seen(storage, 'g')];
    writeFileSync(join(root, 'g'), 'edited');
    expect((await failureOf(() => storage.delete(g))).code).toBe('storage/changed');
    rmSync(join(root, 'g'));
    rmSync(join(root, 'a'), { recursive: true });
    await storage.delete(g);
    await storage.delete(f);
    expect(readdirSync(root)).toEqual([]);
  });

  test('all hard links of one file can be deleted in one run', async () => {
    const root = plant(freshRoot(), { a: 'x' });
    for (const name of ['b', 'c']) linkSync(join(root, 'a'), join(root, name));
    const storage = new LocalFolder(root);
    const { entries } = await listingOf(storage);
    for (const entry of entries) await storage.delete(entry);
    expect(trashed(root)).toEqual({ a: 'x', b: 'x', c: 'x' });
  });
});

describe('rename', () => {
  test('moves files, symlinks and whole folders and keeps their identity', async () => {
    const root = plant(freshRoot(), { 'a/deep/file': 'x', 'to/': '' });
    symlinkSync('nowhere', join(root, 'l'));
    const storage = new LocalFolder(root);
    for (const [path, toPath] of [
      ['a', 'to/b'],
      ['to/b/deep/file', 'f'],
      ['l', 'to/l'],
    ] as const) {
      const from = await seen(storage, path);
      const moved = await storage.rename(from, toPath, NEW);
      expect(moved).toEqual({ ...(await seen(storage, toPath)), hash: from.hash });
      expect(moved).toMatchObject({ id: from.id, kind: from.kind });
    }
    expect((await listingOf(storage)).paths).toEqual(['f', 'to', 'to/b', 'to/b/deep', 'to/l']);
  });

  test('of case only works, and asks nothing of the target where case does not count', async () => {
    const root = plant(freshRoot(), { readme: 'x' });
    const storage = new LocalFolder(root);
    const moved = await storage.rename(await seen(storage, 'readme'), 'README', NEW);
    expect((await listingOf(storage)).paths).toEqual(['README']);
    // A hard link stands for what a case-insensitive disk shows: the other spelling is there, and is the same file.
    linkSync(join(root, 'README'), join(root, 'readme'));
    const insensitive = new LocalFolder(root, { platform: { ...platformOf('linux'), names: platformOf('darwin').names } });
    await insensitive.rename({ ...moved, version: undefined }, 'readme', NEW);
    expect(existsSync(join(root, 'readme'))).toBe(true);
    expect(trashed(root)).toEqual({});
  });

  test('replaces what the caller saw, through the trash, and nothing else', async () => {
    const root = plant(freshRoot(), { a: 'new', b: 'old', c: 'precious', 'd/': '', 'e/in': 'x', 'f/in': 'y' });
    const storage = new LocalFolder(root);
    const at = (path: string): Promise<Entry> => seen(storage, path);
    expect((await failureOf(async () => storage.rename(await at('a'), 'c', NEW))).code).toBe('storage/changed');
    expect((await failureOf(async () => storage.rename(await at('a'), 'c', { expected: await at('b') }))).code).toBe('storage/changed');
    expect((await failureOf(async () => storage.rename(await at('a'), 'gone/x', NEW))).code).toBe('storage/not-found');
    expect((await failureOf(async () => storage.rename(await at('e'), 'f', { expected: await at('f') }))).code).toBe('storage/not-empty');
    await storage.rename(await at('a'), 'b', { expected: await at('b') });
    expect(trashed(root)).toEqual({ b: 'old' });
    await storage.rename(await at('e'), 'd', { expected: await at('d') });
    await storage.rename(await at('d'), 'c', { expected: await at('c') });
    expect(trashed(root)).toEqual({ b: 'old', c: 'precious' });
    expect((await listingOf(storage)).paths).toEqual(['b', 'c', 'c/in', 'f', 'f/in']);
  });

  test('does not replace a FIFO', async () => {
    const root = plant(freshRoot(), { a: 'x' });
    run('mkfifo', join(root, 'b'));
    const storage = new LocalFolder(root);
    expect((await failureOf(async () => storage.rename(await seen(storage, 'a'), 'b', NEW))).code).toBe('storage/changed');
    expect(lstatSync(join(root, 'b')).isFIFO()).toBe(true);
  });

  test('refuses when what is to be moved changed or is gone', async () => {
    const root = plant(freshRoot(), { a: 'x' });
    const storage = new LocalFolder(root);
    const from = await seen(storage, 'a');
    writeFileSync(join(root, 'a'), 'edited');
    expect((await failureOf(() => storage.rename(from, 'b', NEW))).code).toBe('storage/changed');
    rmSync(join(root, 'a'));
    expect((await failureOf(() => storage.rename(from, 'b', NEW))).code).toBe('storage/changed');
  });
});

describe('update', () => {
  test('sets mtime and mode and leaves content alone', async () => {
    const root = plant(freshRoot(), { f: 'x', 'd/': '' });
    symlinkSync('f', join(root, 'l'));
    chmodSync(join(root, 'f'), 0o600);
    const storage = new LocalFolder(root);
    expect(await storage.update(await seen(storage, 'f'), { mode: 0o755, mtimeMs: -1000.5 })).toMatchObject({
      mode: 0o755,
      mtimeMs: -1000.5,
    });
    expect(await storage.update(await seen(storage, 'd'), { mode: 0o700, mtimeMs: 7 })).toMatchObject({ mode: 0o700, mtimeMs: 7 });
    expect(await storage.update(await seen(storage, 'l'), { mode: 0o700, mtimeMs: 8 })).toMatchObject({ target: 'f', mtimeMs: 8 });
    expect(lstatSync(join(root, 'f')).mode & 0o7777).toBe(0o755);
    expect(readFileSync(join(root, 'f'), 'utf8')).toBe('x');
  });

  test('refuses what changed', async () => {
    const root = plant(freshRoot(), { f: 'x' });
    const storage = new LocalFolder(root);
    const entry = await seen(storage, 'f');
    rmSync(join(root, 'f'));
    mkdirSync(join(root, 'f'));
    expect((await failureOf(() => storage.update(entry, { mode: 0o700 }))).code).toBe('storage/changed');
  });
});
