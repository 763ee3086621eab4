import { once } from 'node:events';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { startServer } from '@cloudsync/server';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Credentials, hostOfEndpoint } from '../account/credentials.ts';
import type { Surroundings } from '../device/state-home.ts';
import { type Link, LinkFile } from '../links/link-file.ts';
import { scratchFolder } from '../scratch.test.support.ts';
import { SettingsFile } from '../settings/settings-file.ts';
import { Agent } from './agent.ts';
import { AgentConnection } from './control/control-client.ts';
import type { LinkState, LinkStatus } from './control/messages.ts';
import { readLog } from './log-file.ts';

// A server, its database and an agent for each test.
vi.setConfig({ testTimeout: 30_000 });

/** A server with an empty workspace `notes`, gone after the test. */
async function newServer() {
  const server = await startServer({ data: join(scratchFolder(), 'data'), log: 'silent', allowPrivateWebhooks: true });
  onTestFinished(() => server.close());
  const apiKey = server.ownerKey as string;
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const made = await fetch(`${server.url}/v1/workspaces`, { method: 'POST', headers, body: JSON.stringify({ name: 'notes' }) });
  expect(made.status).toBe(201);
  return { account: { endpoint: server.url, apiKey }, workspace: `cloudsync://${hostOfEndpoint(server.url)}/notes` };
}

type TestServer = Awaited<ReturnType<typeof newServer>>;

/** A device that is logged in, with one link, not started. */
async function newDevice({ account, workspace }: TestServer, settings: Link['settings'] = {}) {
  const home = scratchFolder();
  const folder = join(home, 'notes');
  mkdirSync(folder);
  const around: Surroundings = { platform: process.platform, env: { CLOUDSYNC_HOME: home }, cwd: home, home };
  const link: Link = { folder, workspace, paused: false, skip: [], settings };
  await new Credentials(home).remember(account);
  const links = new LinkFile(home);
  await links.add(link);
  return { home, folder, link, links, around };
}

type TestDevice = Awaited<ReturnType<typeof newDevice>>;

async function start({ around, home }: TestDevice): Promise<Agent> {
  const agent = await Agent.start({ around, stateHome: join(home, 'state') });
  onTestFinished(() => agent[Symbol.asyncDispose]());
  return agent;
}

/** Resolves when the link is so, looking whenever the agent says that something changed. */
async function until(agent: Agent, isSo: (link: LinkStatus) => boolean): Promise<LinkStatus> {
  const found = Promise.withResolvers<LinkStatus>();
  const look = ({ links: [link] }: { links: readonly LinkStatus[] }): void => {
    if (link !== undefined && isSo(link)) found.resolve(link);
  };
  const gone = new AbortController();
  void agent.onStatus.during(gone.signal, look);
  look(agent.status);
  const link = await found.promise;
  gone.abort();
  return link;
}

const isIn = (state: LinkState) => (link: LinkStatus) => link.state === state;
const textOf = (folder: string, path: string): string => readFileSync(join(folder, path), 'utf8');

describe('realtime', () => {
  test('two devices have what one of them saves, and the status says so', async () => {
    const server = await newServer();
    const [a, b] = [await newDevice(server), await newDevice(server)];
    writeFileSync(join(a.folder, 'plan.txt'), 'plan');
    const agentA = await start(a);
    await until(agentA, isIn('in-sync'));
    const agentB = await start(b);
    expect(await until(agentB, isIn('in-sync'))).toMatchObject({ files: 1, failed: 0, conflictsLeft: 0, mode: 'realtime', cycles: 1 });
    expect(textOf(b.folder, 'plan.txt')).toBe('plan');

    const arrived = Promise.withResolvers<void>();
    void agentA.onChange.during(new AbortController().signal, ({ action, path, noticedMs, doneMs }) => {
      expect([action, path, (noticedMs ?? Number.NaN) <= doneMs]).toEqual(['DOWNLOAD_NEW', 'reply.txt', true]);
      arrived.resolve();
    });
    writeFileSync(join(b.folder, 'reply.txt'), 'reply');
    await arrived.promise;
    expect(textOf(a.folder, 'reply.txt')).toBe('reply');
    expect(readLog(a.home, 100).map(({ text }) => text)).toContainEqual(expect.stringMatching(/^← new {6}reply\.txt {2}\(5 B\) {2}\d/));
  });

  test('the server’s webhooks hear how a sync went', async () => {
    const heard = Promise.withResolvers<{ type: string; data: { files: number } }>();
    const receiver = createServer((request, response) => {
      void text(request).then((body) => {
        heard.resolve(JSON.parse(body));
        response.end();
      });
    });
    await once(receiver.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void receiver.close());
    const server = await newServer();
    const headers = { authorization: `Bearer ${server.account.apiKey}`, 'content-type': 'application/json' };
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
    const hooks = `${server.account.endpoint}/v1/workspaces/notes/webhooks`;
    await fetch(hooks, { method: 'POST', headers, body: JSON.stringify({ url, events: ['sync.completed'] }) });
    const device = await newDevice(server);
    writeFileSync(join(device.folder, 'x'), 'x');
    await start(device);
    expect(await heard.promise).toMatchObject({ type: 'sync.completed', data: { files: 1 } });
  });

  test('a second agent of the device is refused', async () => {
    const device = await newDevice(await newServer());
    await start(device);
    await expect(Agent.start({ around: device.around, stateHome: join(device.home, 'state') })).rejects.toMatchObject({
      code: 'agent/running',
      message: expect.stringContaining(`process ${process.pid}`),
    });
  });

  test('a folder that is gone is an error that deletes nothing; when it is back all is well', async () => {
    const server = await newServer();
    const [a, b] = [await newDevice(server), await newDevice(server)];
    writeFileSync(join(a.folder, 'x'), 'x');
    const agentA = await start(a);
    await until(agentA, isIn('in-sync'));
    renameSync(a.folder, join(a.home, 'elsewhere'));
    expect((await (await AgentConnection.open(a.home)).ask('sync', {}))[0]).toMatchObject({
      state: 'error',
      message: expect.stringContaining(a.folder),
    });
    const agentB = await start(b);
    await until(agentB, isIn('in-sync'));
    expect(textOf(b.folder, 'x')).toBe('x');
    renameSync(join(a.home, 'elsewhere'), a.folder);
    writeFileSync(join(a.folder, 'y'), 'y');
    expect((await (await AgentConnection.open(a.home)).ask('sync', {}))[0]).toMatchObject({ state: 'in-sync' });
  });

  test('deleting much stops it, until somebody says that it is meant', async () => {
    const device = await newDevice(await newServer());
    for (let i = 0; i < 10; i++) writeFileSync(join(device.folder, `f${i}`), `${i}`);
    const agent = await start(device);
    await until(agent, isIn('in-sync'));
    for (let i = 0; i < 8; i++) rmSync(join(device.folder, `f${i}`));
    expect(await until(agent, isIn('stopped'))).toMatchObject({ message: expect.stringContaining('8') });
    const [outcome] = await (await AgentConnection.open(device.home)).ask('sync', { force: true });
    expect(outcome).toMatchObject({ state: 'in-sync' });
    await until(agent, (link) => link.state === 'in-sync' && link.files === 2);
  });
});

describe('when it is not realtime', () => {
  test('manual: nothing travels until somebody asks', async () => {
    const server = await newServer();
    const device = await newDevice(server, { 'sync.mode': 'manual' });
    writeFileSync(join(device.folder, 'x'), 'x');
    const agent = await start(device);
    const states = new Set<LinkState | undefined>();
    void agent.onStatus.during(new AbortController().signal, ({ links: [link] }) => states.add(link?.state));
    const connection = () => AgentConnection.open(device.home);
    expect(await (await connection()).ask('settled')).toMatchObject([{ state: 'waiting' }]);
    expect(agent.status.links[0]).toMatchObject({ state: 'waiting', cycles: 0 });
    expect(await (await connection()).ask('sync', {})).toMatchObject([
      { state: 'in-sync', summary: expect.stringContaining('1 file to the destination') },
    ]);
    expect(await (await connection()).ask('sync', {})).toMatchObject([
      { state: 'in-sync', summary: expect.stringContaining('nothing to do') },
    ]);
    // Nothing is connected between two cycles, and nothing is missed.
    expect(states).not.toContain('offline');
  });

  test('scheduled: at once, and again when it is time', async () => {
    const device = await newDevice(await newServer(), { 'sync.mode': 'scheduled', 'sync.interval': '1s' });
    const agent = await start(device);
    await until(agent, isIn('in-sync'));
    writeFileSync(join(device.folder, 'x'), 'x');
    await until(agent, ({ files }) => files === 1);
  });
});

describe('what changes while it runs', () => {
  test('a link is paused and resumed, and stays paused over a restart', async () => {
    const device = await newDevice(await newServer());
    const first = await start(device);
    await until(first, isIn('in-sync'));
    await device.links.change(device.link, { paused: true });
    await first.reload();
    expect(first.status.links[0]).toMatchObject({ state: 'paused' });
    await first[Symbol.asyncDispose]();
    const second = await Agent.start({ around: device.around, stateHome: join(device.home, 'state') });
    expect(second.status.links[0]).toMatchObject({ state: 'paused' });
    writeFileSync(join(device.folder, 'x'), 'x');
    await device.links.change(device.link, { paused: false });
    await second.reload();
    await until(second, ({ files }) => files === 1);
    await second[Symbol.asyncDispose]();
  });

  test('a setting restarts the links that it changes', async () => {
    const device = await newDevice(await newServer());
    const agent = await start(device);
    await until(agent, isIn('in-sync'));
    await new SettingsFile(device.home).set('sync.filters', '*.tmp');
    await agent.reload();
    writeFileSync(join(device.folder, 'x.tmp'), 'x');
    writeFileSync(join(device.folder, 'y'), 'y');
    await (await AgentConnection.open(device.home)).ask('sync', {});
    expect((await until(agent, isIn('in-sync'))).files).toBe(1);
  });

  test('after a logout a link that was in sync says what to do', async () => {
    const server = await newServer();
    const device = await newDevice(server);
    const agent = await start(device);
    await until(agent, isIn('in-sync'));
    await new Credentials(device.home).forget(server.account.endpoint);
    await agent.reload();
    expect(await until(agent, isIn('error'))).toMatchObject({ message: expect.stringContaining('cloudsync login') });
  });

  test('without a login a link says what to do, and goes on after it', async () => {
    const server = await newServer();
    const device = await newDevice(server);
    await new Credentials(device.home).forget(server.account.endpoint);
    const agent = await start(device);
    expect(await until(agent, isIn('error'))).toMatchObject({ message: expect.stringContaining('cloudsync login') });
    await new Credentials(device.home).remember(server.account);
    await agent.reload();
    await until(agent, isIn('in-sync'));
  });

  test('a key that is revoked while it is in use stops the link, and says why', async () => {
    const server = await newServer();
    const headers = { authorization: `Bearer ${server.account.apiKey}`, 'content-type': 'application/json' };
    const keys = `${server.account.endpoint}/v1/api-keys`;
    const made = await fetch(keys, { method: 'POST', headers, body: JSON.stringify({ name: 'phone' }) });
    const { data } = (await made.json()) as { data: { id: string; key: string } };
    const device = await newDevice({ ...server, account: { ...server.account, apiKey: data.key } });
    const agent = await start(device);
    await until(agent, isIn('in-sync'));
    expect((await fetch(`${keys}/${data.id}`, { method: 'DELETE', headers: { authorization: headers.authorization } })).ok).toBe(true);
    expect(await until(agent, isIn('error'))).toMatchObject({ message: expect.stringContaining('revoked') });
    await new Credentials(device.home).remember(server.account);
    await agent.reload();
    await until(agent, isIn('in-sync'));
  });

  test('a key that the server does not know is an error; a server that is not there is tried again', async () => {
    const server = await newServer();
    const [wrong, away] = [await newDevice(server), await newDevice(server)];
    await new Credentials(wrong.home).remember({ ...server.account, apiKey: `cs_${'x'.repeat(43)}` });
    await until(await start(wrong), isIn('error'));
    await new Credentials(away.home).remember({ endpoint: 'http://127.0.0.1:9', apiKey: 'x' });
    await away.links.remove(away.link);
    await away.links.add({ ...away.link, workspace: 'cloudsync://127.0.0.1:9/notes' });
    await until(await start(away), isIn('offline'));
  });
});
