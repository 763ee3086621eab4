import type { ApiKey, CreatedApiKey, CreatedUser, Me, User } from '@cloudsync/protocol/rest/users';
import { SCOPES } from '@cloudsync/protocol/rest/users';
import { expect, test } from 'vitest';
import { Access } from '../access/access.ts';
import { ServerDatabase } from '../database/server-database.ts';
import { freshFolder, runServer, runWorkspace } from '../running-server.test.support.ts';
import { Workspaces } from '../workspace/workspaces.ts';

test('the first start makes an owner and tells his key, later ones do not; another key can be asked for', async () => {
  const data = freshFolder();
  const first = await runServer({ data });
  expect(first.server.ownerKey).toMatch(/^cs_[A-Za-z0-9_-]{43}$/);
  const me = (await first.owner.get<Me>('/v1/users/me')).data;
  expect(me).toMatchObject({ name: 'owner', serverRole: 'admin', key: { name: 'owner', scopes: SCOPES, expiresAt: null } });
  await first.server.close();
  const second = await runServer({ data });
  expect(second.server.ownerKey).toBeUndefined();
  expect((await second.as(first.owner.key).get<Me>('/v1/users/me')).data).toEqual(me);
  await second.server.close();
  const third = await runServer({ data, newOwnerKey: true });
  expect((await third.owner.get<Me>('/v1/users/me')).data.id).toBe(me.id);
  expect(third.owner.key).not.toBe(first.owner.key);
});

test('a workspace that nobody owns belongs to the first admin', async () => {
  const data = freshFolder();
  const workspaces = await Workspaces.open({ data });
  await workspaces.create({ name: 'Left over' });
  await workspaces.close();
  const { owner } = await runServer({ data });
  expect((await owner.get<{ name: string; role: string }[]>('/v1/workspaces')).data).toMatchObject([{ name: 'Left over', role: 'owner' }]);
});

test('a key is shown when it is made and never again', async () => {
  const { owner } = await runServer();
  const made = await owner.post<CreatedApiKey>('/v1/api-keys', { name: 'ci', scopes: ['files:read'] });
  const list = await owner.get<ApiKey[]>('/v1/api-keys');
  expect(list.data.find(({ id }) => id === made.data.id)).toMatchObject({
    name: 'ci',
    scopes: ['files:read'],
    prefix: made.data.key.slice(0, 11),
  });
  expect(list.text).not.toContain(made.data.key.slice(12));
});

test('a key that is revoked opens nothing from that moment on', async () => {
  const { owner, as } = await runServer();
  const { data: made } = await owner.post<CreatedApiKey>('/v1/api-keys', { name: 'k' });
  const client = as(made.key);
  expect((await client.get('/v1/users/me')).status).toBe(200);
  const revoked = await owner.delete<ApiKey>(`/v1/api-keys/${made.id}`);
  expect(revoked.data.revokedAt).not.toBeNull();
  expect((await client.get('/v1/users/me')).error.code).toBe('server/key-revoked');
});

test('a key cannot give more than it has, nor for longer', async () => {
  const { owner, as } = await runServer();
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const { data: small } = await owner.post<CreatedApiKey>('/v1/api-keys', {
    name: 'small',
    scopes: ['users:write', 'users:read'],
    expiresAt,
  });
  const client = as(small.key);
  expect((await client.post('/v1/api-keys', { name: 'big', scopes: ['files:read'] })).error.code).toBe('server/scope-missing');
  const { data: same } = await client.post<CreatedApiKey>('/v1/api-keys', { name: 'same' });
  expect([same.scopes, same.expiresAt]).toEqual([['users:read', 'users:write'], expiresAt]);
  const { data: user } = await client.post<CreatedUser>('/v1/users', { name: 'new' });
  expect(user.apiKey.scopes).toEqual(['users:read', 'users:write']);
  expect((await owner.post('/v1/api-keys', { name: 'past', expiresAt: '2001-01-01T00:00:00Z' })).status).toBe(400);
});

test('a user who is disabled is out at once; the last admin cannot be', async () => {
  const { owner, user } = await runServer();
  const { id, client } = await user('ann');
  expect((await client.get('/v1/users/me')).status).toBe(200);
  expect((await owner.delete<User>(`/v1/users/${id}`)).data.disabledAt).not.toBeNull();
  expect((await client.get('/v1/users/me')).error.code).toBe('server/unauthenticated');
  await owner.patch(`/v1/users/${id}`, { disabled: false });
  expect((await client.get('/v1/users/me')).status).toBe(200);
  const { data: me } = await owner.get<Me>('/v1/users/me');
  expect((await owner.delete(`/v1/users/${me.id}`)).error.code).toBe('server/forbidden');
  expect((await owner.patch(`/v1/users/${me.id}`, { serverRole: 'member' })).error.code).toBe('server/forbidden');
});

test('an address of mail belongs to one user, whatever its case', async () => {
  const { owner, user } = await runServer();
  await owner.post('/v1/users', { name: 'a', email: 'Ann@Example.com' });
  expect((await owner.post('/v1/users', { name: 'b', email: 'ann@example.COM' })).error.code).toBe('server/exists');
  const { client } = await user('c');
  expect((await client.patch('/v1/users/me', { email: 'ANN@example.com' })).error.code).toBe('server/exists');
  expect((await client.patch<Me>('/v1/users/me', { email: 'c@example.com', name: 'C' })).data).toMatchObject({
    email: 'c@example.com',
    name: 'C',
  });
});

test('who guesses keys has to wait, but not who has one', async () => {
  const { owner, stranger, as } = await runServer();
  expect((await owner.get('/v1/users/me')).status).toBe(200);
  const codes: string[] = [];
  for (let guess = 0; guess < 15; guess++) {
    const key = `cs_${String(guess).padStart(43, 'x')}`;
    codes.push((await as(key).get('/v1/users/me')).error.code);
  }
  expect(codes.slice(0, 11)).toEqual(Array(11).fill('server/unauthenticated'));
  expect(codes.at(-1)).toBe('server/too-many-attempts');
  expect((await owner.get('/v1/users/me')).status).toBe(200);
  // A key that nobody used before, and one that was revoked, which is no guess.
  const made = (await owner.post<CreatedApiKey>('/v1/api-keys', { name: 'new' })).data;
  expect((await as(made.key).get('/v1/users/me')).status).toBe(200);
  await owner.delete(`/v1/api-keys/${made.id}`);
  for (let again = 0; again < 15; again++) expect((await as(made.key).get('/v1/users/me')).error.code).toBe('server/key-revoked');
  expect((await stranger.get('/healthz')).status).toBe(200);
});

test('a key that expires opens nothing from that moment on, also when it has just been used', async () => {
  const database = await ServerDatabase.open(':memory:');
  let nowMs = 1_800_000_000_000;
  const access = new Access({ database: database.kysely, now: () => nowMs });
  const owner = await access.firstOwner();
  const admin = await access.authenticate(owner?.key ?? '', '192.0.2.1');
  const { key } = await access.keys.create({ userId: admin.userId, name: 'short', expiresMs: nowMs + 1000 });
  expect((await access.authenticate(key, '192.0.2.1')).keyName).toBe('short');
  nowMs += 1000;
  for (const address of ['192.0.2.1', '192.0.2.2'])
    await expect(access.authenticate(key, address)).rejects.toMatchObject({ code: 'server/key-expired' });
  await database.close();
});

test('devices are noted when they connect, and can be renamed and forgotten', async () => {
  const database = await ServerDatabase.open(':memory:');
  const access = new Access({ database: database.kysely, now: () => 1_800_000_000_000 });
  const { userId } = await access.authenticate((await access.firstOwner())?.key ?? '', '192.0.2.1');
  for (const id of ['a', 'b', 'a']) await access.devices.seen(userId, { id, name: `device ${id}` });
  expect((await access.devices.rename(userId, 'a', 'laptop')).name).toBe('laptop');
  await access.devices.seen(userId, { id: 'a', name: 'device a' });
  expect((await access.devices.list(userId, { limit: 10 })).data.map(({ name }) => name)).toEqual(['laptop', 'device b']);
  await access.devices.remove(userId, 'a');
  await expect(access.devices.remove(userId, 'a')).rejects.toMatchObject({ code: 'server/not-found' });
  await database.close();
});

test('what was done to accounts and members is in the audit', async () => {
  const { owner, base, viewer, workspace } = await runWorkspace();
  await owner.patch(`${base}/members/${viewer.id}`, { role: 'editor' });
  const { data } = await owner.get<{ action: string; target: string; workspaceId: string; details: object }[]>(`${base}/audit`);
  expect(data[0]).toMatchObject({
    action: 'member.changed',
    target: viewer.id,
    workspaceId: workspace.id,
    details: { role: 'editor' },
    address: '127.0.0.1',
  });
  expect(data.map(({ action }) => action)).toEqual(['member.changed', 'member.added', 'member.added', 'member.added', 'workspace.created']);
  expect((await owner.get('/v1/audit')).text).not.toMatch(/cs_[A-Za-z0-9_-]{20}/);
});
