import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ChangeEvent, CloudSync, type CloudSyncEvents } from '@cloudsync/sdk';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { liveServer } from './live-server.ts';

const server = liveServer();
afterAll(async () => (await server).close());

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function newClient(key?: string): Promise<CloudSync> {
  const { endpoint, apiKey } = await server;
  const client = new CloudSync({ apiKey: key ?? apiKey, endpoint, sync: { mode: 'manual' } });
  closing.push(() => client.close());
  return client;
}

async function all<T>(list: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of list) items.push(item);
  return items;
}

async function textOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  return new Response(stream).text();
}

describe('new CloudSync', { timeout: 60_000 }, () => {
  it('files: written, read, moved, deleted and brought back, with their versions', async () => {
    const client = await newClient();
    const workspace = await (await server).newWorkspace();
    const first = await client.files.write(workspace, 'notes/a.txt', 'one');
    expect(first).toMatchObject({ path: 'notes/a.txt', size: 3, kind: 'file' });
    await client.files.write(workspace, 'notes/a.txt', new TextEncoder().encode('two!'), { base: first.version });
    await expect(client.files.write(workspace, 'notes/a.txt', 'late', { base: first.version })).rejects.toMatchObject({
      code: 'server/precondition-failed',
    });
    expect(await client.files.readText(workspace, 'notes/a.txt')).toBe('two!');
    expect(await textOf(await client.files.read(workspace, first, { offset: 1, length: 2 }))).toBe('wo');
    async function* pieces(): AsyncGenerator<Uint8Array> {
      yield new TextEncoder().encode('in ');
      yield new TextEncoder().encode('pieces');
    }
    await client.files.write(workspace, 'notes/streamed', pieces());
    expect(await client.files.readText(workspace, 'notes/streamed')).toBe('in pieces');
    expect((await all(client.files.list(workspace, 'notes'))).map(({ name }) => name)).toEqual(['a.txt', 'streamed']);

    const versions = await all(await client.versions.list(workspace, 'notes/a.txt'));
    expect(versions.map(({ size }) => size)).toEqual([4, 3]);
    expect(await textOf(await client.versions.read(workspace, versions[1] as (typeof versions)[number]))).toBe('one');
    await client.versions.restore(workspace, versions[1] as (typeof versions)[number]);
    expect(await client.files.readText(workspace, 'notes/a.txt')).toBe('one');

    expect((await client.files.move(workspace, 'notes', 'papers')).path).toBe('papers');
    await client.files.delete(workspace, 'papers/a.txt');
    await expect(client.files.stat(workspace, 'papers/a.txt')).rejects.toMatchObject({ code: 'server/not-found' });
    const [deleted] = await all(client.files.trash(workspace));
    expect(deleted).toMatchObject({ path: 'papers/a.txt' });
    if (deleted !== undefined) await client.files.undelete(workspace, deleted);
    expect(await client.files.readText(workspace, 'papers/a.txt')).toBe('one');
    expect((await all(client.activity.list(workspace))).length).toBeGreaterThan(5);
  });

  it('a list of several pages is read to its end', async () => {
    const client = await newClient();
    const workspace = await (await server).newWorkspace();
    for (let at = 0; at < 7; at++) await client.files.makeFolder(workspace, `f${at}`);
    const { items, cursor } = await client.files.list(workspace).page({ limit: 3 });
    expect(items.map(({ name }) => name)).toEqual(['f0', 'f1', 'f2']);
    expect((await client.files.list(workspace).page({ limit: 100, cursor })).items.length).toBe(4);
  });

  it('workspaces, settings, members, permissions, keys, shares, webhooks, devices', async () => {
    const client = await newClient();
    const { id, name } = await client.workspaces.create('team', { maxVersions: 5 });
    expect((await client.workspaces.settings(id)).maxVersions).toBe(5);
    expect((await client.workspaces.updateSettings(id, { quotaFiles: 100 })).quotaFiles).toBe(100);
    expect((await all(client.workspaces.list())).map((one) => one.name)).toContain(name);
    expect((await client.workspaces.rename(id, 'team 2')).name).toBe('team 2');
    const me = await client.me();
    expect((await all(client.members.list(id))).map(({ userId, role }) => [userId, role])).toEqual([[me.id, 'owner']]);
    await client.workspaces.setPermission(id, { path: 'secret', user: '*', level: 'none' });
    expect(await client.workspaces.permissions(id)).toEqual([{ path: 'secret', user: '*', level: 'none' }]);
    await client.workspaces.removePermission(id, { path: 'secret', user: '*' });
    const key = await client.keys.create({ name: 'reader', scopes: ['files:read', 'workspaces:read'] });
    const reader = await newClient(key.key);
    await expect(reader.files.write(id, 'x', 'no')).rejects.toMatchObject({ code: 'server/scope-missing' });
    await client.keys.revoke(key.id);
    await expect(reader.me()).rejects.toMatchObject({ code: 'server/key-revoked' });
    await client.files.write(id, 'shared.txt', 'for all');
    const share = await client.shares.create(id, 'shared.txt', { maxDownloads: 2 });
    expect(share.url).toMatch(/^http/);
    expect((await all(client.shares.list(id))).map((one) => one.id)).toEqual([share.id]);
    expect((await client.shares.update(id, share.id, { maxDownloads: null })).maxDownloads).toBeNull();
    await client.shares.delete(id, share.id);
    const hook = await client.webhooks.create(id, { url: 'https://example.org/hook', events: ['file.created'], active: false });
    expect(hook.secret).toMatch(/^whsec_/);
    expect((await client.webhooks.update(id, hook.id, { events: ['file.deleted'] })).events).toEqual(['file.deleted']);
    await client.webhooks.delete(id, hook.id);
    expect(await all(client.webhooks.list(id))).toEqual([]);
    await client.workspaces.delete(id);
    await expect(client.workspaces.get(id)).rejects.toMatchObject({ code: 'server/no-such-workspace' });
  });

  it('sync: events tell what begins, moves on and is through; a change at the server is told too', async () => {
    const client = await newClient();
    const workspace = await (await server).newWorkspace();
    const folder = await mkdtemp(join(tmpdir(), 'cloudsync-client-'));
    closing.push(() => rm(folder, { recursive: true, force: true }));
    await mkdir(join(folder, 'sub'));
    await writeFile(join(folder, 'sub/file.txt'), 'content');
    const seen: (keyof CloudSyncEvents)[] = [];
    const begun: (readonly string[])[] = [];
    client.on('sync:start', ({ files }) => {
      seen.push('sync:start');
      begun.push(files);
    });
    client.on('sync:progress', ({ filesDone, filesTotal }) => {
      if (filesDone === filesTotal) seen.push('sync:progress');
    });
    const through: (readonly [number, boolean])[] = [];
    client.on('sync:complete', ({ uploaded, duration }) => {
      seen.push('sync:complete');
      through.push([uploaded, Number.isFinite(duration)]);
    });
    const sync = await client.sync(folder, workspace);
    await sync.done();
    expect(begun).toEqual([['sub/file.txt']]);
    expect(through).toEqual([[1, true]]);
    expect(seen.at(0)).toBe('sync:start');
    expect(seen.at(-1)).toBe('sync:complete');
    expect(seen).toContain('sync:progress');
    expect(await client.files.readText(workspace, 'sub/file.txt')).toBe('content');

    const changes: ChangeEvent[] = [];
    const arrived = Promise.withResolvers<void>();
    client.on('change', (change) => {
      changes.push(change);
      arrived.resolve();
    });
    const live = await client.sync(folder, workspace, { mode: 'realtime' });
    const completed = Promise.withResolvers<void>();
    client.on('sync:complete', () => completed.resolve());
    await (await newClient()).files.write(workspace, 'sub/file.txt', 'from elsewhere');
    await arrived.promise;
    expect(changes[0]).toMatchObject({ path: 'sub/file.txt', action: 'modified', kind: 'file' });
    while ((await readFile(join(folder, 'sub/file.txt'), 'utf8')) !== 'from elsewhere') await completed.promise;
    await live.stop();
  });

  it('follow: every change of a workspace, without a folder', async () => {
    const client = await newClient();
    const workspace = await (await server).newWorkspace();
    const following = await client.follow(workspace);
    const deleted = Promise.withResolvers<ChangeEvent>();
    const actions: string[] = [];
    client.on('change', (change) => {
      actions.push(`${change.action} ${change.path}`);
      if (change.action === 'deleted') deleted.resolve(change);
    });
    await client.files.write(workspace, 'a.txt', 'x');
    await client.files.move(workspace, 'a.txt', 'b.txt');
    await client.files.delete(workspace, 'b.txt');
    await deleted.promise;
    expect(actions).toEqual(['created a.txt', 'moved b.txt', 'deleted b.txt']);
    await following.close();
  });

  it('says what is wrong', async () => {
    const { endpoint } = await server;
    await expect(new CloudSync({ apiKey: 'cs_wrong', endpoint }).me()).rejects.toMatchObject({ code: 'server/unauthenticated' });
    await expect(new CloudSync({ apiKey: 'cs_wrong', endpoint }).sync('.', 'x')).rejects.toMatchObject({ code: 'server/unauthenticated' });
    await expect((await newClient()).sync(tmpdir(), 'no such workspace')).rejects.toMatchObject({ code: 'server/no-such-workspace' });
    await expect(new CloudSync({ apiKey: 'cs_x', endpoint: 'http://127.0.0.1:1' }).me()).rejects.toMatchObject({
      code: 'storage/unreachable',
      retryable: true,
    });
    expect(() => new CloudSync({ apiKey: 'cs_x', endpoint: 'ftp://example.org' })).toThrow('no address of a server');
  });
});
