import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { eventsOf } from './run-cloudsync.ts';
import { useSandbox } from './sandbox.ts';
import { contents, differences, touch, write } from './tree.ts';

const box = useSandbox();
const MIB = 2 ** 20;

function stateFolder(): string {
  const state = join(box.home, 'state');
  return join(state, readdirSync(state)[0] as string);
}

describe('roots', () => {
  test('a missing source: exit 4, the path and what to do', async () => {
    const { code, stdout, stderr } = await box.run('sync', 'none', 'b');
    expect([code, stdout]).toEqual([4, '']);
    expect(stderr).toMatch(/^cloudsync: the source none does not exist; check the path, or mount its disk\n$/);
  });

  test.each(['a', 'b'])(
    '%s is gone after it was synced: exit 4, nothing is deleted, not even in a dry run or with --force',
    async (gone) => {
      write(box.a, { x: '1' });
      await box.sync();
      renameSync(join(box.dir, gone), join(box.dir, 'elsewhere'));
      for (const options of [[], ['--dry-run'], ['--force', '--max-delete', 'off']]) {
        const { code, stderr } = await box.sync(...options);
        expect([code, stderr]).toEqual([
          4,
          expect.stringMatching(new RegExp(`the (source|destination) ${gone} .*is gone although it was synced before; mount`)),
        ]);
      }
      expect(contents(join(box.dir, gone === 'a' ? 'b' : 'a'))).toEqual({ x: '1' });
      expect((await box.run('status')).stdout).toMatch(/Status: +failed: the .* is gone/);
    },
  );

  test('a file instead of a folder: exit 4', async () => {
    writeFileSync(join(box.dir, 'file'), '');
    const { code, stderr } = await box.run('sync', 'file', 'b');
    expect([code, stderr]).toEqual([4, expect.stringContaining('file is not a folder')]);
  });

  test('a root that cannot be read', async () => {
    box.dropPrivileges();
    chmodSync(box.a, 0);
    const { code, stderr } = await box.sync();
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/^cloudsync: [^\n]*\/a[^\n]*\n$/);
    expect(contents(box.b)).toEqual({});
  });

  test('a link that leads round in a circle', async () => {
    symlinkSync('loop', join(box.dir, 'loop'));
    const { code, stderr } = await box.run('sync', 'loop', 'b');
    expect([code, stderr]).toEqual([1, expect.stringContaining('loop')]);
  });
});

describe('state files that cannot be used are kept aside, both sides are united, nothing is deleted', () => {
  test.each([
    ['corrupt metadata', 'sync_metadata.json', () => '{"version":'],
    ['empty metadata', 'sync_metadata.json', () => ''],
    ['a newer version', 'sync_metadata.json', (text: string) => text.replace(/"version": ?\d+/, '"version": 99')],
    ['a tree that is cut short', 'source_tree.json', (text: string) => text.slice(0, text.length / 2)],
    ['a tree with a line of rubbish', 'destination_tree.json', (text: string) => text.replace('"is_dir"', '"is_d')],
    ['a tree that is gone', 'source_tree.json', () => undefined],
  ])('%s', async (_, name, damage) => {
    write(box.a, { x: '1', y: '2', z: '3' });
    await box.sync();
    rmSync(join(box.a, 'x'));
    const file = join(stateFolder(), name);
    const text = damage(readText(file));
    if (text === undefined) rmSync(file);
    else writeFileSync(file, text);
    const { code, stderr } = await box.sync();
    expect([code, contents(box.a), contents(box.b)]).toEqual([0, { x: '1', y: '2', z: '3' }, { x: '1', y: '2', z: '3' }]);
    expect(stderr).toContain('nothing is deleted');
    expect(readdirSync(stateFolder()).some((kept) => /\.(corrupt|newer-version)-1$/.test(kept))).toBe(true);
    expect((await box.sync()).stderr).toBe('');
  });

  test('a last-run.json of rubbish is no obstacle', async () => {
    write(box.a, { x: '1' });
    await box.sync();
    writeFileSync(join(stateFolder(), 'last-run.json'), 'rubbish');
    expect((await box.run('status')).stdout).toContain('cannot be read; the next sync writes it again');
    expect((await box.sync()).code).toBe(0);
    expect((await box.run('status')).stdout).toContain('in sync');
  });
});

function readText(file: string): string {
  return execFileSync('cat', [file], { encoding: 'utf8' });
}

describe('what cannot be read', () => {
  test('files and folders are reported, the rest goes on, and they are never taken for deleted', async () => {
    write(box.a, { secret: 's', 'closed/x': 'x', open: 'o' });
    await box.sync();
    box.dropPrivileges();
    write(box.a, { secret: 'changed', open: 'changed' });
    chmodSync(join(box.a, 'secret'), 0);
    chmodSync(join(box.a, 'closed'), 0);
    const { code, stderr } = await box.sync();
    expect(code).toBe(1);
    expect(stderr).toMatch(/secret.*permission/i);
    expect(stderr).toContain('closed');
    expect(contents(box.b)).toEqual({ secret: 's', closed: '/', 'closed/x': 'x', open: 'changed' });
    chmodSync(join(box.a, 'secret'), 0o644);
    chmodSync(join(box.a, 'closed'), 0o755);
    expect((await box.sync()).code).toBe(0);
    expect(contents(box.b)).toEqual(contents(box.a));
  });

  test('FIFOs and sockets are skipped with a note', async () => {
    write(box.a, { x: '1' });
    execFileSync('mkfifo', [join(box.a, 'pipe')]);
    const server = createServer().listen(join(box.a, 'socket'));
    box.onEnd(() => server.close());
    const { code, stderr } = await box.sync();
    expect([code, contents(box.b)]).toEqual([0, { x: '1' }]);
    expect(stderr).toMatch(/note .*pipe.*FIFO/i);
    expect(stderr).toMatch(/note .*socket/);
  });
});

describe('names', () => {
  test('newlines, emoji, NFD and NFC, 255 bytes, leading dashes and dots, both ways', async () => {
    const names = [
      'new\nline',
      '👩‍👩‍👧.png',
      'e\u0301.nfd',
      '\u00e9.nfc',
      'x'.repeat(255),
      'ż'.repeat(127),
      '-rf',
      '.hidden',
      '...',
      ' ',
      'back\\slash',
      '"quoted"',
      'tab\t',
      '\x7f',
      '$HOME',
      '*',
    ];
    write(box.a, Object.fromEntries(names.map((name) => [name, name])));
    write(box.b, Object.fromEntries(names.map((name) => [`from b/${name}`, name])));
    expect((await box.sync()).code).toBe(0);
    expect(differences(box.a, box.b)).toEqual([]);
    expect(Object.keys(contents(box.a))).toHaveLength(names.length * 2 + 1);
    expect((await box.sync()).stdout).toContain('nothing to do');
  });

  test('a name that is not Unicode is reported, the rest goes on', async () => {
    write(box.a, { x: '1' });
    writeFileSync(Buffer.concat([Buffer.from(`${box.a}/bad`), Buffer.from([0xff, 0xfe])]), 'bytes');
    const { code, stderr } = await box.sync();
    expect([code, contents(box.b)]).toEqual([1, { x: '1' }]);
    expect(stderr).toContain('bad');
  });

  test('a path over 4,096 bytes is reported, the rest goes on', async () => {
    write(box.a, { x: '1' });
    const script =
      "for (let i = 0; i < 20; i++) { fs.mkdirSync('d'.repeat(250)); process.chdir('d'.repeat(250)); } fs.writeFileSync('file', '')";
    execFileSync(process.execPath, ['-e', script], { cwd: box.a });
    const { code, stderr } = await box.sync();
    expect(code).toBe(1);
    expect(stderr).toMatch(/longer than the file system allows/);
    expect(readText(join(box.b, 'x'))).toBe('1');
  });
});

describe('files that change under the hand', () => {
  test('one that changes while it is copied is not recorded as synced; the next run brings it', async () => {
    const big = Buffer.alloc(8 * MIB, 'a');
    write(box.a, { big });
    const running = box.start('sync', 'a', 'b', '--json', '--bwlimit', '4M');
    await running.event(({ type }) => type === 'upload_progress');
    appendFileSync(join(box.a, 'big'), 'changed');
    await running.ended;
    for (const text of Object.values(contents(box.b))) expect(text).toMatch(new RegExp(`^${big.length + 7} bytes`));
    expect((await box.sync()).code).toBe(0);
    expect(differences(box.a, box.b)).toEqual([]);
  });

  test('one that vanishes before it is copied is no failure that stays', async () => {
    write(box.a, { 'a-slow': Buffer.alloc(4 * MIB), 'z-gone': Buffer.alloc(MIB) });
    const running = box.start('sync', 'a', 'b', '--json', '--bwlimit', '4M', '--transfers', '1');
    await running.event(({ type }) => type === 'upload_progress');
    rmSync(join(box.a, 'z-gone'));
    await running.ended;
    expect((await box.sync()).code).toBe(0);
    expect(Object.keys(contents(box.b))).toEqual(['a-slow']);
  });
});

describe('disks', () => {
  test('a full disk: exit 1, the path and what to do; with room again the next run finishes', async () => {
    box.mount(box.b, '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs');
    write(box.a, { big: Buffer.alloc(3 * MIB, 'b'), small: 's' });
    const { code, stderr } = await box.sync();
    expect(code).toBe(1);
    expect(stderr).toMatch(/failed .*big.*(full|space)/);
    expect(contents(box.b)).toEqual({ small: 's' });
    execFileSync('mount', ['-o', 'remount,size=8m', box.b]);
    expect((await box.sync()).code).toBe(0);
    expect(differences(box.a, box.b)).toEqual([]);
  });

  test('a full disk keeps the old content of a file that was to be replaced', async () => {
    box.mount(box.b, '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs');
    write(box.a, { file: 'old' });
    await box.sync();
    write(box.a, { file: Buffer.alloc(3 * MIB) });
    expect((await box.sync()).code).toBe(1);
    expect(contents(box.b)).toEqual({ file: 'old' });
  });

  test('a read-only destination: exit 1, said, nothing lost', async () => {
    write(box.b, { theirs: 't' });
    box.mount(box.b, '--bind', box.b);
    execFileSync('mount', ['-o', 'remount,bind,ro', box.b]);
    write(box.a, { mine: 'm' });
    const { code, stderr } = await box.sync();
    expect(code).toBe(1);
    expect(stderr).toMatch(/mine.*read-only/);
    expect([contents(box.a), contents(box.b)]).toEqual([{ mine: 'm', theirs: 't' }, { theirs: 't' }]);
    execFileSync('mount', ['-o', 'remount,bind,rw', box.b]);
    expect((await box.sync()).code).toBe(0);
    expect(contents(box.b)).toEqual({ mine: 'm', theirs: 't' });
  });

  test('a state folder that cannot be written: nothing is synced on top of a state that nobody can keep', async () => {
    mkdirSync(box.home);
    box.mount(box.home, '-t', 'tmpfs', '-o', 'ro', 'tmpfs');
    write(box.a, { x: '1' });
    const { code, stderr } = await box.sync();
    expect([code, contents(box.b)]).toEqual([1, {}]);
    expect(stderr).toMatch(/^cloudsync: [^\n]*read-only[^\n]*\n$/);
  });
});

describe('clocks', () => {
  test('mtimes of 1970, before it and 2100 travel and stay', async () => {
    write(box.a, { epoch: '1', before: '2', future: '3' });
    touch(box.a, 'epoch', 0);
    touch(box.a, 'before', -86_400);
    touch(box.a, 'future', 4_102_444_800);
    expect((await box.sync()).code).toBe(0);
    expect(differences(box.a, box.b)).toEqual([]);
    expect((await box.sync()).stdout).toContain('nothing to do');
    write(box.b, { future: 'edited with a clock of today' });
    expect((await box.sync()).code).toBe(0);
    expect(contents(box.a).future).toBe('edited with a clock of today');
  });
});

test('problems of many paths: the first twenty, then how many more; --verbose lists all', async () => {
  for (let i = 0; i < 30; i++) execFileSync('mkfifo', [join(box.a, `pipe${i}`)]);
  const { stderr } = await box.sync();
  expect(stderr.trimEnd().split('\n')).toHaveLength(21);
  expect(stderr).toContain('and 10 more');
  expect((await box.sync('--verbose')).stderr.trimEnd().split('\n')).toHaveLength(30);
  const issues = eventsOf(await box.sync('--json')).filter((event) => event.type === 'issue');
  expect(issues).toHaveLength(30);
});
