import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { eventsOf } from './run-cloudsync.ts';
import { useSandbox } from './sandbox.ts';
import { contents, differences, snapshot, touch, trashed, write } from './tree.ts';

const box = useSandbox();

describe('the first sync', () => {
  test('two empty folders are in sync', async () => {
    const { code, stdout, stderr } = await box.sync();
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^In sync: 0 files, nothing to do \(.*\)\n$/);
  });

  test('makes the destination, one level, and says so', async () => {
    write(box.a, { x: '1' });
    const { code, stderr } = await box.run('sync', 'a', 'new');
    expect([code, stderr]).toEqual([0, 'Made the folder new\n']);
    expect(contents(`${box.dir}/new`)).toEqual({ x: '1' });
    for (const options of [[], ['--dry-run']]) {
      const refused = await box.run('sync', 'a', 'none/deeper', ...options);
      expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining('mkdir -p')]);
    }
  });

  test('unites two folders: nothing is deleted, equal files are in sync', async () => {
    write(box.a, { 'only-a': '1', same: 's', 'dir/x': 'x', empty: null, link: { link: 'same' } });
    write(box.b, { 'only-b': '2', same: 's' });
    chmodSync(`${box.a}/only-a`, 0o755);
    touch(box.a, 'only-a', 1.5);
    expect((await box.sync()).code).toBe(0);
    expect(differences(box.a, box.b)).toEqual([]);
    expect(Object.keys(contents(box.a))).toEqual(['dir', 'dir/x', 'empty', 'link', 'only-a', 'only-b', 'same']);
  });

  test.each([
    ['source-wins', { x: 'a', only: 'a' }],
    ['destination-wins', { x: 'b' }],
  ])('--initial %s', async (preference, expected) => {
    write(box.a, { x: 'a', only: 'a' });
    write(box.b, { x: 'b' });
    await box.sync('--initial', preference);
    expect([contents(box.a), contents(box.b)]).toEqual([expected, expected]);
  });
});

describe('later syncs', () => {
  test('changes, deletions and renames travel both ways', async () => {
    write(box.a, { keep: 'k', edit: 'old', gone: 'g', folder: null, 'folder/old-name': 'content to recognise' });
    await box.sync();
    write(box.a, { edit: 'edited at a', 'new-a': '1' });
    renameSync(`${box.a}/folder`, `${box.a}/renamed`);
    rmSync(`${box.b}/gone`);
    write(box.b, { 'new-b': '2' });
    const { code, stdout } = await box.sync();
    expect(code).toBe(0);
    expect(stdout).toMatch(/1 file deleted at the source, \d files? renamed/);
    expect(contents(box.a)).toEqual({
      keep: 'k',
      edit: 'edited at a',
      'new-a': '1',
      'new-b': '2',
      renamed: '/',
      'renamed/old-name': 'content to recognise',
    });
    expect(differences(box.a, box.b)).toEqual([]);
  });

  test('with nothing changed, nothing is done and nothing is written', async () => {
    write(box.a, { x: '1', 'd/y': '2' });
    await box.sync();
    const before = [snapshot(box.a), snapshot(box.b)];
    const { stdout } = await box.sync();
    expect(stdout).toContain('In sync: 2 files, nothing to do');
    expect([snapshot(box.a), snapshot(box.b)]).toEqual(before);
  });
});

describe('modes, also by their aliases and in the literal form', () => {
  test.each([
    ['source-to-destination', { x: 'a', only: 'a' }, { x: 'a', only: 'a' }],
    ['mirror', { x: 'a', only: 'a' }, { x: 'a', only: 'a' }],
    ['source-backup', { x: 'a', only: 'a' }, { x: 'a', only: 'a', extra: 'b' }],
    ['destination-to-source', { x: 'b', extra: 'b' }, { x: 'b', extra: 'b' }],
    ['DESTINATION_BACKUP', { x: 'b', only: 'a', extra: 'b' }, { x: 'b', extra: 'b' }],
  ])('--mode %s', async (mode, atA, atB) => {
    write(box.a, { x: 'a', only: 'a' });
    write(box.b, { x: 'b', extra: 'b' });
    const { code } = await box.sync('--mode', mode, '--max-delete', 'off');
    expect([code, contents(box.a), contents(box.b)]).toEqual([0, atA, atB]);
  });

  test('SOURCE:MODE:DESTINATION', async () => {
    write(box.a, { x: 'a' });
    write(box.b, { y: 'b' });
    expect((await box.run('sync', `${box.a}:sourceBackup:${box.b}`)).code).toBe(0);
    expect([contents(box.a), contents(box.b)]).toEqual([{ x: 'a' }, { x: 'a', y: 'b' }]);
  });
});

describe('what is left out', () => {
  test('--exclude, --exclude-from and .syncignore', async () => {
    write(box.a, {
      'keep.txt': 'k',
      'x.tmp': 't',
      'node_modules/m/i.js': 'm',
      'sub/secret': 's',
      'sub/.syncignore': 'secret\n',
      'x.log': 'l',
    });
    writeFileSync(`${box.dir}/patterns`, '# logs\n*.log\n');
    expect((await box.sync('-x', '*.tmp', '--exclude', 'node_modules/', '--exclude-from', 'patterns')).code).toBe(0);
    expect(Object.keys(contents(box.b))).toEqual(['keep.txt', 'sub', 'sub/.syncignore']);
  });

  test.each([
    ['keep', '→ real'],
    ['follow', 'content'],
    ['skip', undefined],
  ])('--symlinks %s', async (how, expected) => {
    write(box.a, { real: 'content', link: { link: 'real' } });
    expect((await box.sync('--symlinks', how)).code).toBe(0);
    expect(contents(box.b).link).toBe(expected);
  });
});

describe('conflicts', () => {
  const diverge = async (...options: string[]) => {
    write(box.a, { 'x.txt': 'base' });
    await box.sync();
    write(box.a, { 'x.txt': 'from a' });
    write(box.b, { 'x.txt': 'from b!' });
    touch(box.a, 'x.txt', 1_000_000);
    touch(box.b, 'x.txt', 2_000_000);
    return await box.sync(...options);
  };

  test.each([
    ['newest-wins', 'from b!'],
    ['source-wins', 'from a'],
    ['destination-wins', 'from b!'],
    ['KeepLocal', 'from a'],
  ])('--conflict %s: one side wins, the other content goes to the trash', async (strategy, winner) => {
    const { code } = await diverge('--conflict', strategy);
    expect([code, contents(box.a), contents(box.b)]).toEqual([0, { 'x.txt': winner }, { 'x.txt': winner }]);
    expect([...trashed(winner === 'from a' ? box.b : box.a)]).toContain(winner === 'from a' ? 'from b!' : 'from a');
  });

  test('--conflict keep-both: the other content stays under a name that tells it', async () => {
    const { code, stderr } = await diverge('--conflict', 'keep-both');
    const files = contents(box.a);
    expect([code, contents(box.b)]).toEqual([0, files]);
    expect(Object.values(files).sort()).toEqual(['from a', 'from b!']);
    expect(Object.keys(files)[0]).toMatch(/^x\.conflict-\d{8}-\d{6}-(source|destination)\.txt$/);
    expect(stderr).toContain(Object.keys(files)[0]);
  });

  test('--conflict manual: both stay, exit 3, and the way to decide is said', async () => {
    const { code, stdout, stderr } = await diverge('--conflict', 'manual');
    expect([code, contents(box.a), contents(box.b)]).toEqual([3, { 'x.txt': 'from a' }, { 'x.txt': 'from b!' }]);
    expect(stdout).toContain('Not in sync: 1 conflict left');
    expect(stderr).toContain('Decide with: cloudsync resolve-conflicts a b');
  });

  test('an edit survives a deletion on the other side, and it is said', async () => {
    write(box.a, { x: 'base', other: '1' });
    await box.sync();
    rmSync(`${box.a}/x`);
    write(box.b, { x: 'edited' });
    const { code, stderr } = await box.sync();
    expect([code, contents(box.a)]).toEqual([0, { x: 'edited', other: '1' }]);
    expect(stderr).toContain('x');
  });
});

describe('a dry run', () => {
  const change = async () => {
    write(box.a, { edit: 'old', gone: 'g', old: 'to be renamed', k1: '1', k2: '2' });
    await box.sync();
    write(box.a, { edit: 'new content', added: 'n', 'dir/deep': 'd' });
    renameSync(`${box.b}/old`, `${box.b}/renamed`);
    rmSync(`${box.b}/gone`);
  };

  test('changes nothing at all, also before the first sync', async () => {
    write(box.a, { x: '1' });
    const { code, stdout } = await box.run('sync', 'a', 'new', '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toContain('→ new      x  (1 B, new at the source)');
    expect(Object.keys(contents(box.dir))).toEqual(['a', 'a/x', 'b']);
  });

  test('plans exactly what the run does', async () => {
    await change();
    const before = [snapshot(box.a), snapshot(box.b)];
    const planned = eventsOf(await box.sync('--dry-run', '--json')).filter((event) => event.type === 'planned');
    expect([snapshot(box.a), snapshot(box.b)]).toEqual(before);
    const done = eventsOf(await box.sync('--json')).filter((event) => 'action' in event && /_complete$/.test(event.type));
    const names = (events: readonly object[]): string[] =>
      events.map((event) => ('action' in event && 'path' in event ? `${event.action} ${event.path}` : '')).sort();
    expect(planned.length).toBeGreaterThan(4);
    expect(names(done)).toEqual(names(planned));
    expect(eventsOf(await box.sync('--dry-run', '--json')).filter((event) => event.type === 'planned')).toEqual([]);
  });

  test('for people: one line an action, then totals', async () => {
    await change();
    const { stdout } = await box.sync('--dry-run');
    const lines = stdout.trimEnd().split('\n');
    expect(lines.slice(0, -1).sort()).toEqual([
      expect.stringMatching(/^← delete {3}gone {2}\(.+\)$/),
      expect.stringMatching(/^← rename {3}old ⇒ renamed {2}\(.+\)$/),
      expect.stringMatching(/^→ new {6}added {2}\(1 B, .+\)$/),
      expect.stringMatching(/^→ new {6}dir\/ {2}\(.+\)$/),
      expect.stringMatching(/^→ new {6}dir\/deep {2}\(1 B, .+\)$/),
      expect.stringMatching(/^→ update {3}edit {2}\(11 B, .+\)$/),
    ]);
    expect(lines.at(-1)).toMatch(
      /^Dry run, nothing was changed: 3 files to the destination \(13 B\), 1 file deleted at the source, 1 file renamed, 1 folder made$/,
    );
  });
});

describe('output', () => {
  test('--json: one event a line with a time, sync_complete with the statistics last', async () => {
    write(box.a, { x: '12345' });
    const ended = await box.sync('--json');
    const events = eventsOf(ended);
    expect(ended.stderr).toBe('');
    for (const { time } of events) expect(new Date(time).toISOString()).toBe(time);
    expect(events[0]).toMatchObject({ type: 'scan_start' });
    expect(events.map(({ type }) => type)).toContain('upload_complete');
    expect(events.at(-1)).toMatchObject({
      type: 'sync_complete',
      cancelled: false,
      dryRun: false,
      statistics: { uploaded: 1, bytesUploaded: 5, failed: 0 },
    });
  });

  test('without a terminal there are no control codes, and problems and results do not mix', async () => {
    write(box.a, { 'bad\x1b[31m\nname': '1' });
    const { stdout, stderr } = await box.sync('--verbose');
    expect(stdout).toContain('→ new      bad\\e[31m\\nname');
    expect(stdout + stderr).not.toMatch(/[\x00-\x09\x0b-\x1f]/);
  });

  test('--quiet prints nothing when all is well', async () => {
    write(box.a, { x: '1' });
    expect(await box.sync('--quiet')).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  test('--verbose lists each action', async () => {
    write(box.a, { x: '1', 'd/y': '2' });
    const { stdout } = await box.sync('-v');
    for (const line of ['→ new      x  (1 B)', '→ new      d/y  (1 B)']) expect(stdout.split('\n')).toContain(line);
  });

  test('a reader that goes away does not end the sync', async () => {
    write(box.a, Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`f${i}`, String(i)])));
    const running = box.start('sync', 'a', 'b', '--json');
    await running.event(({ type }) => type === 'scan_start');
    running.process.stdout.destroy();
    expect((await running.ended).code).toBe(0);
    expect(contents(box.b)).toEqual(contents(box.a));
  });
});

describe('--config', () => {
  test('syncs every pair of a file, its paths relative to the file, each event with its pair', async () => {
    write(box.dir, { 'conf/p/x': '1', 'conf/q/y': '2' });
    const pairs = {
      pairs: [
        { local: 'p', remote: 'p2', syncMode: 'twoWay' },
        { local: 'q', remote: 'q2', syncMode: 'sourceBackup', ignore: ['*.tmp'] },
      ],
    };
    write(box.dir, { 'conf/pairs.json': JSON.stringify(pairs), 'conf/q/z.tmp': 't' });
    const ended = await box.run('sync', '--config', 'conf/pairs.json', '--json');
    expect(ended.code).toBe(0);
    expect([contents(`${box.dir}/conf/p2`), contents(`${box.dir}/conf/q2`)]).toEqual([{ x: '1' }, { y: '2' }]);
    expect(new Set(eventsOf(ended).map((event) => 'pair' in event && event.pair)).size).toBe(2);
  });

  test('one pair that cannot run does not keep the others from it; the worst exit code counts', async () => {
    write(box.dir, {
      'q/y': '2',
      'pairs.json': JSON.stringify([
        { local: 'none', remote: 'n2' },
        { local: 'q', remote: 'q2' },
      ]),
    });
    const { code, stderr } = await box.run('sync', '--config', 'pairs.json');
    expect(code).toBe(4);
    expect(stderr).toContain('none');
    expect(contents(`${box.dir}/q2`)).toEqual({ y: '2' });
  });

  test.each([
    ['{', /not JSON/],
    ['{"pairs": [{"local": "a"}]}', /pair 1: it needs/],
    ['[{"local": "a", "remote": "b", "colour": "red"}]', /unknown key colour/],
    ['[]', /lists no pairs/],
    ['[{"local":"a","remote":"b"},{"local":"./a","remote":"./b"}]', /listed twice/],
  ])('%s is refused as a whole', async (text, message) => {
    write(box.dir, { 'pairs.json': text });
    const { code, stderr } = await box.run('sync', '--config', 'pairs.json');
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  });
});
