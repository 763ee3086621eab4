import { hash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CopyJob, CopyResult, Entry } from '@cloudsync/engine';
import { describe, expect, test } from 'vitest';
import { failureOf, freshRoot, listingOf, plant, smallDisk } from '../fresh-root.test.support.ts';
import { MemoryStorage } from '../memory/memory-storage.ts';
import { CancelFlag } from './cancel-flag.ts';
import { type CopyContext, prepareCopy, publishCopy } from './copy-file.ts';
import { describeErrno } from './errno.ts';
import { LocalCopier } from './local-copier.ts';
import { LocalFolder } from './local-folder.ts';
import type { Place } from './place.ts';
import { RealFolders } from './real-folders.ts';

interface Pair {
  readonly giver: LocalFolder;
  readonly receiver: LocalFolder;
  readonly from: string;
  readonly to: string;
}

function pair(files: Record<string, string>, to = freshRoot()): Pair {
  const from = plant(freshRoot(), files);
  return { giver: new LocalFolder(from), receiver: new LocalFolder(to), from, to };
}

async function jobsFor({ giver }: Pair, expected?: (path: string) => Promise<Entry | undefined>): Promise<CopyJob[]> {
  const { entries } = await listingOf(giver);
  const files = entries.filter(({ kind }) => kind === 'file');
  return await Promise.all(files.map(async (from) => ({ from, to: from, expected: await expected?.(from.path) })));
}

async function copy(
  { giver, receiver }: Pair,
  jobs: readonly CopyJob[],
  onBytes?: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<CopyResult[]> {
  const copier = receiver.copierFrom(giver);
  if (copier === undefined) throw new Error('no copier between local folders');
  return await copier.copy(jobs, { onBytes, signal });
}

function codesOf(results: readonly CopyResult[]): string[] {
  return results.map((result) => ('error' in result ? (result.error as Error & { code: string }).code : 'copied'));
}

/** Both steps of a small file. */
function copyFile(job: CopyJob, context: CopyContext): Entry {
  return publishCopy(job, prepareCopy(job, context, true), context);
}

/** For the steps themselves, where a test needs to act in mid-copy. */
function contextFor({ from, to }: Pair, onBytes: (bytes: number) => void): CopyContext {
  const receiver: Place = { root: to, folders: new RealFolders(to), trash: undefined, modes: true, follow: false, umask: 0o22 };
  return { giver: { root: from, follow: false, cancel: new CancelFlag() }, receiver, onBytes };
}

describe('a copier', () => {
  test('is for two local folders only', () => {
    expect(new LocalFolder(freshRoot()).copierFrom(new MemoryStorage())).toBeUndefined();
  });

  test('copies content, mtime and mode, tells both entries with their hash, and counts bytes', async () => {
    const both = pair({ empty: '', small: 'hello', big: randomBytes(3_500_000).toString('latin1') });
    utimesSync(join(both.from, 'small'), 4102444800.123456, 4102444800.123456);
    const jobs = (await jobsFor(both)).map((job) => ({ ...job, to: { ...job.to, mode: 0o4711 } }));
    let bytes = 0;
    const results = await copy(both, jobs, (more) => {
      bytes += more;
    });
    expect(codesOf(results)).toEqual(['copied', 'copied', 'copied']);
    expect(bytes).toBe(jobs.reduce((sum, { from }) => sum + from.size, 0));
    for (const [at, result] of results.entries()) {
      if ('error' in result) throw result.error;
      const { from, to } = result;
      expect(from).toEqual({ ...jobs[at]?.from, hash: to.hash });
      expect(to).toEqual({ ...(await both.receiver.stat(to.path)), hash: to.hash });
      expect(to).toMatchObject({ mtimeMs: from.mtimeMs, mode: 0o4711, size: from.size });
      expect(readFileSync(join(both.to, to.path)).equals(readFileSync(join(both.from, from.path)))).toBe(true);
    }
    const hashes = await both.receiver.hash(
      results.map((result) => ('to' in result ? result.to : undefined)).filter((entry) => entry !== undefined),
    );
    expect(hashes).toEqual(results.map((result) => ({ hash: 'to' in result ? result.to.hash : undefined })));
    expect(hashes).toEqual(jobs.map(({ from }) => ({ hash: hash('sha256', readFileSync(join(both.from, from.path))) })));
  });

  test('copies hundreds of small files in the order of the question', async () => {
    const both = pair(Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`f${n}`, `content ${n}`])));
    const jobs = await jobsFor(both);
    const results = await copy(both, jobs);
    expect(results.map((result) => 'to' in result && result.to.path)).toEqual(jobs.map(({ to }) => to.path));
    for (const { to } of jobs) expect(readFileSync(join(both.to, to.path), 'utf8')).toBe(`content ${to.path.slice(1)}`);
  });

  test('fails file by file: one that is gone, edited or unsafe does not stop the others', async () => {
    const both = pair({ gone: 'x', edited: 'x', fine: 'x', rehashed: 'x' });
    const jobs = await jobsFor(both);
    rmSync(join(both.from, 'gone'));
    writeFileSync(join(both.from, 'edited'), 'longer');
    const byPath = new Map(jobs.map((job) => [job.from.path, job]));
    const job = (path: string): CopyJob => byPath.get(path) as CopyJob;
    const order = [
      job('gone'),
      job('edited'),
      { ...job('fine'), to: { ...job('fine').to, path: '../out' } },
      { ...job('fine'), to: { ...job('fine').to, path: 'missing/folder' } },
      { ...job('rehashed'), from: { ...job('rehashed').from, hash: '0'.repeat(64) } },
      job('fine'),
    ];
    expect(codesOf(await copy(both, order))).toEqual([
      'storage/not-found',
      'storage/changed',
      'path/unsafe',
      'storage/not-found',
      'storage/changed',
      'copied',
    ]);
    expect(readdirSync(both.to)).toEqual(['fine']);
  });

  test('replaces what the plan saw, through the trash, and nothing else', async () => {
    const to = plant(freshRoot(), { old: 'old', edited: 'before', new: 'in the way' });
    const both = pair({ old: 'new', edited: 'new', new: 'new' }, to);
    const jobs = await jobsFor(both, async (path) => (path === 'new' ? undefined : await both.receiver.stat(path)));
    writeFileSync(join(to, 'edited'), 'meanwhile');
    const results = await copy(both, jobs);
    expect(Object.fromEntries(jobs.map(({ to }, at) => [to.path, codesOf(results)[at]]))).toEqual({
      old: 'copied',
      edited: 'storage/changed',
      new: 'storage/changed',
    });
    const [time] = readdirSync(join(to, '.sync_trash'));
    expect(readdirSync(join(to, '.sync_trash', time as string))).toEqual(['old']);
    expect(readFileSync(join(to, '.sync_trash', time as string, 'old'), 'utf8')).toBe('old');
    expect(['old', 'edited', 'new'].map((name) => readFileSync(join(to, name), 'utf8'))).toEqual(['new', 'meanwhile', 'in the way']);
  });

  test('does not write through a symlinked folder, nor read through a symlink that took the place of a file', async () => {
    const outside = freshRoot();
    const both = pair({ 'd/f': 'x', g: 'x', other: 'x' });
    symlinkSync(outside, join(both.to, 'd'));
    const jobs = (await jobsFor(both)).filter(({ from }) => from.path !== 'other');
    rmSync(join(both.from, 'g'));
    symlinkSync('other', join(both.from, 'g'));
    expect(codesOf(await copy(both, jobs))).toEqual(['path/unsafe', 'storage/changed']);
    expect(readdirSync(outside)).toEqual([]);
  });

  test('can be cancelled: what is finished stays, the rest says so and leaves nothing', async () => {
    const both = pair(Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`f${n}`, 'x'.repeat(9_000_000)])));
    const jobs = await jobsFor(both);
    const controller = new AbortController();
    const results = await copy(both, jobs, () => controller.abort(), controller.signal);
    expect(codesOf(results)).toContain('sync/cancelled');
    const whole = codesOf(results).filter((code) => code === 'copied').length;
    expect(readdirSync(both.to)).toHaveLength(whole);
    controller.abort();
    expect(new Set(codesOf(await copy(both, jobs, undefined, controller.signal)))).toEqual(new Set(['sync/cancelled']));
  });
});

describe('safety rule 5: a file that changes while it is copied is not taken', () => {
  test.each([
    ['grows', (file: string) => writeFileSync(file, 'more', { flag: 'a' })],
    ['shrinks', (file: string) => writeFileSync(file, 'less')],
    ['is overwritten in place', (file: string) => writeFileSync(file, 'other', { flag: 'r+' })],
    [
      'is overwritten and gets its mtime back',
      (file: string) => {
        const { atime, mtime } = statSync(file);
        writeFileSync(file, 'other', { flag: 'r+' });
        utimesSync(file, atime, mtime);
      },
    ],
  ])('it %s', async (_, change) => {
    const both = pair({ f: 'x'.repeat(5_000_000) });
    utimesSync(join(both.from, 'f'), 1000, 1000);
    const [job] = (await jobsFor(both)) as [CopyJob];
    let isChanged = false;
    const context = contextFor(both, () => {
      if (!isChanged) change(join(both.from, 'f'));
      isChanged = true;
    });
    expect((await failureOf(() => copyFile(job, context))).code).toBe('storage/changed');
    expect(isChanged).toBe(true);
    expect(readdirSync(both.to)).toEqual([]);
  });

  test('a target that appears or changes during the copy is kept', async () => {
    const both = pair({ f: 'x'.repeat(100) });
    const [job] = (await jobsFor(both)) as [CopyJob];
    const context = contextFor(both, () => writeFileSync(join(both.to, 'f'), 'mine'));
    expect((await failureOf(() => copyFile(job, context))).code).toBe('storage/changed');
    const expected = await both.receiver.stat('f');
    const edits = contextFor(both, () => writeFileSync(join(both.to, 'f'), 'mine, edited'));
    expect((await failureOf(() => copyFile({ ...job, expected }, edits))).code).toBe('storage/changed');
    expect(readFileSync(join(both.to, 'f'), 'utf8')).toBe('mine, edited');
    expect(readdirSync(both.to)).toEqual(['f']);
  });

  test('until it is published, the path holds the old content', async () => {
    const both = pair({ f: 'x'.repeat(3_000_000) }, plant(freshRoot(), { f: 'old' }));
    const [job] = (await jobsFor(both, (path) => both.receiver.stat(path))) as [CopyJob];
    const seen = new Set<string>();
    copyFile(
      job,
      contextFor(both, () => seen.add(readFileSync(join(both.to, 'f'), 'utf8'))),
    );
    expect([...seen]).toEqual(['old']);
    expect(statSync(join(both.to, 'f')).size).toBe(3_000_000);
  });
});

describe('a full disk', () => {
  test('is storage/no-space with what to do', () => {
    // The kernel's own device for this: every write says that the disk is full.
    const error = caught(() => writeFileSync('/dev/full', 'x'));
    expect(describeErrno(error, 'a/b', 'write')).toEqual({
      code: 'storage/no-space',
      message: 'cannot write "a/b": no space left; free some space and sync again',
      retryable: false,
    });
  });

  test('leaves the old content and no temporary file, and the rest goes on', async () => {
    const to = smallDisk(256 * 1024);
    const both = pair({ big: 'x'.repeat(1_000_000), 'a-small': 'y' }, plant(to, { big: 'old' }));
    const jobs = await jobsFor(both, (path) => both.receiver.stat(path));
    expect(codesOf(await copy(both, jobs))).toEqual(['copied', 'storage/no-space']);
    expect(readFileSync(join(to, 'big'), 'utf8')).toBe('old');
    expect(readdirSync(to).filter((name) => name !== '.sync_trash')).toEqual(['a-small', 'big']);
    const uploaded = await failureOf(() =>
      both.receiver.upload({ ...(jobs[1]?.from as Entry), path: 'new' }, both.giver.download(jobs[1]?.from as Entry), {
        expected: undefined,
      }),
    );
    expect(uploaded.code).toBe('storage/no-space');
    expect(existsSync(join(to, 'new'))).toBe(false);
  });
});

function caught(work: () => void): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('a big file', () => {
  const BIG = 33_000_000;

  test('is read by one thread while another writes: same rules, same result', async () => {
    const both = pair({}, plant(freshRoot(), { big: 'old', other: 'in the way' }));
    const text = randomBytes(BIG);
    for (const name of ['big', 'other', 'third']) writeFileSync(join(both.from, name), text);
    const jobs = await jobsFor(both, async (path) => (path === 'other' ? undefined : await both.receiver.stat(path)));
    let bytes = 0;
    const results = await copy(
      both,
      jobs.map((job) => ({ ...job, to: { ...job.to, mode: 0o4750 } })),
      (more) => {
        bytes += more;
      },
    );
    expect(codesOf(results)).toEqual(['copied', 'storage/changed', 'copied']);
    expect(bytes).toBe(3 * BIG);
    const [big] = results;
    if (big === undefined || 'error' in big) throw new Error('not copied');
    expect(big.to).toEqual({ ...(await both.receiver.stat('big')), hash: hash('sha256', text) });
    expect(big.to).toMatchObject({ size: BIG, mtimeMs: big.from.mtimeMs, mode: 0o4750 });
    expect(big.from.hash).toBe(big.to.hash);
    expect(readFileSync(join(both.to, 'big')).equals(text)).toBe(true);
    expect(readdirSync(both.to).sort()).toEqual(['.sync_trash', 'big', 'other', 'third']);
    expect(readFileSync(join(both.to, 'other'), 'utf8')).toBe('in the way');
  });

  test('that is not the planned one, has no place or another hash leaves nothing', async () => {
    const both = pair({ edited: 'x'.repeat(BIG), gone: 'x'.repeat(BIG), fine: 'x'.repeat(BIG) });
    const byPath = new Map((await jobsFor(both)).map((job) => [job.from.path, job]));
    const job = (path: string): CopyJob => byPath.get(path) as CopyJob;
    writeFileSync(join(both.from, 'edited'), 'y', { flag: 'r+' });
    rmSync(join(both.from, 'gone'));
    const order = [
      job('edited'),
      job('gone'),
      { ...job('fine'), to: { ...job('fine').to, path: 'missing/folder' } },
      { ...job('fine'), from: { ...job('fine').from, hash: '0'.repeat(64) } },
      { ...job('fine'), to: { ...job('fine').to, hash: '0'.repeat(64) } },
    ];
    const codes = ['storage/changed', 'storage/not-found', 'storage/not-found', 'storage/changed', 'storage/corrupt-transfer'];
    expect(codesOf(await copy(both, order))).toEqual(codes);
    expect(readdirSync(both.to)).toEqual([]);
  });

  test('on a full disk leaves the old content and nothing else', async () => {
    const to = smallDisk(20_000_000);
    const both = pair({ big: 'x'.repeat(BIG) }, plant(to, { big: 'old' }));
    const jobs = await jobsFor(both, (path) => both.receiver.stat(path));
    expect(codesOf(await copy(both, jobs))).toEqual(['storage/no-space']);
    expect(readFileSync(join(to, 'big'), 'utf8')).toBe('old');
    expect(readdirSync(to).filter((name) => name !== '.sync_trash')).toEqual(['big']);
  });

  test('content is on disk before it gets its name; when the disk refuses, nothing has a name and nothing is left over', async () => {
    const both = pair({ a: 'a', b: 'b', c: 'c', d: 'd', e: 'e' });
    const jobs = await jobsFor(both);
    const { root, ...facts } = { root: both.to, follow: false, modes: true, umask: 0o22 };
    const seen: string[][] = [];
    const copierWith = (flush: () => Promise<void>): LocalCopier =>
      new LocalCopier({
        giver: () => ({ root: both.from, follow: false }),
        receiver: () => ({ root, ...facts }),
        refuses: () => undefined,
        onDone: () => undefined,
        flush,
        trashFolder: () => undefined,
      });
    const refusing = copierWith(() => Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO', syscall: 'fsync' })));
    const refused = await refusing.copy(jobs, {});
    expect(refused.map((result) => 'error' in result && (result.error as Error & { code: string }).code)).toEqual(
      Array(5).fill('storage/io'),
    );
    expect(readdirSync(both.to)).toEqual([]);
    const watching = copierWith(async () => {
      seen.push(readdirSync(both.to));
    });
    const results = await watching.copy(jobs, {});
    expect(results.every((result) => 'to' in result)).toBe(true);
    expect(seen).toHaveLength(1);
    expect(seen[0]?.every((name) => name.startsWith('.cloudsync-tmp-'))).toBe(true);
    expect(seen[0]).toHaveLength(5);
    expect(readdirSync(both.to).sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
  });
});
