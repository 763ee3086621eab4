import { createHash, randomBytes } from 'node:crypto';
import type { Activity, FileResource, FileVersion, TrashedFile } from '@cloudsync/protocol/rest/files';
import { expect, test } from 'vitest';
import { type Answer, runWorkspace, type TestClient } from '../running-server.test.support.ts';

const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function readAll<Item>(client: TestClient, path: string, limit: number): Promise<Item[]> {
  const all: Item[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Answer<Item[]> = await client.get(
      `${path}${path.includes('?') ? '&' : '?'}limit=${limit}${cursor === '' ? '' : `&cursor=${cursor}`}`,
    );
    expect(page.status).toBe(200);
    expect(page.data.length).toBeLessThanOrEqual(limit);
    all.push(...page.data);
    cursor = page.pagination.cursor;
  }
  return all;
}

test('a file that is put is listed, found, and read back byte for byte', async () => {
  const { owner, base } = await runWorkspace();
  const bytes = randomBytes(3_000_000);
  const put = await owner.put<FileResource>(`${base}/files?path=docs/big.bin&mtimeMs=1234.5&mode=420`, bytes);
  expect(put.data).toMatchObject({
    path: 'docs/big.bin',
    name: 'big.bin',
    kind: 'file',
    size: 3_000_000,
    mtimeMs: 1234.5,
    mode: 420,
    hash: sha256(bytes),
  });
  expect(put.headers.get('etag')).toBe(`"${put.data.version}"`);
  expect((await owner.get<FileResource>(`${base}/files/lookup?path=docs/big.bin`)).data).toEqual(put.data);
  expect((await owner.get<FileResource[]>(`${base}/files?path=docs`)).data).toEqual([put.data]);
  const read = await fetch(`${owner.url}${base}/files/${put.data.id}/content`, { headers: { authorization: `Bearer ${owner.key}` } });
  expect(sha256(new Uint8Array(await read.arrayBuffer()))).toBe(put.data.hash);
});

test('what is empty, and what has an odd name, is a file like others', async () => {
  const { owner, base } = await runWorkspace();
  for (const name of ['empty', 'ä ö 你好.txt', 'quote".txt', 'per%20cent', "tick'(1)*.txt", '.hidden']) {
    const { data, status } = await owner.put<FileResource>(`${base}/files?path=${encodeURIComponent(name)}`, name === 'empty' ? '' : name);
    expect({ name, status, path: data.path }).toEqual({ name, status: 200, path: name });
    const read = await owner.get(`${base}/files/${data.id}/content`);
    expect(read.text).toBe(name === 'empty' ? '' : name);
    expect(read.headers.get('content-disposition')).toContain(`filename*=UTF-8''`);
  }
});

test('what somebody uploaded never runs in a browser', async () => {
  const { owner, base } = await runWorkspace();
  const { data } = await owner.put<FileResource>(`${base}/files?path=page.html`, '<script>alert(1)</script>', {
    'content-type': 'text/html',
  });
  const { headers } = await owner.get(`${base}/files/${data.id}/content`);
  expect(headers.get('content-type')).toBe('application/octet-stream');
  expect(headers.get('content-disposition')).toMatch(/^attachment; filename="page.html"/);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('content-security-policy')).toContain('sandbox');
});

test('parts of a content', async () => {
  const { owner, base } = await runWorkspace();
  const { data } = await owner.put<FileResource>(`${base}/files?path=a`, '0123456789');
  const url = `${base}/files/${data.id}/content`;
  const part = await owner.get(url, { range: 'bytes=2-4' });
  expect([part.status, part.text, part.headers.get('content-range'), part.headers.get('content-length')]).toEqual([
    206,
    '234',
    'bytes 2-4/10',
    '3',
  ]);
  expect((await owner.get(url, { range: 'bytes=-2' })).text).toBe('89');
  expect((await owner.get(url, { range: 'bytes=2-4', 'if-range': `"${data.version}"` })).status).toBe(206);
  expect((await owner.get(url, { range: 'bytes=2-4', 'if-range': '"999"' })).text).toBe('0123456789');
  const behind = await owner.get(url, { range: 'bytes=10-' });
  expect([behind.status, behind.error.code, behind.headers.get('content-range')]).toEqual([
    416,
    'server/range-not-satisfiable',
    'bytes */10',
  ]);
  const head = await owner.send('HEAD', url);
  expect([head.status, head.headers.get('content-length'), head.headers.get('accept-ranges')]).toEqual([200, '10', 'bytes']);
  expect((await owner.get(url, { 'if-none-match': `"${data.version}"` })).status).toBe(304);
  expect((await owner.get(url, { 'if-match': '"999"' })).error.code).toBe('server/precondition-failed');
});

test('a write that names a version replaces that one only', async () => {
  const { owner, base } = await runWorkspace();
  const path = `${base}/files?path=a`;
  const first = await owner.put<FileResource>(path, 'one', { 'if-none-match': '*' });
  expect(first.status).toBe(200);
  expect((await owner.put(path, 'two', { 'if-none-match': '*' })).status).toBe(412);
  expect((await owner.put(path, 'two', { 'if-match': '"999"' })).error.code).toBe('server/precondition-failed');
  const second = await owner.put<FileResource>(path, 'two', { 'if-match': `"${first.data.version}"` });
  expect(second.status).toBe(200);
  const content = `${base}/files/${first.data.id}/content`;
  expect((await owner.put(content, 'three', { 'if-match': `"${first.data.version}"` })).status).toBe(412);
  expect((await owner.put(content, 'three')).status).toBe(200);
  expect((await owner.get(content)).text).toBe('three');
  expect((await owner.patch(`${base}/files/${first.data.id}`, { path: 'b' }, { 'if-match': `"${first.data.version}"` })).status).toBe(412);
  expect((await owner.delete(`${base}/files/${first.data.id}`, { 'if-match': `"${first.data.version}"` })).status).toBe(412);
});

test('of many who write at once with one version, one does', async () => {
  const { owner, base } = await runWorkspace();
  const { data } = await owner.put<FileResource>(`${base}/files?path=a`, 'zero');
  const writes = Array.from({ length: 8 }, (_, i) => owner.put(`${base}/files?path=a`, `write ${i}`, { 'if-match': `"${data.version}"` }));
  const statuses = (await Promise.all(writes)).map(({ status }) => status);
  expect(statuses.sort()).toEqual([200, 412, 412, 412, 412, 412, 412, 412]);
});

test('a cut-off upload leaves nothing to be seen', async () => {
  const { owner, base } = await runWorkspace();
  const cutOff = new ReadableStream({
    start(controller) {
      controller.enqueue(new Uint8Array(100_000));
    },
    pull(controller) {
      controller.error(new Error('the line broke'));
    },
  });
  const upload = fetch(`${owner.url}${base}/files?path=broken`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${owner.key}` },
    body: cutOff,
    duplex: 'half',
  } as RequestInit);
  await expect(upload).rejects.toThrow();
  expect((await owner.get(`${base}/files/lookup?path=broken`)).status).toBe(404);
});

test('folders and symlinks are made, with what is missing above them', async () => {
  const { owner, base } = await runWorkspace();
  const folder = await owner.post<FileResource>(`${base}/files`, { kind: 'folder', path: 'a/b/c', mode: 0o755 });
  expect(folder.data).toMatchObject({ path: 'a/b/c', kind: 'folder', mode: 0o755 });
  const link = await owner.post<FileResource>(`${base}/files`, { kind: 'symlink', path: 'a/link', target: '../x' });
  expect(link.data).toMatchObject({ kind: 'symlink', target: '../x' });
  expect((await owner.post(`${base}/files`, { kind: 'folder', path: 'a/b' })).error.code).toBe('storage/exists');
  expect((await owner.put(`${base}/files?path=a/b`, 'x')).error.code).toBe('storage/exists');
  expect((await owner.get(`${base}/files/${link.data.id}/content`)).status).toBe(400);
});

test.each(['../up', '/absolute', 'a/../../b', 'a//b', '.', 'a/.', 'a\0b', 'x'.repeat(5000), `${'y'.repeat(300)}/z`, 'd/'.repeat(300)])(
  'the path %j is refused',
  async (path) => {
    const { owner, base } = await runWorkspace();
    const answers = [
      await owner.put(`${base}/files?path=${encodeURIComponent(path)}`, 'x'),
      await owner.post(`${base}/files`, { kind: 'folder', path }),
      await owner.post(`${base}/uploads`, { path }),
    ];
    // A name that is too long is known to be so when it is made; an upload makes nothing yet.
    const made = path.startsWith('y') ? answers.slice(0, 2) : answers;
    for (const { status } of made) expect(status).toBe(400);
  },
);

test('renaming and moving, a whole folder as well', async () => {
  const { owner, base } = await runWorkspace();
  const { data: file } = await owner.put<FileResource>(`${base}/files?path=a/b/c.txt`, 'x');
  const { data: folder } = await owner.get<FileResource>(`${base}/files/lookup?path=a`);
  const moved = await owner.patch<FileResource>(`${base}/files/${folder.id}`, { path: 'elsewhere/a2', mtimeMs: 7 });
  expect(moved.data).toMatchObject({ id: folder.id, path: 'elsewhere/a2', mtimeMs: 7 });
  expect((await owner.get<FileResource>(`${base}/files/${file.id}`)).data.path).toBe('elsewhere/a2/b/c.txt');
  await owner.put(`${base}/files?path=taken`, 'x');
  expect((await owner.patch(`${base}/files/${file.id}`, { path: 'taken' })).error.code).toBe('storage/exists');
  expect((await owner.patch(`${base}/files/${folder.id}`, { path: 'elsewhere/a2/b/in-itself' })).status).toBe(400);
  expect((await owner.patch(`${base}/files/${file.id}`, {})).status).toBe(400);
});

test('a folder is deleted when it is empty, or with everything in it', async () => {
  const { owner, base } = await runWorkspace();
  for (const path of ['a/1', 'a/b/2', 'a/b/c/3']) await owner.put(`${base}/files?path=${path}`, path);
  const { data: folder } = await owner.get<FileResource>(`${base}/files/lookup?path=a`);
  expect((await owner.delete(`${base}/files/${folder.id}`)).error.code).toBe('storage/not-empty');
  expect((await owner.delete(`${base}/files/${folder.id}?recursive=true`)).status).toBe(204);
  expect((await owner.get<FileResource[]>(`${base}/files`)).data).toEqual([]);
  const trash = await readAll<TrashedFile>(owner, `${base}/trash`, 2);
  expect(trash.map(({ path }) => path).sort()).toEqual(['a', 'a/1', 'a/b', 'a/b/2', 'a/b/c', 'a/b/c/3']);
  expect(trash[0]?.deletedBy).toMatch(/^usr_/);
});

test('lists come in pages that hold everything once', async () => {
  const { owner, base } = await runWorkspace();
  const names = Array.from({ length: 25 }, (_, i) => `file ${String(i).padStart(2, '0')}`);
  await Promise.all(names.map((name) => owner.put(`${base}/files?path=${encodeURIComponent(name)}`, name)));
  for (const limit of [1, 7, 25, 1000])
    expect((await readAll<FileResource>(owner, `${base}/files`, limit)).map(({ name }) => name)).toEqual(names);
  const activity = await readAll<Activity>(owner, `${base}/activity`, 4);
  expect(activity.map(({ path }) => path).sort()).toEqual(names);
  expect(activity.map(({ version }) => version)).toEqual(activity.map(({ version }) => version).sort((a, b) => b - a));
  expect(activity[0]).toMatchObject({ action: 'created', kind: 'file', device: 'owner' });
});

test('old versions are listed, read, and restored as the newest', async () => {
  const { owner, base } = await runWorkspace();
  const { data: file } = await owner.put<FileResource>(`${base}/files?path=a`, 'one');
  for (const content of ['two', 'three']) await owner.put(`${base}/files?path=a`, content);
  const versions = await readAll<FileVersion>(owner, `${base}/files/${file.id}/versions`, 2);
  expect(versions.map(({ action, size }) => [action, size])).toEqual([
    ['modified', 5],
    ['modified', 3],
    ['created', 3],
  ]);
  const [, , oldest] = versions;
  expect((await owner.get(`${base}/files/${file.id}/versions/${oldest?.version}/content`)).text).toBe('one');
  const restored = await owner.post<FileResource>(`${base}/files/${file.id}/versions/${oldest?.version}/restore`);
  expect(restored.data).toMatchObject({ id: file.id, hash: sha256('one') });
  expect(restored.data.version).toBeGreaterThan(versions[0]?.version ?? 0);
  const elsewhere = await owner.post<FileResource>(`${base}/files/${file.id}/versions/${versions[0]?.version}/restore`, { path: 'copy' });
  expect([elsewhere.status, elsewhere.data?.path]).toEqual([200, 'copy']);
});

test('what is in the trash comes back, or goes for good', async () => {
  const { owner, base } = await runWorkspace();
  const { data: file } = await owner.put<FileResource>(`${base}/files?path=a`, 'kept');
  await owner.delete(`${base}/files/${file.id}`);
  expect((await owner.get(`${base}/files/${file.id}`)).status).toBe(404);
  const back = await owner.post<FileResource>(`${base}/trash/${file.id}/restore`);
  expect(back.data).toMatchObject({ id: file.id, path: 'a', hash: sha256('kept') });
  expect((await owner.post(`${base}/trash/${file.id}/restore`)).status).toBe(404);
  await owner.delete(`${base}/files/${file.id}`);
  await owner.put(`${base}/files?path=a`, 'another');
  expect((await owner.post(`${base}/trash/${file.id}/restore`)).error.code).toBe('storage/exists');
  expect((await owner.delete(`${base}/trash/${file.id}`)).status).toBe(204);
  expect((await owner.get<TrashedFile[]>(`${base}/trash`)).data).toEqual([]);
  expect((await owner.post(`${base}/trash/${file.id}/restore`, { path: 'b' })).status).toBe(410);
});

test('a workspace takes no more than its quota', async () => {
  const { owner, base } = await runWorkspace();
  await owner.patch(`${base}/settings`, { quotaBytes: 1000, quotaFiles: 3 });
  expect((await owner.put(`${base}/files?path=a`, 'x'.repeat(800))).status).toBe(200);
  const tooBig = await owner.put(`${base}/files?path=b`, 'x'.repeat(201));
  expect([tooBig.status, tooBig.error.code]).toEqual([507, 'server/quota-exceeded']);
  expect((await owner.put(`${base}/files?path=a`, 'x'.repeat(1000))).status).toBe(200);
  expect((await owner.post(`${base}/uploads`, { path: 'c', size: 1001 })).error.code).toBe('server/quota-exceeded');
  for (const path of ['d', 'e']) expect((await owner.put(`${base}/files?path=${path}`, '')).status).toBe(200);
  expect((await owner.put(`${base}/files?path=f`, '')).error.code).toBe('server/quota-exceeded');
  expect((await owner.get<{ usage: object }>(base)).data.usage).toEqual({ bytes: 1000, files: 3 });
});
