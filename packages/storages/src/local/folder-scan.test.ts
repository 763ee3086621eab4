import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { comparePaths, type ListBatch } from '@cloudsync/engine';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { freshRoot, giveToNobody, joined, type Listing, lockFolder, NOBODY, plant, run } from '../fresh-root.test.support.ts';
import { FolderScan, type ScanOptions } from './folder-scan.ts';
import { temporaryName } from './temporary.ts';

function scan(root: string, options: Partial<ScanOptions> = {}): Listing {
  const walk = new FolderScan({
    root,
    ignore: [],
    only: undefined,
    symlinks: 'keep',
    modes: true,
    rowsPerBatch: 3,
    nowMs: Date.now(),
    ...options,
  });
  const batches: ListBatch[] = [];
  for (let batch = walk.next(); batch !== undefined; batch = walk.next()) batches.push(batch);
  return joined(batches);
}

function noteOf(listing: Listing, path: string): unknown {
  return listing.notes.find((note) => note.path === path);
}

test('yields every file and folder in path order', () => {
  const segment = fc.constantFrom('a', 'b', 'a b', 'a!', 'a-', 'B', 'ä', '😀', 'zz');
  const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/'));
  fc.assert(
    fc.property(fc.uniqueArray(path, { maxLength: 12 }), (folders) => {
      const root = freshRoot();
      const expected = new Set<string>();
      for (const folder of folders) {
        plant(root, { [`${folder}/file`]: 'x' });
        expected.add(`${folder}/file`);
        for (let up = folder; up !== ''; up = up.slice(0, Math.max(0, up.lastIndexOf('/')))) expected.add(up);
      }
      expect(scan(root).paths).toEqual([...expected].sort(comparePaths));
    }),
    { numRuns: 25 },
  );
});

test('leaves FIFOs, sockets and devices alone with a note', async () => {
  const root = plant(freshRoot(), { file: 'x' });
  run('mkfifo', join(root, 'fifo'));
  const server = createServer().listen(join(root, 'socket'));
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const listing = scan(root);
  expect(listing.paths).toEqual(['file']);
  expect(noteOf(listing, 'fifo')).toEqual({
    type: 'skipped',
    path: 'fifo',
    message: '"fifo" is a FIFO; it is left where it is and not synced',
  });
  expect(noteOf(listing, 'socket')).toMatchObject({ type: 'skipped', message: expect.stringContaining('socket') });
});

test('a name that is not UTF-8 is reported, and does not pass for its neighbour', () => {
  const root = freshRoot();
  writeFileSync(Buffer.concat([Buffer.from(`${root}/bad`), Buffer.from([0xff])]), 'x');
  expect(scan(root)).toMatchObject({ paths: [], notes: [{ type: 'unreadable', path: 'bad\uFFFD', code: 'path/name-not-unicode' }] });
  // Now the text that the bad name decodes to is the name of another file.
  writeFileSync(join(root, 'bad\uFFFD'), 'y');
  const listing = scan(root);
  expect(listing.paths).toEqual(['bad\uFFFD']);
  expect(listing.notes).toMatchObject([{ code: 'path/name-not-unicode' }]);
});

test('a path of more than 4,096 bytes is reported as unreadable, the rest is listed', () => {
  const root = plant(freshRoot(), { near: 'x' });
  // Built and removed from inside, because no system call takes such a path.
  const deep = `const fs = require('node:fs'); for (let i = 0; i < 20; i++) { fs.mkdirSync('d'.repeat(250)); process.chdir('d'.repeat(250)); }`;
  expect(spawnSync(process.execPath, ['-e', deep], { cwd: root }).status).toBe(0);
  onTestFinished(() => run('rm', '-rf', root));
  const listing = scan(root);
  expect(listing.paths.at(-1)).toBe('near');
  expect(listing.notes).toMatchObject([{ type: 'unreadable', code: 'storage/too-long' }]);
});

test('a folder that cannot be read is a note, never an empty folder', () => {
  const root = plant(freshRoot(), { 'locked/secret': 'x', 'open/file': 'y' });
  giveToNobody(root, join(root, 'locked'), join(root, 'open'));
  lockFolder(join(root, 'locked'));
  const found = scanAsNobody(root);
  expect(found.paths).toEqual(['locked', 'open', 'open/file']);
  expect(found.notes).toEqual([
    {
      type: 'unreadable',
      path: 'locked',
      code: 'storage/denied',
      message: 'cannot list "locked": permission denied; change its permissions or run as a user who may',
    },
  ]);
});

test('files in a folder that may be listed but not entered are notes', () => {
  const root = plant(freshRoot(), { 'listed/a': 'x', 'listed/b': 'x' });
  giveToNobody(root, join(root, 'listed'));
  chmodSync(join(root, 'listed'), 0o444);
  onTestFinished(() => chmodSync(join(root, 'listed'), 0o700));
  const found = scanAsNobody(root);
  expect(found.paths).toEqual(['listed']);
  expect(found.notes).toMatchObject([
    { type: 'unreadable', path: 'listed/a', code: 'storage/denied' },
    { type: 'unreadable', path: 'listed/b', code: 'storage/denied' },
  ]);
});

test('a folder whose ignore file cannot be read is not listed at all', () => {
  const root = plant(freshRoot(), { 'a/.syncignore': 'secret', 'a/secret': 'x', b: 'y' });
  giveToNobody(root, join(root, 'a'), join(root, 'a/.syncignore'));
  chmodSync(join(root, 'a/.syncignore'), 0);
  const found = scanAsNobody(root);
  expect(found.paths).toEqual(['a', 'b']);
  expect(found.notes).toMatchObject([{ type: 'unreadable', path: 'a', code: 'storage/denied' }]);
});

/** Root passes every permission bit, so the scan runs in a process that gives that up once its code is loaded. */
function scanAsNobody(root: string): Listing {
  const script = new URL('./scan-as-nobody.test.support.ts', import.meta.url);
  const { stdout, stderr, status } = spawnSync(process.execPath, [script.pathname, root, `${NOBODY}`], { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  return joined(JSON.parse(stdout) as ListBatch[]);
}

test('ignore files hold in their folder and below; a folder that holds something ignored is told', () => {
  const root = plant(freshRoot(), {
    '.syncignore': '*.log\nbuild/\n',
    'a/.syncignore': '!keep.log\n',
    'a/keep.log': 'x',
    'a/other.log': 'x',
    'build/out': 'x',
    'b/build': 'a file of that name',
    'b/x.txt': 'x',
  });
  const listing = scan(root);
  expect(listing.paths).toEqual(['.syncignore', 'a', 'a/.syncignore', 'a/keep.log', 'b', 'b/build', 'b/x.txt']);
  expect(listing.notes).toEqual([
    { type: 'ignore-file', path: '.syncignore', text: '*.log\nbuild/\n' },
    { type: 'ignore-file', path: 'a/.syncignore', text: '!keep.log\n' },
    { type: 'holds-ignored', path: 'a' },
    { type: 'holds-ignored', path: '' },
  ]);
});

test('patterns from outside outrank ignore files', () => {
  const root = plant(freshRoot(), { '.syncignore': '!x.log', 'x.log': 'x', 'y.txt': 'y' });
  expect(scan(root, { ignore: ['*.log'] }).paths).toEqual(['.syncignore', 'y.txt']);
});

test('a symlink or FIFO named like an ignore file holds no rules and does not hang the scan', () => {
  const root = plant(freshRoot(), { rules: '*', 'a/x': 'x', 'b/y': 'y' });
  symlinkSync('../rules', join(root, 'a/.syncignore'));
  run('mkfifo', join(root, 'b/.syncignore'));
  expect(scan(root).paths).toEqual(['a', 'a/.syncignore', 'a/x', 'b', 'b/y', 'rules']);
});

test('trash, state and temporary files are never listed, in any folder', () => {
  const live = temporaryName();
  const root = plant(freshRoot(), { '.sync_trash/20260101-000000/x': 'x', 'a/.sync_state/s': 'x', [`a/${live}`]: 'x', 'a/b': 'x' });
  const listing = scan(root);
  expect(listing.paths).toEqual(['a', 'a/b']);
  expect(listing.notes).toEqual([{ type: 'holds-ignored', path: 'a' }]);
  expect(existsSync(join(root, 'a', live))).toBe(true);
});

test('removes temporary files of dead processes and those older than a day, and no others', () => {
  const dead = spawnSync('true').pid;
  const live = temporaryName();
  const [, host] = /tmp-([0-9a-f]+)-/.exec(live) as unknown as [string, string];
  const names = {
    live,
    dead: `.cloudsync-tmp-${host}-${dead}-0.1`,
    foreign: `.cloudsync-tmp-00000000-${dead}-0.1`,
    old: '.cloudsync-tmp-00000000-1-0.2',
  };
  const root = plant(freshRoot(), Object.fromEntries(Object.values(names).map((name) => [`d/${name}`, 'part'])));
  const yesterday = Date.now() / 1000 - 25 * 3600;
  utimesSync(join(root, 'd', names.old), yesterday, yesterday);
  expect(scan(root).paths).toEqual(['d']);
  expect(
    Object.entries(names)
      .filter(([, name]) => existsSync(join(root, 'd', name)))
      .map(([key]) => key),
  ).toEqual(['live', 'foreign']);
});

test('only: lists just these paths and what lies below them, under the rules above them', () => {
  const root = plant(freshRoot(), {
    '.syncignore': 'skip',
    'a/.syncignore': '*.tmp',
    'a/b/c/file': 'x',
    'a/b/c/file.tmp': 'x',
    'a/b/skip/file': 'x',
    'a/other': 'x',
    z: 'x',
  });
  const listing = scan(root, { only: ['z', 'a/b/c/file', 'a/b', 'a/gone', 'gone/too', 'a/b/skip/file'] });
  expect(listing.paths).toEqual(['a/b', 'a/b/c', 'a/b/c/file', 'z']);
  expect(listing.notes.filter(({ type }) => type === 'ignore-file').map(({ path }) => path)).toEqual(['.syncignore', 'a/.syncignore']);
  expect(scan(root, { only: ['a/b/skip/file'] }).paths).toEqual([]);
  expect(scan(root, { only: ['', 'z'] }).paths).toEqual(scan(root).paths);
});

test('only: a path behind a symlink is not there', () => {
  const root = plant(freshRoot(), { 'real/file': 'x' });
  symlinkSync('real', join(root, 'link'));
  expect(scan(root, { only: ['link/file'] }).paths).toEqual([]);
  expect(scan(root, { only: ['link'] }).entries).toMatchObject([{ path: 'link', kind: 'symlink', size: 0 }]);
  expect(scan(root, { only: ['link/file'], symlinks: 'follow' }).paths).toEqual(['link/file']);
});

test('symlinks: kept, skipped with a note, or looked through', () => {
  const root = plant(freshRoot(), { 'real/file': 'text' });
  symlinkSync('real', join(root, 'folder'));
  symlinkSync('real/file', join(root, 'file'));
  expect(scan(root).entries.map(({ path, kind }) => `${path} ${kind}`)).toEqual([
    'file symlink',
    'folder symlink',
    'real folder',
    'real/file file',
  ]);
  const skipped = scan(root, { symlinks: 'skip' });
  expect(skipped.paths).toEqual(['real', 'real/file']);
  expect(skipped.notes.map(({ type, path }) => `${type} ${path}`)).toEqual(['skipped file', 'skipped folder']);
  const followed = scan(root, { symlinks: 'follow' });
  expect(followed.entries.map(({ path, kind, size }) => `${path} ${kind} ${size}`)).toEqual([
    'file file 4',
    'folder folder 0',
    'folder/file file 4',
    'real folder 0',
    'real/file file 4',
  ]);
});

test('following symlinks ends at a cycle and takes a dangling one for unreadable, not deleted', () => {
  const root = plant(freshRoot(), { 'a/b/file': 'x' });
  symlinkSync('../..', join(root, 'a/b/up'));
  symlinkSync('.', join(root, 'a/self'));
  symlinkSync('unmounted', join(root, 'z'));
  symlinkSync('loop', join(root, 'loop'));
  const listing = scan(root, { symlinks: 'follow' });
  expect(listing.paths).toEqual(['a', 'a/b', 'a/b/file']);
  expect(listing.notes).toMatchObject([
    { type: 'skipped', path: 'a/b/up' },
    { type: 'skipped', path: 'a/self' },
    { type: 'unreadable', path: 'loop' },
    { type: 'unreadable', path: 'z', code: 'storage/not-found' },
  ]);
});

test('goes on in another thread from any point as if nothing had happened', () => {
  const root = plant(freshRoot(), {
    '.syncignore': '*.log',
    'a/b/c/1': 'x',
    'a/b/c/2': 'x',
    'a/b/.syncignore': '!keep.log',
    'a/b/keep.log': 'x',
    'a/b/x.log': 'x',
    'a/z': 'x',
    'd/y.log': 'x',
    'e/': '',
    f: 'x',
  });
  symlinkSync('..', join(root, 'a/b/up'));
  for (const [symlinks, only] of [
    ['follow', undefined],
    ['keep', ['a/b', 'd', 'f']],
  ] as const) {
    const options: ScanOptions = { root, ignore: ['e'], only, symlinks, modes: true, rowsPerBatch: 1, nowMs: Date.now() };
    const batches: ListBatch[] = [];
    for (let walk = new FolderScan(options), batch = walk.next(); batch !== undefined; batch = walk.next()) {
      batches.push(batch);
      walk = new FolderScan(options, structuredClone(walk.state));
    }
    expect(joined(batches)).toEqual(scan(root, options));
    expect(batches.length).toBeGreaterThan(5);
  }
});

test('what vanishes between two batches is gone, without a note', () => {
  const root = plant(freshRoot(), { 'a/1': 'x', 'a/2': 'x', 'a/3': 'x', 'b/4': 'x', 'c/5': 'x' });
  const walk = new FolderScan({ root, ignore: [], only: undefined, symlinks: 'keep', modes: true, rowsPerBatch: 1, nowMs: Date.now() });
  const batches = [walk.next(), walk.next()];
  rmSync(join(root, 'a/3'));
  rmSync(join(root, 'b'), { recursive: true });
  rmSync(join(root, 'c'), { recursive: true });
  mkdirSync(join(root, 'd'));
  for (let batch = walk.next(); batch !== undefined; batch = walk.next()) batches.push(batch);
  expect(joined(batches as ListBatch[])).toMatchObject({ paths: ['a', 'a/1', 'a/2'], notes: [] });
});
