import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { InTerminal } from './in-terminal.ts';
import { useSandbox } from './sandbox.ts';
import { contents, write } from './tree.ts';

const box = useSandbox();
const PASSPHRASE = 'correct horse battery staple';

/** A new vault in `v` with one passphrase; commands open it with that from now on. */
async function initVault(...options: string[]): Promise<string> {
  box.env = { ...box.env, CLOUDSYNC_PASSPHRASE: PASSPHRASE };
  const { code, stdout, stderr } = await box.run('vault', 'init', 'v', ...options);
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
}

function inTerminal(...args: string[]): InTerminal {
  const command = new InTerminal(args, { cwd: box.dir, env: { CLOUDSYNC_HOME: box.home } });
  onTestFinished(() => command.kill());
  return command;
}

interface KeyFacts {
  readonly id: string;
  readonly kind: string;
  readonly label: string;
}

async function keys(): Promise<KeyFacts[]> {
  return JSON.parse((await box.run('vault', 'key', 'list', 'v', '--json')).stdout) as KeyFacts[];
}

/** All bytes of a vault as one text. */
function stored(): string {
  return readdirSync(`${box.dir}/v`, { recursive: true, encoding: 'utf8' })
    .map((name) => `${box.dir}/v/${name}`)
    .filter((file) => statSync(file).isFile())
    .map((file) => readFileSync(file, 'latin1'))
    .join('\n');
}

describe('vault init', () => {
  test('makes a vault that says nothing about what is in it, and says how to go on', async () => {
    expect(await initVault()).toMatch(
      /^Made the vault v, encrypted with aes-256-gcm\n[^\n]+\n {2}cloudsync sync FOLDER vault:v\n[^\n]+\n {2}cloudsync vault key add v --recovery-key\n$/,
    );
    write(box.a, { 'plan for tuesday.txt': 'nobody may read this' });
    expect((await box.run('sync', 'a', 'vault:v')).code).toBe(0);
    for (const word of ['tuesday', 'nobody', PASSPHRASE]) expect(stored()).not.toContain(word);
  });

  test.each([
    ['aes-256-gcm', []],
    ['xchacha20-poly1305', ['--suite', 'xchacha20-poly1305']],
    ['none', ['--no-encryption']],
  ])('with suite %s what is synced comes back', async (suite, options) => {
    if (suite !== 'none') await initVault(...options);
    else expect((await box.run('vault', 'init', 'v', ...options)).code).toBe(0);
    write(box.a, { x: 'one', 'd/y': 'two', d2: null });
    expect((await box.run('sync', 'a', 'vault:v')).code).toBe(0);
    expect((await box.run('sync', 'b', 'vault:v')).code).toBe(0);
    expect(contents(box.b)).toEqual(contents(box.a));
    expect(stored()).toContain(`"suite":"${suite}"`);
  });

  test('refuses what is there: a vault, a folder with files, a place without a parent', async () => {
    await initVault();
    const before = contents(`${box.dir}/v`);
    const again = await box.run('vault', 'init', 'v');
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('v is a vault already')]);
    expect(contents(`${box.dir}/v`)).toEqual(before);
    write(box.b, { photo: 'x' });
    const full = await box.run('vault', 'init', 'b');
    expect([full.code, full.stderr]).toEqual([1, expect.stringContaining('b is not empty (photo)')]);
    expect(contents(box.b)).toEqual({ photo: 'x' });
    expect((await box.run('vault', 'init', 'no/v')).stderr).toContain('make that first');
  });

  test('wrong usage makes nothing', async () => {
    for (const [options, message] of [
      [['--suite', 'rot13'], /unknown --suite "rot13"/],
      [['--no-encryption', '--recovery-key'], /has no keys/],
      [['--passphrase-file', 'none'], /none cannot be read/],
      [['--key-file', 'none'], /none cannot be read/],
    ] as const) {
      const { code, stderr } = await box.run('vault', 'init', 'v', ...options);
      expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
      expect(existsSync(`${box.dir}/v`)).toBe(false);
    }
  });
});

describe('without a terminal and without a key', () => {
  test('init and sync say what to use, with 2, and never wait', async () => {
    const init = await box.run('vault', 'init', 'v');
    expect([init.code, init.stderr]).toEqual([2, expect.stringMatching(/no terminal.*--passphrase-file FILE.*CLOUDSYNC_PASSPHRASE/)]);
    expect(existsSync(`${box.dir}/v`)).toBe(false);
    await initVault();
    box.env = {};
    for (const args of [
      ['sync', 'a', 'vault:v'],
      ['vault', 'key', 'add', 'v'],
    ]) {
      const { code, stderr } = await box.run(...args);
      expect([code, stderr]).toEqual([
        2,
        expect.stringMatching(/v is encrypted and there is no terminal.*--key-file FILE or CLOUDSYNC_PASSPHRASE/),
      ]);
    }
  });
});

describe('in a terminal', () => {
  test('a new passphrase is asked twice and not shown; then it opens the vault', async () => {
    const init = inTerminal('vault', 'init', 'v');
    await init.shows('New passphrase for v');
    init.type('first try');
    await init.shows('The same again');
    init.type('mistyped');
    await init.shows('They differ');
    await init.shows('New passphrase for v');
    init.type('blue sky 42');
    await init.shows('The same again');
    init.type('blue sky 42');
    await init.shows('Made the vault v');
    expect(await init.ended).toBe(0);
    expect(init.screen).not.toMatch(/first try|blue sky/);

    write(box.a, { x: 'x' });
    const sync = inTerminal('sync', 'a', 'vault:v');
    await sync.shows('Passphrase of vault:v');
    sync.type('wrong one');
    await sync.shows('does not open the vault');
    await sync.shows('Passphrase of vault:v');
    sync.type('blue sky 42');
    await sync.shows('In sync');
    expect(await sync.ended).toBe(0);
    expect(sync.screen).not.toMatch(/wrong one|blue sky/);
  });

  test('Ctrl-C at the question changes nothing', async () => {
    const init = inTerminal('vault', 'init', 'v');
    await init.shows('New passphrase for v');
    init.press('\x03');
    expect(await init.ended).toBe(130);
    expect(existsSync(`${box.dir}/v`)).toBe(false);
  });
});

describe('a wrong key', () => {
  test('is told in one line, and tried on nothing else', async () => {
    await initVault();
    const before = contents(`${box.dir}/v`);
    write(box.a, { x: 'x' });
    box.env = { CLOUDSYNC_PASSPHRASE: 'a guess' };
    const { code, stdout, stderr } = await box.run('sync', 'a', 'vault:v');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^cloudsync: the passphrase does not open the vault [^\n]*v; check it and try again\n$/);
    expect(stderr).not.toContain('a guess');
    expect(contents(`${box.dir}/v`)).toEqual(before);
  });

  test('with --json it is a code for programs', async () => {
    await initVault();
    box.env = { CLOUDSYNC_PASSPHRASE: 'a guess' };
    const { stdout } = await box.run('sync', 'a', 'vault:v', '--json');
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({ type: 'error', code: 'vault/wrong-key' });
  });

  test('is not asked for when there is no vault', async () => {
    const missing = await box.run('sync', 'a', 'vault:v');
    expect([missing.code, missing.stderr]).toEqual([
      4,
      expect.stringMatching(/vault:v does not exist; make it with: cloudsync vault init/),
    ]);
    const other = await box.run('sync', 'a', 'vault:b');
    expect([other.code, other.stderr]).toEqual([1, expect.stringMatching(/b is not a vault/)]);
    await initVault();
    write(box.a, { x: 'x' });
    const raw = await box.run('sync', 'a', 'v');
    expect([raw.code, raw.stderr]).toEqual([2, expect.stringContaining('the destination v is a vault; write vault:v')]);
  });
});

describe('keys', () => {
  test('passphrase file, key file and recovery key are added and open it; a removed one does not', async () => {
    await initVault();
    write(box.dir, { 'second.txt': 'another passphrase\n', 'opened.txt': `${PASSPHRASE}\nnot this` });
    const add = async (...options: string[]): Promise<string> => {
      const { code, stdout, stderr } = await box.run('vault', 'key', 'add', 'v', ...options);
      expect([code, stderr]).toEqual([0, '']);
      return stdout;
    };
    await add('--new-passphrase-file', 'second.txt', '--label', 'laptop');
    await add('--new-key-file', 'v.key', '--passphrase-file', 'opened.txt');
    const { recoveryKey } = JSON.parse(await add('--recovery-key', '--json')) as { recoveryKey: string };
    expect((await keys()).map(({ kind }) => kind).sort()).toEqual(['key-file', 'passphrase', 'passphrase', 'recovery']);

    box.env = {};
    write(box.dir, { 'paper.txt': `${recoveryKey.toLowerCase().replaceAll('-', ' ')}\n` });
    write(box.a, { x: 'x' });
    const ways = [
      ['--passphrase-file', 'second.txt'],
      ['--key-file', 'v.key'],
      ['--passphrase-file', 'paper.txt'],
    ];
    for (const way of ways) expect((await box.run('sync', 'a', 'vault:v', ...way)).code).toBe(0);

    const removed = await box.run('vault', 'key', 'remove', 'v', 'laptop', '--key-file', 'v.key');
    expect([removed.code, removed.stderr]).toEqual([0, '']);
    expect((await box.run('sync', 'a', 'vault:v', '--passphrase-file', 'second.txt')).stderr).toContain('does not open the vault');
    expect((await box.run('sync', 'a', 'vault:v', '--passphrase-file', 'second.txt', '--key-file', 'v.key')).code).toBe(0);
  });

  test('the last key and the key in hand are not removed', async () => {
    await initVault();
    const [only] = await keys();
    const { code, stderr } = await box.run('vault', 'key', 'remove', 'v', only?.id ?? '');
    expect([code, stderr]).toEqual([2, expect.stringContaining('is the key that opened the vault')]);
    expect(await keys()).toHaveLength(1);
    expect((await box.run('vault', 'key', 'remove', 'v', 'nobody')).stderr).toContain('the vault has no key nobody');
  });

  test('the recovery key that init prints opens the vault', async () => {
    const stdout = await initVault('--recovery-key');
    const printed = stdout.match(/^ {4}\S+$/gm)?.map((line) => line.trim()) ?? [];
    expect(printed).toHaveLength(2);
    expect(stored()).not.toContain(printed[0]);
    box.env = { CLOUDSYNC_PASSPHRASE: printed.join('-') };
    write(box.a, { x: 'x' });
    expect((await box.run('sync', 'a', 'vault:v')).code).toBe(0);
    const mistyped = `${printed.join('-').slice(0, -1)}${printed[1]?.endsWith('0') ? '2' : '0'}`;
    box.env = { CLOUDSYNC_PASSPHRASE: mistyped };
    expect((await box.run('sync', 'a', 'vault:v')).stderr).toContain('if it is a recovery key, a letter is wrong');
  });

  test('rotation keeps the key in hand, removes the others, and what was stored stays readable', async () => {
    await initVault('--recovery-key');
    write(box.a, { old: 'from before' });
    await box.run('sync', 'a', 'vault:v');
    const unsure = await box.run('vault', 'key', 'rotate', 'v');
    expect([unsure.code, unsure.stderr]).toEqual([2, expect.stringMatching(/removes the other keys.*recovery key.*--yes/)]);
    expect(await keys()).toHaveLength(2);
    expect((await box.run('vault', 'key', 'rotate', 'v', '--yes')).code).toBe(0);
    expect((await keys()).map(({ kind }) => kind)).toEqual(['passphrase']);
    write(box.a, { new: 'from after' });
    expect((await box.run('sync', 'a', 'vault:v')).code).toBe(0);
    expect((await box.run('sync', 'b', 'vault:v')).code).toBe(0);
    expect(contents(box.b)).toEqual({ old: 'from before', new: 'from after' });
  });

  test('a rotation ends a watch that has only the old keys, and says why', async () => {
    await initVault();
    write(box.a, { x: 'x' });
    const watching = box.start('sync', 'a', 'vault:v', '--watch');
    await watching.says('Watching for changes');
    expect((await box.run('vault', 'key', 'rotate', 'v')).code).toBe(0);
    const { code, stderr } = await watching.ended;
    expect([code, stderr]).toEqual([1, expect.stringContaining('the keys of the vault were rotated')]);
    expect((await box.run('sync', 'a', 'vault:v')).stdout).toContain('nothing to do');
  });

  test('a vault without encryption has none', async () => {
    await box.run('vault', 'init', 'v', '--no-encryption');
    expect((await box.run('vault', 'key', 'list', 'v')).stdout).toContain('not encrypted');
    for (const verb of ['add', 'rotate']) {
      const { code, stderr } = await box.run('vault', 'key', verb, 'v', ...(verb === 'add' ? ['--recovery-key'] : []));
      expect([code, stderr]).toEqual([2, expect.stringContaining('not encrypted')]);
    }
  });
});

describe('a vault that was exchanged for one without encryption', () => {
  /** What somebody who holds the place can do. */
  async function exchange(): Promise<void> {
    rmSync(`${box.dir}/v`, { recursive: true });
    const env = box.env;
    box.env = { CLOUDSYNC_HOME: `${box.dir}/holder` };
    await box.run('vault', 'init', 'v', '--no-encryption');
    write(box.b, { bait: 'bait' });
    await box.run('sync', 'b', 'vault:v');
    box.env = env;
  }

  test('gets nothing, however the key is given', async () => {
    await initVault();
    write(box.a, { 's.txt': 'TOP SECRET' });
    await box.run('sync', 'a', 'vault:v');
    await exchange();
    write(box.dir, { 'p.txt': PASSPHRASE });
    for (const options of [[], ['--passphrase-file', 'p.txt']]) {
      const { code, stderr } = await box.run('sync', 'a', 'vault:v', ...options);
      expect([code, stderr]).toEqual([1, expect.stringContaining('the vault vault:v is not encrypted')]);
    }
    box.env = {};
    expect((await box.run('sync', 'a', 'vault:v')).stderr).toContain('somebody may have exchanged it');
    expect(stored()).not.toContain('TOP SECRET');
  });

  test('is not used by a device that comes for the first time with a key', async () => {
    await initVault();
    await exchange();
    write(box.a, { 's.txt': 'TOP SECRET' });
    box.env = { ...box.env, CLOUDSYNC_HOME: `${box.dir}/new-device` };
    expect((await box.run('sync', 'a', 'vault:v')).stderr).toContain('although a key was given');
    expect(stored()).not.toContain('TOP SECRET');
  });

  test('in a terminal somebody who gives no key is asked first', async () => {
    expect((await box.run('vault', 'init', 'w', '--no-encryption')).code).toBe(0);
    const sync = new InTerminal(['sync', 'a', 'vault:w'], { cwd: box.dir, env: { CLOUDSYNC_HOME: `${box.dir}/new-device` } });
    onTestFinished(() => sync.kill());
    await sync.shows('is not encrypted');
    sync.press('n');
    expect(await sync.ended).toBe(130);
  });

  test('one that this device made itself without encryption is used without a question', async () => {
    await box.run('vault', 'init', 'v', '--no-encryption');
    write(box.a, { x: 'x' });
    box.env = { CLOUDSYNC_PASSPHRASE: 'for another vault' };
    expect((await box.run('sync', 'a', 'vault:v')).code).toBe(0);
  });
});
