import type { FileResource } from '@cloudsync/protocol/rest/files';
import type { Member, WorkspaceResource } from '@cloudsync/protocol/rest/workspaces';
import { expect, test } from 'vitest';
import { runWorkspace } from '../running-server.test.support.ts';

test('a workspace is there for its members, by id and by name', async () => {
  const { owner, viewer, user, workspace } = await runWorkspace();
  const { client: outsider } = await user('outsider');
  expect((await viewer.client.get<WorkspaceResource[]>('/v1/workspaces')).data).toMatchObject([
    { id: workspace.id, name: 'Project', role: 'viewer' },
  ]);
  expect((await outsider.get<WorkspaceResource[]>('/v1/workspaces')).data).toEqual([]);
  expect((await viewer.client.get<WorkspaceResource>('/v1/workspaces/Project')).data.id).toBe(workspace.id);
  expect((await outsider.get('/v1/workspaces/Project')).error.code).toBe('server/no-such-workspace');
  expect((await owner.post('/v1/workspaces', { name: 'Project' })).error.code).toBe('server/exists');
});

test('a member is added by his address, once', async () => {
  const { owner, base } = await runWorkspace();
  await owner.post('/v1/users', { name: 'ann', email: 'ann@example.com' });
  const added = await owner.post<Member>(`${base}/members`, { email: 'Ann@example.com', role: 'editor' });
  expect(added.data).toMatchObject({ name: 'ann', email: 'ann@example.com', role: 'editor' });
  expect((await owner.post(`${base}/members`, { email: 'ann@example.com', role: 'viewer' })).error.code).toBe('server/exists');
  expect((await owner.post(`${base}/members`, { email: 'nobody@example.com', role: 'viewer' })).status).toBe(404);
  expect((await owner.post(`${base}/members`, { role: 'viewer' })).status).toBe(400);
});

test('nobody deals with those above him, and an owner is left', async () => {
  const { owner, admin, base, user } = await runWorkspace();
  const { data: me } = await owner.get<{ id: string }>('/v1/users/me');
  expect((await admin.client.patch(`${base}/members/${me.id}`, { role: 'viewer' })).error.code).toBe('server/forbidden');
  expect((await admin.client.delete(`${base}/members/${me.id}`)).error.code).toBe('server/forbidden');
  expect((await admin.client.patch(`${base}/members/${admin.id}`, { role: 'owner' })).error.code).toBe('server/forbidden');
  expect((await owner.delete(`${base}/members/${me.id}`)).error).toMatchObject({
    code: 'server/forbidden',
    message: expect.stringContaining('only owner'),
  });
  const second = await user('second owner');
  await owner.post(`${base}/members`, { userId: second.id, role: 'owner' });
  const leaving = await Promise.all([owner.delete(`${base}/members/${me.id}`), second.client.delete(`${base}/members/${second.id}`)]);
  expect(leaving.map(({ status }) => status).sort()).toEqual([204, 403]);
});

test('a member may leave by himself, and sees nothing from then on', async () => {
  const { viewer, base } = await runWorkspace();
  expect((await viewer.client.delete(`${base}/members/${viewer.id}`)).status).toBe(204);
  expect((await viewer.client.get(base)).error.code).toBe('server/no-such-workspace');
});

test('a role that is lost is lost at once', async () => {
  const { owner, editor, base } = await runWorkspace();
  expect((await editor.client.put(`${base}/files?path=a`, 'x')).status).toBe(200);
  await owner.patch(`${base}/members/${editor.id}`, { role: 'viewer' });
  expect((await editor.client.put(`${base}/files?path=b`, 'x')).error.code).toBe('server/forbidden');
});

test('what a path rule hides is in no list and under no id', async () => {
  const { owner, editor, base } = await runWorkspace();
  const { data: secret } = await owner.put<FileResource>(`${base}/files?path=secret/plan.txt`, 'plan');
  await owner.put(`${base}/files?path=open.txt`, 'x');
  await owner.put(`${base}/permissions`, { path: 'secret', user: '*', level: 'none' });
  const { client } = editor;
  const refused = [
    await client.get(`${base}/files/${secret.id}`),
    await client.get(`${base}/files/${secret.id}/content`),
    await client.get(`${base}/files/${secret.id}/versions`),
    await client.get(`${base}/files/${secret.id}/versions/${secret.version}/content`),
    await client.delete(`${base}/files/${secret.id}`),
    await client.patch(`${base}/files/${secret.id}`, { path: 'mine.txt' }),
    await client.post(`${base}/shares`, { fileId: secret.id }),
  ];
  expect(refused.map(({ status }) => status)).toEqual(Array(refused.length).fill(404));
  expect((await client.get(`${base}/files?path=secret`)).error.code).toBe('server/forbidden');
  expect((await client.get(`${base}/files/lookup?path=secret/plan.txt`)).error.code).toBe('server/forbidden');
  expect((await client.get<FileResource[]>(`${base}/files`)).data.map(({ path }) => path)).toEqual(['open.txt']);
  expect((await client.get(`${base}/activity`)).text).not.toContain('secret');
  await owner.delete(`${base}/files/${secret.id}`);
  expect((await client.get(`${base}/trash`)).text).not.toContain('plan');
  expect((await client.post(`${base}/trash/${secret.id}/restore`)).status).toBe(404);
});

test('a member for whom one folder is open sees the way to it and nothing beside', async () => {
  const { owner, viewer, base } = await runWorkspace();
  for (const path of ['a/b/mine/1', 'a/b/theirs/2', 'c/3']) await owner.put(`${base}/files?path=${path}`, path);
  await owner.put(`${base}/permissions`, { path: '', user: '*', level: 'none' });
  await owner.put(`${base}/permissions`, { path: 'a/b/mine', user: viewer.id, level: 'write' });
  const names = async (path: string): Promise<string[]> =>
    (await viewer.client.get<FileResource[]>(`${base}/files?path=${path}`)).data.map(({ name }) => name);
  expect([await names(''), await names('a'), await names('a/b'), await names('a/b/mine')]).toEqual([['a'], ['b'], ['mine'], ['1']]);
  expect((await viewer.client.put(`${base}/files?path=a/b/mine/new`, 'x')).status).toBe(200);
  expect((await viewer.client.put(`${base}/files?path=a/b/new`, 'x')).status).toBe(403);
});

test('rules go with a folder that is moved: what was hidden stays hidden', async () => {
  const { owner, editor, base } = await runWorkspace();
  const { data: file } = await owner.put<FileResource>(`${base}/files?path=top/secret/plan.txt`, 'plan');
  await owner.put(`${base}/permissions`, { path: 'top/secret', user: '*', level: 'none' });
  const { data: folder } = await owner.get<FileResource>(`${base}/files/lookup?path=top`);
  expect((await editor.client.patch(`${base}/files/${folder.id}`, { path: 'elsewhere' })).error.code).toBe('server/forbidden');
  await owner.patch(`${base}/files/${folder.id}`, { path: 'elsewhere' });
  expect((await owner.get<object[]>(`${base}/permissions`)).data).toEqual([{ path: 'elsewhere/secret', user: '*', level: 'none' }]);
  expect((await editor.client.get(`${base}/files/${file.id}/content`)).status).toBe(404);
  expect((await owner.get(`${base}/files/${file.id}/content`)).text).toBe('plan');
});

test('settings: what is given changes, the rest stays', async () => {
  const { owner, base } = await runWorkspace();
  const before = (await owner.get<object>(`${base}/settings`)).data;
  const after = (await owner.patch<object>(`${base}/settings`, { maxVersions: 3, quotaBytes: null })).data;
  expect(after).toEqual({ ...before, maxVersions: 3, quotaBytes: null });
  expect((await owner.get<object>(`${base}/settings`)).data).toEqual(after);
  for (const wrong of [{ maxVersions: 0 }, { quotaBytes: -1 }, { retentionDays: 1.5 }, { versionHistory: 'yes' }, {}])
    expect((await owner.patch(`${base}/settings`, wrong)).status).toBe(400);
});

test('a workspace that is deleted is gone with its files, members and links', async () => {
  const { owner, viewer, base } = await runWorkspace();
  const { data: file } = await owner.put<FileResource>(`${base}/files?path=a`, 'x');
  const { data: share } = await owner.post<{ url: string }>(`${base}/shares`, { fileId: file.id });
  expect((await owner.delete(base)).status).toBe(204);
  expect((await owner.get(base)).status).toBe(404);
  expect((await viewer.client.get<object[]>('/v1/workspaces')).data).toEqual([]);
  expect((await fetch(share.url)).status).toBe(404);
});
