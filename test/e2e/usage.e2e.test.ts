import { existsSync, symlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { eventsOf } from './run-cloudsync.ts';
import { useSandbox } from './sandbox.ts';
import { contents, write } from './tree.ts';

const box = useSandbox();

describe('help and version', () => {
  test.each([[[]], [['--help']], [['help']]])('cloudsync %j prints help', async (args: string[]) => {
    const { code, stdout, stderr } = await box.run(...args);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('cloudsync sync ~/docs /media/usb/docs');
  });

  test.each([
    ['sync'],
    ['status'],
    ['conflicts'],
    ['resolve-conflicts'],
    ['trash'],
    ['trash list'],
    ['trash restore'],
    ['trash empty'],
    ['vault'],
    ['vault init'],
    ['vault key add'],
    ['vault log'],
    ['vault restore'],
    ['vault forget'],
    ['vault check'],
    ['completion'],
  ])('cloudsync %s --help has examples', async (command) => {
    const { code, stdout } = await box.run(...command.split(' '), '--help');
    expect(code).toBe(0);
    expect(stdout).toContain(`Examples:\n  cloudsync ${command}`);
  });

  test('--version prints a version and nothing else', async () => {
    const { code, stdout } = await box.run('--version');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('wrong usage: exit 2, one line that says what and where to look, and nothing is touched', () => {
  test.each([
    ['sync', /name two folders.*see cloudsync sync --help/],
    ['sync a', /there is only a/],
    ['sync a b c', /too many arguments/],
    ['sync a b --mode sideways', /unknown mode "sideways"; use one of two-way/],
    ['sync a b --compare looks', /unknown comparison "looks"/],
    ['sync a b --conflict fight', /unknown conflict strategy "fight"/],
    ['sync a b --initial both', /unknown --initial "both"/],
    ['sync a b --symlinks eat', /unknown --symlinks "eat"/],
    ['sync a b --max-delete many', /--max-delete needs/],
    ['sync a b --transfers 0', /--transfers needs a whole number/],
    ['sync a b --bwlimit fast', /"fast" is not a size/],
    ['sync a b --every soon', /"soon" is not a duration/],
    ['sync a b --dry-run --watch', /leave out --watch/],
    ['sync a b --dryrun', /unknown option '--dryrun' \(Did you mean --dry-run\?\)/],
    ['sync a b --exclude-from none.txt', /none.txt cannot be read/],
    ['sync --config none.json', /none.json cannot be read/],
    ['sync ./a:sideways:./b', /unknown mode "sideways"/],
    ['sync ftp://host/x b', /unknown scheme ftp/],
    ['resolve-conflicts --use source', /--use needs --path PATH .* or --all; see cloudsync resolve-conflicts --help/],
    ['conflicts a b', /never synced on this device/],
    ['vault init', /missing required argument 'place'/],
    ['vault init v --suite rot13', /unknown --suite "rot13"/],
    ['vault ls memory:v', /memory:v is not a vault/],
    ['vault diff v one two', /"one" names no version/],
    ['vault forget v', /say which versions to keep/],
    ['vault forget v 3 --keep-last 2', /not both/],
    ['vault forget v --keep-daily few', /--keep-daily needs a whole number/],
    ['vault restore v', /name what to bring back/],
    ['vault log v --limit none', /--limit needs a whole number/],
    ['vault key add v --recovery-key --new-key-file k', /one key is added at a time/],
    ['vault sync v', /unknown command 'sync'/],
    ['sync a vault:', /names no folder/],
    ['trash list vault:v', /has no trash/],
    ['completion tcsh', /bash, zsh, fish/],
    ['stauts', /unknown command 'stauts' \(Did you mean status\?\)/],
  ])('cloudsync %s', async (line, message) => {
    write(box.a, { x: 'x' });
    const { code, stdout, stderr } = await box.run(...line.split(' '));
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^cloudsync: [^\n]+ --help\n$/);
    expect([code, stdout]).toEqual([2, '']);
    expect(contents(box.b)).toEqual({});
    expect(existsSync(box.home)).toBe(false);
  });

  test('an empty folder name, as an unset variable gives, is not the current folder', async () => {
    const { code, stderr } = await box.run('sync', '', 'b');
    expect([code, stderr]).toEqual([2, expect.stringContaining('the source is empty')]);
  });

  test('a group of commands alone prints its help to stderr', async () => {
    const { code, stdout, stderr } = await box.run('trash');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('cloudsync trash restore');
  });

  test('with --json the failure is the last line on stdout too', async () => {
    const ended = await box.run('sync', 'a', 'a', '--json');
    expect(ended.code).toBe(2);
    expect(eventsOf(ended)).toMatchObject([{ type: 'error', code: 'config/invalid', message: expect.stringContaining('same folder') }]);
  });
});

describe('two folders that are no pair: exit 2 and nothing is touched', () => {
  test.each([
    ['the same folder twice', 'a', 'a', /same folder/],
    ['the same folder in two spellings', 'a', './b/../a/', /same folder/],
    ['the same folder through a link', 'a', 'link', /same folder/],
    ['the destination inside the source', 'a', 'a/inner', /lies inside/],
    ['the destination inside the source, through a link', 'a', 'link/inner', /lies inside/],
    ['the destination inside the source, not made yet', 'a', 'a/new', /lies inside/],
    ['the source inside the destination', 'a/inner', 'a', /lies inside/],
  ])('%s', async (_, source, destination, message) => {
    write(box.a, { 'inner/x': 'x' });
    symlinkSync('a', `${box.dir}/link`);
    const before = contents(box.dir);
    const { code, stderr } = await box.run('sync', source, destination);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
    expect(contents(box.dir)).toEqual(before);
  });
});

describe('where the state goes', () => {
  test('CLOUDSYNC_HOME lets two devices live on one machine', async () => {
    write(box.a, { x: '1' });
    await box.sync();
    box.env = { CLOUDSYNC_HOME: `${box.dir}/second` };
    const { stdout } = await box.run('status');
    expect(stdout).toContain('No pairs yet');
    expect((await box.sync()).code).toBe(0);
    expect(existsSync(`${box.dir}/second/state`)).toBe(true);
  });

  test('--state-dir holds one folder per pair with the files of the format', async () => {
    write(box.a, { x: '1' });
    await box.sync('--state-dir', 'st');
    const files = Object.keys(contents(`${box.dir}/st`));
    expect(files[0]).toMatch(/^a-b-[0-9a-f]{8}$/);
    for (const name of ['source_tree.json', 'destination_tree.json', 'sync_metadata.json', 'last-run.json'])
      expect(files).toContain(`${files[0]}/${name}`);
    expect(existsSync(box.home)).toBe(false);
  });

  test('without HOME the state is found through the user database or XDG_STATE_HOME', async () => {
    box.env = { CLOUDSYNC_HOME: undefined, HOME: undefined, XDG_STATE_HOME: `${box.dir}/xdg` };
    expect((await box.sync()).code).toBe(0);
    expect(existsSync(`${box.dir}/xdg/cloudsync`)).toBe(true);
  });

  test('a synced home folder does not sync the state that lies in it', async () => {
    box.env = { CLOUDSYNC_HOME: `${box.a}/.config/cloudsync` };
    write(box.a, { x: '1', '.config/other': 'y' });
    for (const _ of [1, 2]) expect((await box.sync()).code).toBe(0);
    expect(contents(box.b)).toEqual({ x: '1', '.config': '/', '.config/other': 'y' });
  });
});
