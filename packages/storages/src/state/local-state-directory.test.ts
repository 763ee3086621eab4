import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { failureOf, freshRoot, plant, smallDisk } from '../fresh-root.test.support.ts';
import { LocalStateDirectory } from './local-state-directory.ts';

function open(path: string): LocalStateDirectory {
  const directory = new LocalStateDirectory(path);
  onTestFinished(() => directory.close());
  return directory;
}

async function read(directory: LocalStateDirectory, name: string): Promise<string | undefined> {
  const chunks = directory.read(name);
  if (chunks === undefined) return undefined;
  const all: string[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all.join('');
}

test('is a folder and files that only their owner can read', async () => {
  const path = join(freshRoot(), 'deep/state');
  const directory = open(path);
  expect(directory.read('tree')).toBeUndefined();
  expect(existsSync(path)).toBe(false);
  await directory.write('tree', ['{', '}']);
  await directory.append('journal', 'line\n');
  expect(statSync(path).mode & 0o777).toBe(0o700);
  expect(statSync(join(path, 'tree')).mode & 0o777).toBe(0o600);
  expect(statSync(join(path, 'journal')).mode & 0o777).toBe(0o600);
});

test.each([true, false])('replaces a file as a whole (durable: %s)', async (durable) => {
  const directory = open(freshRoot());
  await directory.write('tree', ['old']);
  const chunks = async function* (): AsyncGenerator<string> {
    yield 'new';
    expect(await read(directory, 'tree')).toBe('old');
    yield ' text';
  };
  await directory.write('tree', chunks(), { durable });
  expect(await read(directory, 'tree')).toBe('new text');
  expect(readdirSync(directory.path)).toEqual(['tree']);
});

test('a write that breaks off leaves the old file', async () => {
  const directory = open(freshRoot());
  await directory.write('tree', ['old']);
  const breaks = function* (): Generator<string> {
    yield 'half';
    throw new RangeError('no more');
  };
  await expect(directory.write('tree', breaks())).rejects.toThrow('no more');
  expect(await read(directory, 'tree')).toBe('old');
  expect(readdirSync(directory.path)).toEqual(['tree']);
});

test('characters that cross the border of a chunk stay whole', async () => {
  const directory = open(freshRoot());
  const text = `x${'😀ä'.repeat(300_000)}`;
  await directory.write('tree', [text]);
  expect(await read(directory, 'tree')).toBe(text);
  const chunks: string[] = [];
  for await (const chunk of directory.read('tree') ?? []) chunks.push(chunk);
  expect(chunks.length).toBeGreaterThan(1);
  expect(chunks.some((chunk) => chunk.includes('\uFFFD'))).toBe(false);
});

test('appends go to the end, also after the file was replaced, set aside or removed', async () => {
  const directory = open(freshRoot());
  await directory.append('journal', 'a');
  await directory.append('journal', 'b');
  expect(await read(directory, 'journal')).toBe('ab');
  await directory.write('journal', ['c']);
  await directory.append('journal', 'd');
  expect(await read(directory, 'journal')).toBe('cd');
  expect(await directory.setAside('journal', 'corrupt')).toBe('journal.corrupt-1');
  await directory.append('journal', 'e');
  expect(await directory.setAside('journal', 'corrupt')).toBe('journal.corrupt-2');
  await directory.append('journal', 'f');
  await directory.remove('journal');
  await directory.remove('journal');
  await directory.append('journal', 'g');
  expect(await read(directory, 'journal')).toBe('g');
  expect(readFileSync(join(directory.path, 'journal.corrupt-1'), 'utf8')).toBe('cd');
  expect(readFileSync(join(directory.path, 'journal.corrupt-2'), 'utf8')).toBe('e');
});

test('goes on where an earlier process stopped', async () => {
  const root = plant(freshRoot(), { journal: 'before\n' });
  await open(root).append('journal', 'after\n');
  expect(readFileSync(join(root, 'journal'), 'utf8')).toBe('before\nafter\n');
});

test('an append that fails leaves no torn line behind', async () => {
  const disk = smallDisk(64 * 1024);
  if (disk === undefined) return;
  const directory = open(disk);
  await directory.append('journal', 'first\n');
  const failure = await failureOf(() => directory.append('journal', `${'x'.repeat(100_000)}\n`));
  expect(failure).toMatchObject({ code: 'storage/no-space', message: expect.stringContaining(join(disk, 'journal')) });
  await directory.append('journal', 'second\n');
  expect(await read(directory, 'journal')).toBe('first\nsecond\n');
  expect((await failureOf(() => directory.write('tree', ['x'.repeat(100_000)]))).code).toBe('storage/no-space');
  expect(readdirSync(disk)).toEqual(['journal']);
});

test('a place where no folder can be made is a clear error, and works once it can', async () => {
  const root = plant(freshRoot(), { file: 'x' });
  const directory = open(join(root, 'file/state'));
  expect((await failureOf(() => directory.write('tree', ['x']))).message).toContain(join(root, 'file/state'));
});

test.each(['', '.', '..', '../x', 'a/b', 'a\\b', 'nul\0', '.hidden'])('%j is no plain file name', async (name) => {
  const directory = open(freshRoot());
  await expect(directory.write(name, ['x'])).rejects.toThrow(TypeError);
  expect(() => directory.read(name)).toThrow(TypeError);
  writeFileSync(join(directory.path, 'x'), '');
  expect(readdirSync(directory.path)).toEqual(['x']);
});
