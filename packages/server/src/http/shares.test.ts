import type { FileResource } from '@cloudsync/protocol/rest/files';
import type { CreatedShare, Share, SharedItem } from '@cloudsync/protocol/rest/shares';
import { expect, test } from 'vitest';
import { runWorkspace } from '../running-server.test.support.ts';

async function shared(share: object = {}, path = 'docs/a.txt') {
  const running = await runWorkspace();
  const { owner, base, editor } = running;
  await owner.put(`${base}/files?path=docs/a.txt`, 'hello');
  await owner.put(`${base}/files?path=docs/in/b.txt`, 'deep');
  await owner.put(`${base}/files?path=beside.txt`, 'not shared');
  const { data: file } = await owner.get<FileResource>(`${base}/files/lookup?path=${path}`);
  const made = await editor.client.post<CreatedShare>(`${base}/shares`, { fileId: file.id, ...share });
  const link = new URL(made.data.url).pathname;
  return { ...running, file, made: made.data, link };
}

test('a link opens its file for whoever has it, and says nothing of where it lies', async () => {
  const { stranger, link, made, owner, base } = await shared();
  expect(link).toMatch(/^\/s\/[A-Za-z0-9_-]{32}$/);
  const read = await stranger.get(link);
  expect([read.status, read.text, read.headers.get('content-disposition')]).toEqual([200, 'hello', expect.stringContaining('a.txt')]);
  const info = await stranger.get<SharedItem>(`${link}/info`);
  expect(info.data).toMatchObject({ path: '', name: 'a.txt', kind: 'file', size: 5, mode: 'view' });
  expect(info.text).not.toContain('docs');
  expect((await stranger.put(link, 'other')).error.code).toBe('server/forbidden');
  expect((await stranger.get(`${link.slice(0, -1)}_`)).status).toBe(404);
  const { data, text } = await owner.get<Share[]>(`${base}/shares`);
  expect(data).toMatchObject([{ id: made.id, path: 'docs/a.txt', downloads: 1, hasPassword: false }]);
  expect(text).not.toContain(link.slice(3));
});

test('a link to a folder opens what is in it, and nothing beside', async () => {
  const { stranger, link } = await shared({}, 'docs');
  const list = await stranger.get<SharedItem[]>(`${link}/list`);
  expect(list.data.map(({ path, kind }) => [path, kind])).toEqual([
    ['a.txt', 'file'],
    ['in', 'folder'],
  ]);
  expect((await stranger.get<SharedItem[]>(`${link}/list?path=in`)).data.map(({ path }) => path)).toEqual(['in/b.txt']);
  expect((await stranger.get(`${link}?path=in/b.txt`)).text).toBe('deep');
  for (const path of ['../beside.txt', 'beside.txt', '/beside.txt', 'in/../../beside.txt', '%2e%2e/beside.txt'])
    expect([400, 404]).toContain((await stranger.get(`${link}?path=${path}`)).status);
  expect((await stranger.get(link)).status).toBe(400);
});

test('a password, in a header or as browsers ask for it', async () => {
  const { stranger, link } = await shared({ password: 'pässwörd' });
  const asked = await stranger.get(link);
  expect([asked.status, asked.error.code, asked.headers.get('www-authenticate')]).toEqual([
    401,
    'server/password-required',
    expect.stringMatching(/^Basic /),
  ]);
  expect((await stranger.get(`${link}/info`)).status).toBe(401);
  const basic = (password: string): Record<string, string> => ({
    authorization: `Basic ${Buffer.from(`anyone:${password}`).toString('base64')}`,
  });
  expect((await stranger.get(link, basic('wrong'))).status).toBe(401);
  expect((await stranger.get(link, basic('pässwörd'))).text).toBe('hello');
});

test('who guesses passwords has to wait', async () => {
  const { stranger, link } = await shared({ password: 'right' });
  const codes: string[] = [];
  for (let guess = 0; guess < 12; guess++) codes.push((await stranger.get(link, { 'x-share-password': `guess ${guess}` })).error.code);
  expect(codes.slice(0, 11)).toEqual(Array(11).fill('server/password-required'));
  expect(codes[11]).toBe('server/too-many-attempts');
});

test('so many downloads and no more, however many ask at once', async () => {
  const { stranger, link, owner, base, made } = await shared({ maxDownloads: 3 });
  expect((await stranger.send('HEAD', link)).status).toBe(200);
  const statuses = (await Promise.all(Array.from({ length: 8 }, () => stranger.get(link)))).map(({ status }) => status);
  expect(statuses.sort()).toEqual([200, 200, 200, 410, 410, 410, 410, 410]);
  expect((await stranger.get(link, { range: 'bytes=1-' })).error.code).toBe('server/gone');
  await owner.patch(`${base}/shares/${made.id}`, { maxDownloads: null });
  expect((await stranger.get(link)).status).toBe(200);
});

test('a link that lets write', async () => {
  const { stranger, link, owner, base, file } = await shared({ mode: 'edit' }, 'docs');
  const written = await stranger.put<FileResource>(`${link}?path=new/c.txt`, 'written', { 'if-none-match': '*' });
  expect([written.status, written.data.path]).toEqual([200, 'new/c.txt']);
  expect((await owner.get<FileResource>(`${base}/files/lookup?path=docs/new/c.txt`)).data.size).toBe(7);
  expect((await stranger.put(`${link}?path=../out.txt`, 'x')).status).toBe(400);
  await owner.patch(`${base}/files/${file.id}`, { path: 'moved' });
  expect((await stranger.get(`${link}?path=new/c.txt`)).text).toBe('written');
});

test('a link ends when it is taken back, has expired, or its file is gone', async () => {
  const { stranger, link, editor, owner, base, made, file } = await shared({ expiresAt: new Date(Date.now() + 3_600_000).toISOString() });
  expect((await stranger.get(link)).status).toBe(200);
  await owner.delete(`${base}/files/${file.id}`);
  expect((await stranger.get(link)).error.code).toBe('server/gone');
  await owner.post(`${base}/trash/${file.id}/restore`);
  expect((await stranger.get(link)).status).toBe(200);
  await editor.client.delete(`${base}/shares/${made.id}`);
  expect((await stranger.get(link)).error.code).toBe('server/not-found');
  expect((await editor.client.post(`${base}/shares`, { fileId: file.id, expiresAt: '2001-01-01T00:00:00Z' })).status).toBe(400);
});

test('a link gives no more than who made it may', async () => {
  const { stranger, link, editor, owner, base } = await shared({}, 'docs');
  await owner.put(`${base}/permissions`, { path: 'docs/in', user: '*', level: 'none' });
  expect((await stranger.get(`${link}?path=a.txt`)).error.code).toBe('server/gone');
  await owner.delete(`${base}/permissions?path=docs/in&user=*`);
  expect((await stranger.get(`${link}?path=a.txt`)).status).toBe(200);
  await owner.patch(`${base}/members/${editor.id}`, { role: 'viewer' });
  expect((await stranger.get(`${link}?path=a.txt`)).error.code).toBe('server/gone');
});

test('a member takes back his own links, an admin any', async () => {
  const { owner, user, base, admin, made } = await shared();
  const other = await user('other editor');
  await owner.post(`${base}/members`, { userId: other.id, role: 'editor' });
  expect((await other.client.delete(`${base}/shares/${made.id}`)).error.code).toBe('server/forbidden');
  expect((await admin.client.delete(`${base}/shares/${made.id}`)).status).toBe(204);
});
