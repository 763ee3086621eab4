import { hash, randomBytes } from 'node:crypto';
import { chunkIdOfDigest } from '@cloudsync/content';
import { encodeFrame, LIMITS } from '@cloudsync/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { makeFolders, SocketServer } from './spoken-device.test.support.ts';

const servers: SocketServer[] = [];
async function start(): Promise<SocketServer> {
  const server = await SocketServer.start();
  servers.push(server);
  return server;
}

afterEach(async () => {
  for (const server of servers.splice(0)) {
    expect(server.defects).toEqual([]);
    await server.close();
  }
});

describe('a device that connects', () => {
  it('says hello first, with a key: in its frame, or the channel was opened with one', async () => {
    const server = await start();
    const ok = { protocol: 1, user: { name: 'owner' } };
    const device = { id: 'd', name: 'd' };
    expect(await server.connect(server.ownerKey).ask('hello', { protocols: [1, 2], device })).toMatchObject(ok);
    expect(await server.connect().ask('hello', { protocols: [1], device, key: server.ownerKey })).toMatchObject(ok);
    const refusals: [Record<string, unknown>, string][] = [
      [{ protocols: [1], device }, 'server/unauthenticated'],
      [{ protocols: [1], device, key: 'cs_wrong' }, 'server/unauthenticated'],
      [{ protocols: [2], device, key: server.ownerKey }, 'server/invalid'],
      [{ protocols: 'x', device, key: server.ownerKey }, 'server/invalid'],
    ];
    for (const [params, code] of refusals) {
      const stranger = server.connect();
      expect(await stranger.ask('hello', params)).toMatchObject({ code });
      await stranger.closed;
    }
    expect(server.hub.size).toBe(2);
  });

  it('is let go when it says anything else first, too much, or nothing that can be understood', async () => {
    const server = await start();
    const first = encodeFrame({ type: 'request', id: 1, method: 'workspaces', params: {} });
    const large = encodeFrame({ type: 'request', id: 1, method: 'hello', params: { agent: 'x'.repeat(LIMITS.helloBytesMax) } });
    for (const frame of [first, large, Uint8Array.of(1, 2, 3), new Uint8Array(), encodeFrame({ type: 'push', name: 'rows', push: {} })]) {
      const device = server.connect(server.ownerKey);
      device.channel.send(frame);
      expect(await device.closed).not.toBe('');
    }
    expect(server.hub.size).toBe(0);
  });

  it('asks what there is: anything else is an error, and the connection goes on', async () => {
    const server = await start();
    const workspace = await server.newWorkspace('docs');
    const device = await server.connect(server.ownerKey).hello();
    expect(await device.ask('no-such-method', {})).toMatchObject({ code: 'server/invalid' });
    expect(await device.ask('__proto__', {})).toMatchObject({ code: 'server/invalid' });
    expect(await device.ask('open', { workspace: 7 })).toMatchObject({ code: 'server/invalid' });
    expect(await device.ask('commit', makeFolders(workspace, 'a'))).toMatchObject({ code: 'server/unavailable' });
    expect(await device.ask('open', { workspace: 'no such' })).toMatchObject({ code: 'server/no-such-workspace' });
    expect(await device.ask('hello', { protocols: [1], device: { id: 'd', name: '' } })).toMatchObject({ code: 'server/invalid' });
    await device.closed;
  });

  it('too many requests at once end the connection', async () => {
    const server = await start();
    const device = await server.connect(server.ownerKey).hello();
    const open = encodeFrame({ type: 'request', id: 5, method: 'workspaces', params: {} });
    for (let sent = 0; sent <= LIMITS.requestsOpenMax; sent++) device.server.onFrame(open);
    expect(await device.closed).toMatch(/too many/);
  });
});

describe('what is committed', { timeout: 60_000 }, () => {
  it('is pushed to all who follow, before who made it is answered, to him as his own', async () => {
    const server = await start();
    const workspace = await server.newWorkspace('docs');
    const a = await (await server.connect(server.ownerKey).hello()).follow(workspace);
    const b = await (await server.connect(server.ownerKey).hello()).follow(workspace);
    const late = await server.connect(server.ownerKey).hello();
    expect(await a.ask('commit', makeFolders(workspace, 'x', 'y'))).toMatchObject({ results: [{ id: 1 }, { id: 2 }] });
    expect(a.pushes).toMatchObject([{ name: 'rows', push: { own: 'x,y' } }]);
    await b.pushed('rows');
    expect(b.rows().map(({ name }) => name)).toEqual(['x', 'y']);
    expect(b.pushes[0]?.push).not.toHaveProperty('own');
    expect(late.pushes).toEqual([]);
  });

  it('small contents come along, and any content can be asked for', async () => {
    const server = await start();
    const workspace = await server.newWorkspace('docs');
    const a = await (await server.connect(server.ownerKey).hello()).follow(workspace);
    const b = await (await server.connect(server.ownerKey).hello()).follow(workspace);
    const bytes = randomBytes(500);
    const { idKey } = server.workspaces.get(workspace).scheme;
    const digest = hash('sha256', bytes, 'buffer');
    const put = { kind: 'file', size: 500, mtimeMs: 0, chunks: 1, hash: digest, content: chunkIdOfDigest(idKey, digest) };
    const commit = { workspace, requestId: 'r', atomic: false, changes: [{ path: 'f', base: 0, put }], inline: [bytes] };
    expect(await a.ask('commit', commit)).toMatchObject({ results: [{ sequence: 1, id: 1 }] });
    const [pushed] = await b.pushed('rows');
    expect(pushed).toMatchObject({ push: { inline: [[expect.any(Uint8Array), Buffer.from(bytes)]] } });
    const { chunks } = (await b.ask('getChunks', { workspace, asks: [{ sequence: 1 }] })) as { chunks: Uint8Array[] };
    expect(Buffer.compare(chunks[0] ?? Buffer.alloc(0), bytes)).toBe(0);
    // Sent again after a lost answer it is not done again.
    expect(await a.ask('commit', commit)).toMatchObject({ results: [{ sequence: 1, id: 1 }] });
    expect(a.rows().length).toBe(1);
  });

  it('what is too much for one frame is read in the journal, also by who committed it', async () => {
    const server = await start();
    const workspace = await server.newWorkspace('docs');
    const a = await (await server.connect(server.ownerKey).hello()).follow(workspace);
    const b = await (await server.connect(server.ownerKey).hello()).follow(workspace);
    const put = { kind: 'symlink', size: 0, mtimeMs: 0, chunks: 0, target: 'x'.repeat(LIMITS.targetMax) };
    const paths = Array.from({ length: 1_200 }, (_, index) => `link${index}`);
    for (const part of [paths.slice(0, 600), paths.slice(600)]) {
      const changes = part.map((path) => ({ path, base: 0, put }));
      expect(await a.ask('commit', { workspace, requestId: part[0], atomic: true, changes, inline: [] })).toHaveProperty('results');
    }
    await b.pushed('rows');
    const changes = paths.map((path, index) => ({ path, base: index + 1, attributes: { mtimeMs: 5 } }));
    expect(await a.ask('commit', { workspace, requestId: 'r', atomic: true, changes, inline: [] })).toHaveProperty(
      'results.1199.id',
      1_200,
    );
    for (const device of [a, b]) {
      const cursor = cursorOf(await device.pushed('behind'));
      const page = (await device.ask('changes', { workspace, cursor, limit: 1_000 })) as { rows: unknown[][]; more: boolean };
      expect(page).toMatchObject({ more: true, rows: expect.arrayContaining([expect.arrayContaining(['link0'])]) });
    }
  });

  it('who is too slow is told once that he is behind, and reads on in the journal', async () => {
    const server = await start();
    const workspace = await server.newWorkspace('docs');
    const a = await (await server.connect(server.ownerKey).hello()).follow(workspace);
    const slow = await (await server.connect(server.ownerKey).hello()).follow(workspace);
    slow.server.hold();
    const name = 'n'.repeat(250);
    let made = 0;
    while (slow.server.bufferedBytes < 8 << 20) {
      const paths = Array.from({ length: 1_000 }, () => `${made++} ${name}`.slice(0, 255));
      expect(await a.ask('commit', { ...makeFolders(workspace, ...paths), requestId: `r${made}` })).toHaveProperty('results');
    }
    const before = slow.server.bufferedBytes;
    for (let more = 0; more < 5; more++) await a.ask('commit', makeFolders(workspace, `more${more}`));
    expect(slow.server.bufferedBytes - before).toBeLessThan(1_000);
    slow.server.release();
    const cursor = cursorOf(await slow.pushed('behind'));
    const page = (await slow.ask('changes', { workspace, cursor, limit: 1_000 })) as { rows: unknown[][]; more: boolean };
    expect(page).toMatchObject({ more: false });
    expect(page.rows.map((row) => row[3])).toEqual(['more0', 'more1', 'more2', 'more3', 'more4']);
    await a.ask('commit', makeFolders(workspace, 'live again'));
    while (!slow.rows().some((row) => row.name === 'live again')) await slow.ask('stats', { workspace });
    expect((await slow.pushed('behind')).length).toBe(1);
  });

  it('a device that sends faster than it can be served is kept from sending', async () => {
    const server = await start();
    const workspace = await server.newWorkspace('docs');
    const device = await (await server.connect(server.ownerKey).hello()).follow(workspace);
    const put = (id: number) =>
      encodeFrame({
        type: 'request',
        id,
        method: 'putChunks',
        params: { workspace, chunks: [randomBytes(1 << 20), randomBytes(1 << 20)] },
      });
    for (let id = 100; id < 110; id++) device.server.onFrame(put(id));
    expect(device.server.isPaused).toBe(true);
    while (device.server.isPaused) await device.ask('stats', { workspace });
    expect(await device.ask('stats', { workspace })).toMatchObject({ files: 0 });
  });
});

describe('rights', () => {
  it('a viewer reads and does not write; a stranger does not learn that there is a workspace', async () => {
    const server = await start();
    const workspace = await server.newWorkspace('docs');
    const other = await server.newWorkspace('other');
    const { key } = await server.newMember(workspace, 'viewer');
    const viewer = await (await server.connect(key).hello()).follow(workspace);
    expect(await viewer.ask('commit', makeFolders(workspace, 'a'))).toMatchObject({ results: [{ error: 'server/forbidden' }] });
    const unknown = await viewer.ask('open', { workspace: 'nothing' });
    expect(await viewer.ask('open', { workspace: 'other' })).toEqual({
      ...unknown,
      message: String(unknown.message).replace('nothing', 'other'),
    });
    expect(await viewer.ask('tree', { workspace: other, after: 0, limit: 10 })).toMatchObject({ code: 'server/unavailable' });
    expect((await viewer.ask('workspaces', {})) as { workspaces: unknown[] }).toMatchObject({
      workspaces: [{ name: 'docs', role: 'viewer' }],
    });
  });

  it('who may not see a folder is told nothing of it; when that changes he is told to open anew', async () => {
    const server = await start();
    const workspace = await server.newWorkspace('docs');
    const { key, userId } = await server.newMember(workspace, 'editor');
    await server.access.members.setRule(workspace, { path: 'secret', user: userId, level: 'none' });
    server.access.changed({ type: 'rights', workspace });
    const member = await (await server.connect(key).hello()).follow(workspace);
    const owner = await (await server.connect(server.ownerKey).hello()).follow(workspace);
    await owner.ask('commit', makeFolders(workspace, 'open', 'secret'));
    await owner.ask('commit', makeFolders(workspace, 'secret/inside', 'open/inside'));
    await member.pushed('rows', 2);
    const names = (rows: readonly { readonly deleted: boolean; readonly name: string }[]) =>
      rows.filter(({ deleted }) => !deleted).map(({ name }) => name);
    expect(names(member.rows())).toEqual(['open', 'inside']);
    await server.access.members.removeRule(workspace, { path: 'secret', user: userId });
    server.access.changed({ type: 'rights', workspace, userId });
    await member.pushed('access');
    expect(await member.ask('stats', { workspace })).toMatchObject({ code: 'server/unavailable' });
    await member.ask('open', { workspace });
    expect(((await member.ask('tree', { workspace, after: 0, limit: 10 })) as { rows: unknown[] }).rows.length).toBe(4);
  });

  it('a revoked key ends its connections, a removed member the workspace', async () => {
    const server = await start();
    const workspace = await server.newWorkspace('docs');
    const { key, keyId, userId } = await server.newMember(workspace, 'editor');
    const one = await (await server.connect(key).hello()).follow(workspace);
    await server.access.members.changeRole({ workspace, userId, to: undefined, actor: 'owner', add: false });
    server.access.changed({ type: 'rights', workspace, userId });
    expect(await one.pushed('closed')).toMatchObject([{ push: { workspace, code: 'server/no-such-workspace' } }]);
    server.access.changed({ type: 'revoked', keyId, userId });
    expect(await one.closed).toMatch(/revoked/);
  });
});

function cursorOf([first]: readonly { readonly push: unknown }[]): string {
  return (first as { push: { cursor: string } }).push.cursor;
}
