import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { InTerminal } from './in-terminal.ts';
import { type LiveDevice, until, useLiveSandbox } from './live-sandbox.ts';
import { contents, write } from './tree.ts';

const live = useLiveSandbox();

/** A device that is logged in at a server that runs. */
async function loggedIn(name = 'a', ...serverOptions: string[]): Promise<LiveDevice> {
  await live.server.start(...serverOptions);
  const device = live.device(name);
  await device.login();
  return device;
}

/** The same with its folder linked with the workspace `team` and synced once, by a command: no agent runs. */
async function synced(files: Parameters<typeof write>[1], ...serverOptions: string[]): Promise<LiveDevice> {
  const device = await loggedIn('a', ...serverOptions);
  write(device.folder, files);
  await device.must('link', device.folder, 'team', '--create');
  await device.must('sync');
  return device;
}

const host = (): string => new URL(live.server.url).host;
const apiKey = (): string => readFileSync(live.server.ownerKeyFile, 'utf8').trim();

describe('serve', () => {
  test('what cannot be served is said; the owner’s key is told once, or made anew', async () => {
    const device = await loggedIn();
    const said = async (...args: string[]) => {
      const { code, stderr } = await device.run('serve', ...args);
      return [code, stderr] as const;
    };
    expect(await said('--data', join(live.dir, 'server'), '--port', '0')).toEqual([
      1,
      expect.stringContaining('another server uses this data'),
    ]);
    const { port } = new URL(live.server.url);
    expect(await said('--data', join(live.dir, 'second'), '--port', port)).toEqual([1, expect.stringContaining(`127.0.0.1:${port}`)]);
    expect(await said('--port', '65536')).toEqual([2, expect.stringContaining('--port needs')]);
    expect(await said('--tls-cert', 'c.pem')).toEqual([2, expect.stringContaining('give both')]);
    expect(await said('--tls-cert', 'c.pem', '--tls-key', 'k.pem')).toEqual([2, expect.stringContaining('c.pem cannot be read')]);

    const first = apiKey();
    expect((await live.server.stop())?.code).toBe(0);
    await live.server.start('--new-owner-key');
    expect(apiKey()).not.toBe(first);
    await device.login();
    expect(await device.must('whoami')).toContain('owner');
  });
});

describe('accounts', () => {
  test('login tries the key before it keeps it; whoami and logout', async () => {
    const device = await loggedIn();
    expect(statSync(live.server.ownerKeyFile).mode & 0o777).toBe(0o600);
    expect(await device.must('whoami')).toMatch(new RegExp(`^owner.* on ${live.server.url}\\nKey: .*\\nScopes: .*files:write`));
    expect(JSON.parse(await device.must('whoami', '--json'))).toMatchObject({ endpoint: live.server.url, name: 'owner' });

    write(live.dir, { 'wrong.key': 'cs_wrong\n', 'empty.key': '\n' });
    const wrong = await device.run('login', '--api-key-file', join(live.dir, 'wrong.key'));
    expect([wrong.code, wrong.stdout, wrong.stderr]).toEqual([1, '', expect.stringMatching(/^cloudsync: /)]);
    expect((await device.run('login', '--api-key-file', join(live.dir, 'empty.key'))).code).toBe(2);
    await device.must('whoami');

    expect(await device.must('logout')).toContain(`Logged out of ${live.server.url}`);
    const out = await device.run('whoami');
    expect([out.code, out.stderr]).toEqual([1, expect.stringContaining('cloudsync login')]);
  });

  test('keys: one that is made works until it is revoked', async () => {
    const device = await loggedIn();
    const key = (await device.must('keys', 'create', '--name', 'phone', '--scope', 'users:read', '--expires', '1d')).trim();
    expect(key).toMatch(/^cs_[\w-]{43}$/);
    expect(await device.must('keys', 'list')).toMatch(/phone {2}users:read {2}until 20/);
    const phone = live.device('phone');
    write(live.dir, { 'phone.key': key });
    await phone.must('login', '--endpoint', live.server.url, '--api-key-file', join(live.dir, 'phone.key'));
    expect(await phone.must('whoami')).toContain('users:read');
    await device.must('keys', 'revoke', 'phone');
    expect((await phone.run('whoami')).code).toBe(1);
    expect((await device.run('keys', 'revoke', 'nobody')).code).toBe(2);
  });
});

describe('links', () => {
  test('what cannot be linked is refused, with what to do', async () => {
    const device = await loggedIn();
    const missing = await device.run('link', device.folder, 'nowhere');
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('--create')]);
    await device.must('link', device.folder, 'team', '--create');
    mkdirSync(join(device.folder, 'inner'));
    expect((await device.run('link', join(device.folder, 'inner'), 'team')).stderr).toContain('lie in each other');
    expect((await device.run('link', device.folder, 'team')).stderr).toContain('is linked with');
    expect((await device.run('link', join(live.dir, 'x'), 'cloudsync://elsewhere.example.com/x')).stderr).toContain(
      'not logged in to elsewhere',
    );
    expect(await device.must('unlink')).toContain('the files stay');
    expect((await device.run('unlink')).code).toBe(2);
    expect((await device.run('start')).code).toBe(2);
  });

  test('init makes a workspace of the folder’s name; sync without folders syncs it', async () => {
    const device = await loggedIn('notes');
    write(device.folder, { 'x.txt': 'x' });
    expect(await device.must('init')).toContain(`cloudsync://${host()}/notes`);
    expect(await device.must('sync', '--dry-run')).toContain('→ new      x.txt');
    expect(await device.must('ls')).toBe('');
    expect(await device.must('sync')).toContain('1 file to the destination');
    expect(await device.must('ls')).toMatch(/^ +1 B {2}.* {2}x\.txt\n$/);
    const [status] = JSON.parse(await device.must('status', '--json')) as [{ link: object; result: string }];
    expect(status).toMatchObject({ result: 'in-sync', link: { state: 'not-running', folder: device.folder, files: 1 } });
  });

  test('select: what is not kept stays where it is, and is not brought', async () => {
    const a = await synced({ 'photos/2019/old.jpg': 'old', 'photos/2026/new.jpg': 'new', 'notes.txt': 'n' });
    const b = live.device('b');
    await b.login();
    await b.must('link', b.folder, 'team', '--skip', 'photos/2019');
    await b.must('sync');
    expect(contents(b.folder)).toEqual({ photos: '/', 'photos/2026': '/', 'photos/2026/new.jpg': 'new', 'notes.txt': 'n' });
    expect(JSON.parse(await b.must('select', '--skip', 'photos/2026', '--json'))).toMatchObject({ skip: ['photos/2019', 'photos/2026'] });
    rmSync(join(b.folder, 'photos'), { recursive: true });
    await b.must('sync');
    expect(await b.must('ls', '--recursive')).toContain('photos/2026/new.jpg');
    await b.must('select', '--all');
    await b.must('sync');
    expect(contents(b.folder)).toEqual(contents(a.folder));
    expect((await b.run('select', '--skip', '../x')).code).toBe(1);
  });
});

describe('a workspace as a side of any pair', () => {
  test('a dry run, a sync, a watch, and what is wrong', async () => {
    const device = await loggedIn();
    write(device.folder, { 'a/x': 'x' });
    const url = `cloudsync://${host()}/team`;
    const missing = await device.run('sync', device.folder, url);
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining('team')]);
    await device.must('init', join(live.dir, 'other'), 'team');
    await device.must('unlink');
    expect(await device.must('sync', device.folder, url, '--dry-run')).toContain('→ new      a/x');
    expect(await device.must('sync', device.folder, url)).toContain('1 file to the destination');
    expect(await device.must('sync', url, join(live.dir, 'copy'), '--mode', 'mirror')).toContain('1 file to the destination');
    expect(contents(join(live.dir, 'copy'))).toEqual({ a: '/', 'a/x': 'x' });
    for (const bad of ['cloudsync://', 'cloudsync://host', `${url}/deep`])
      expect((await device.run('sync', device.folder, bad)).code).toBe(2);
    const stranger = await device.run('sync', device.folder, 'cloudsync://stranger.example.com/team');
    expect([stranger.code, stranger.stderr]).toEqual([1, expect.stringContaining('cloudsync login')]);

    const running = device.begin('sync', device.folder, url, '--watch', '--json');
    await running.event(({ type }) => type === 'sync_complete');
    write(device.folder, { 'while-watched': 'w' });
    await running.event((event) => event.type === 'upload_complete' && event.path === 'while-watched');
    running.process.kill('SIGINT');
    expect((await running.ended).code).toBe(130);
  });
});

describe('what a workspace holds', () => {
  test('ls, versions, restore and activity', async () => {
    const device = await synced({ 'a/plan.txt': 'one', 'b.txt': 'b' });
    write(device.folder, { 'a/plan.txt': 'two!' });
    rmSync(join(device.folder, 'b.txt'));
    await device.must('sync');

    expect((await device.must('ls', 'a', '--json')).trim().split('\n')).toHaveLength(1);
    expect(await device.must('ls', '--trash')).toMatch(/b\.txt\n$/);
    const versions = (await device.must('versions', 'a/plan.txt')).trimEnd().split('\n');
    expect(versions).toEqual([
      expect.stringMatching(/^ +@\d+ .* 4 B {2}edited {2}a\/plan\.txt/),
      expect.stringMatching(/^ +@\d+ .* 3 B {2}new {2}/),
    ]);
    expect(await device.must('activity', '--limit', '2')).toMatch(/deleted +b\.txt/);

    expect(await device.must('restore', 'b.txt')).toBe('Brought back b.txt\n');
    expect(await device.must('restore', 'a/plan.txt')).toMatch(/^Restored a\/plan\.txt of version @\d+ as version @\d+\n$/);
    await device.must('sync');
    expect(contents(device.folder)).toEqual({ a: '/', 'a/plan.txt': 'one', 'b.txt': 'b' });

    rmSync(join(device.folder, 'a'), { recursive: true });
    await device.must('sync', '--force');
    expect(await device.must('restore', 'a')).toBe('Brought back a\nBrought back a/plan.txt\n');
    await device.must('sync');
    expect(contents(device.folder)).toEqual({ a: '/', 'a/plan.txt': 'one', 'b.txt': 'b' });

    const none = await device.run('versions', 'never.txt');
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('never.txt')]);
    expect((await device.run('versions', '../outside')).code).toBe(2);
    expect((await device.run('restore', 'b.txt', '--at', '999')).code).toBe(1);
  });

  test('share: who has the link gets the file, with the password and until it is removed', async () => {
    const device = await synced({ 'plan.txt': 'the plan' });
    const open = (await device.must('share', 'create', 'plan.txt')).trim();
    expect(await (await fetch(open)).text()).toBe('the plan');
    write(live.dir, { password: 'secret\n' });
    const closed = (
      await device.must('share', 'create', 'plan.txt', '--password-file', join(live.dir, 'password'), '--expires', '1h')
    ).trim();
    expect((await fetch(closed)).status).toBeGreaterThanOrEqual(400);
    const shares = (await device.must('share', 'list', '--json'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: string; hasPassword: boolean });
    expect(shares.map(({ hasPassword }) => hasPassword).sort()).toEqual([false, true]);
    const [opened] = shares.filter(({ hasPassword }) => !hasPassword);
    await device.must('share', 'remove', opened?.id ?? '');
    expect((await fetch(open)).status).toBeGreaterThanOrEqual(400);
    expect(await device.must('share', 'list')).toContain('password');
  });

  test('members: somebody is added, gets another role and is removed', async () => {
    const device = await synced({ 'plan.txt': 'the plan' });
    const keyFile = join(live.dir, 'bob.key');
    await device.must('users', 'add', 'Bob', '--email', 'bob@example.com', '--key-file', keyFile);
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    const bob = live.device('bob');
    await bob.must('login', '--endpoint', live.server.url, '--api-key-file', keyFile);
    expect((await bob.run('link', bob.folder, 'team')).code).toBe(2);

    expect(await device.must('members', 'add', 'bob@example.com', '--role', 'viewer')).toContain('Bob is viewer');
    await bob.must('link', bob.folder, 'team');
    await bob.must('sync');
    expect(contents(bob.folder)).toEqual({ 'plan.txt': 'the plan' });
    expect(await device.must('members', 'add', 'bob@example.com', '--role', 'editor')).toContain('Bob is editor');
    expect(await device.must('members', 'list')).toMatch(/editor {2}Bob <bob@example\.com>/);
    expect((await device.run('members', 'add', 'bob@example.com', '--role', 'king')).code).toBe(2);
    expect(await device.must('members', 'remove', 'Bob')).toContain('Removed Bob');
    expect((await bob.run('ls')).code).not.toBe(0);
    expect((await bob.run('users', 'add', 'Eve')).code).toBe(1);
    await device.must('users', 'disable', 'bob@example.com');
    expect(await device.must('users', 'list')).toMatch(/member {2}Bob <bob@example\.com> {2}\S+ {2}disabled/);
    expect((await bob.run('whoami')).code).toBe(1);
    expect(contents(bob.folder)).toEqual({ 'plan.txt': 'the plan' });
  });

  test('webhooks: a URL is told of a change, signed', async () => {
    const told = Promise.withResolvers<{ type: string; signature: string | undefined }>();
    const receiver = createServer((request, response) => {
      let text = '';
      request.on('data', (bytes) => (text += bytes));
      request.on('end', () => {
        const { type } = JSON.parse(text) as { type: string };
        if (type === 'file.created') told.resolve({ type, signature: String(request.headers['x-cloudsync-signature']) });
        response.end();
      });
    });
    await once(receiver.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void receiver.close());
    const { port } = receiver.address() as { port: number };
    const device = await synced({}, '--allow-private-webhooks');
    const hook = JSON.parse(await device.must('webhooks', 'add', `http://127.0.0.1:${port}/hook`, '--event', 'file.created', '--json')) as {
      id: string;
    };
    await device.must('webhooks', 'test', hook.id);
    write(device.folder, { 'new.txt': 'n' });
    await device.must('sync');
    expect((await told.promise).signature).toMatch(/^sha256=[0-9a-f]{64}$/);
    expect(await device.must('webhooks', 'list')).toContain('file.created');
    await device.must('webhooks', 'remove', hook.id);
    expect(await device.must('webhooks', 'list')).toBe('');
    expect((await device.run('webhooks', 'add', 'http://127.0.0.1/', '--event', 'file.eaten')).code).toBe(2);
  });
});

describe('the agent', () => {
  test('is told what to do: pause, resume, config, logs, stop', async () => {
    const device = await loggedIn();
    await device.must('link', device.folder, 'team', '--create');
    for (const command of [['stop'], ['logs', '--follow'], ['status', '--watch']]) {
      const { code, stderr } = await device.run(...command);
      expect([code, stderr]).toEqual([1, expect.stringContaining('cloudsync start')]);
    }
    expect((await device.start()).code).toBe(0);
    expect((await device.run('start')).stderr).toContain('is running already');
    expect(await device.must('pause')).toBe('team: paused\n');
    await until([device], () => device.link?.state === 'paused');
    expect(await device.must('status')).toMatch(/Status: {5}paused\nProgress: {3}0\/0 files\n/);
    expect(await device.must('resume', device.folder)).toBe('team: resumed\n');
    await until([device], () => device.link?.state === 'in-sync');

    await device.must('config', 'set', 'sync.mode', 'manual');
    await until([device], () => device.link?.mode === 'manual');
    write(device.folder, { x: 'x' });
    expect(await device.must('sync')).toContain('1 file to the destination');
    expect((await device.run('config', 'set', 'sync.mode', 'never')).stderr).toContain('realtime, scheduled, manual');
    expect(await device.must('config', 'get', 'sync.mode')).toBe('manual\n');
    await device.must('config', 'set', 'sync.filters', '*.tmp', 'node_modules/', '--folder', device.folder);
    expect(JSON.parse(await device.must('config', 'list', '--folder', device.folder, '--json'))).toMatchObject({
      'sync.mode': 'manual',
      'sync.filters': ['*.tmp', 'node_modules/'],
    });
    expect(await device.must('config', 'unset', 'sync.mode')).toBe('sync.mode is realtime again\n');
    await until([device], () => device.link?.state === 'in-sync' && device.link.mode === 'realtime');

    const logs = device.begin('logs', '--follow', '--lines', '1', '--json');
    write(device.folder, { 'y.txt': 'y' });
    for await (const line of logs.lines()) if (line.includes('y.txt')) break;
    expect(await device.must('stop')).toBe('The agent has stopped\n');
    expect((await logs.ended).code).toBe(0);
    expect(existsSync(join(device.home, 'agent.sock'))).toBe(false);
    expect(await device.must('status')).toContain('not kept in sync now');
  });

  test('a defect that ends it is in its log', async () => {
    const device = await loggedIn();
    await device.must('link', device.folder, 'team', '--create');
    const defect = join(device.home, 'defect.mjs');
    writeFileSync(defect, "process.on('SIGUSR2', () => { throw new Error('planted'); });");
    await device.mustWith({ NODE_OPTIONS: `--import=${defect}` }, 'start', '--detach');
    const watch = device.begin('status', '--watch', '--json');
    for await (const line of watch.lines()) {
      process.kill((JSON.parse(line) as { pid: number }).pid, 'SIGUSR2');
      break;
    }
    await watch.ended;
    expect(await device.must('logs')).toContain('ended by a defect: Error: planted');
  });

  test('what it is to ask about waits for the user, who decides while it runs', async () => {
    const a = await loggedIn();
    write(a.folder, { 'x.txt': 'base' });
    await a.must('config', 'set', 'sync.conflicts', 'ask');
    await a.must('link', a.folder, 'team', '--create');
    await a.start();
    const b = live.device('b');
    await b.login();
    await b.must('link', b.folder, 'team');
    await b.must('sync');
    await a.must('pause');
    write(a.folder, { 'x.txt': 'by a' });
    write(b.folder, { 'x.txt': 'by b!' });
    await b.must('sync');
    await a.must('resume');
    await until([a], () => a.link?.state === 'conflicts-left' && a.link.conflictsLeft === 1);
    expect((await a.run('sync')).code).toBe(3);
    expect(await a.must('conflicts')).toContain('x.txt');
    expect((await a.run('resolve-conflicts', '--all', '--use', 'source')).code).toBe(0);
    await until([a], () => a.link?.state === 'in-sync' && a.link.conflictsLeft === 0);
    await b.must('sync');
    expect(contents(b.folder)).toEqual({ 'x.txt': 'by a' });
  });

  test('two folders of one device may be linked with one workspace', async () => {
    const device = await loggedIn();
    const second = join(live.dir, 'second');
    write(device.folder, { 'x.txt': 'x' });
    await device.must('link', device.folder, 'team', '--create');
    await device.must('link', second, 'team');
    await device.start();
    await until([device], () => existsSync(join(second, 'x.txt')));
    write(second, { 'y.txt': 'y' });
    await until([device], () => existsSync(join(device.folder, 'y.txt')));
    expect((await device.must('status')).match(/^Workspace: /gm)).toHaveLength(2);
  });

  test('a service is installed and removed', async () => {
    const device = live.device('a');
    const unit = await device.must('service', 'install', '--print');
    expect(unit).toContain('ExecStart="');
    expect(unit).toContain(`Environment="CLOUDSYNC_HOME=${device.home}"`);
    const config = join(live.dir, 'config');
    await device.mustWith({ XDG_CONFIG_HOME: config }, 'service', 'install');
    expect(readFileSync(join(config, 'systemd/user/cloudsync.service'), 'utf8')).toBe(unit);
    await device.mustWith({ XDG_CONFIG_HOME: config }, 'service', 'uninstall');
    expect(existsSync(join(config, 'systemd/user/cloudsync.service'))).toBe(false);
  });

  test('a damaged file of the device is said, with its path', async () => {
    const device = await loggedIn();
    writeFileSync(join(device.home, 'links.json'), '{');
    const { code, stderr } = await device.run('status');
    expect([code, stderr]).toEqual([1, expect.stringContaining(join(device.home, 'links.json'))]);
  });
});

describe('in a terminal', () => {
  function inTerminal(device: LiveDevice, ...args: string[]): InTerminal {
    const command = new InTerminal(args, { cwd: device.folder, env: { CLOUDSYNC_HOME: device.home } });
    onTestFinished(() => command.kill());
    return command;
  }

  test('login asks for the key and never shows it', async () => {
    await live.server.start();
    const device = live.device('a');
    const login = inTerminal(device, 'login', '--endpoint', live.server.url);
    await login.shows('API key for');
    login.type(apiKey());
    await login.shows('Logged in to');
    expect(await login.ended).toBe(0);
    expect(login.screen).not.toContain(apiKey());
  });

  test('select shows the folders with their boxes; what is unticked is skipped', async () => {
    const device = await synced({ 'music/x': 'x', 'photos/y': 'y' });
    const select = inTerminal(device, 'select');
    await select.shows('photos');
    // The first of them, music.
    select.press(' ');
    select.press('\r');
    await select.shows('keeps everything');
    expect(await select.ended).toBe(0);
    expect(JSON.parse(await device.must('select', '--json'))).toMatchObject({ skip: ['music'] });
  });

  test('status --watch is drawn in place until Ctrl-C', async () => {
    const device = await loggedIn();
    await device.must('link', device.folder, 'team', '--create');
    await device.start();
    const watch = inTerminal(device, 'status', '--watch');
    await watch.shows('Status:     in sync');
    write(device.folder, { 'x.txt': 'x' });
    await watch.shows('Progress:   1/1 file');
    watch.press('\x03');
    await watch.ended;
  });
});
