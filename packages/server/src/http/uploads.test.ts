import { createHash, randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FileResource, Upload } from '@cloudsync/protocol/rest/files';
import { expect, test } from 'vitest';
import { runServer, runWorkspace } from '../running-server.test.support.ts';

const bytes = randomBytes(300_000);
const hash = createHash('sha256').update(bytes).digest('hex');

test('an upload in parts goes on where it was, also after a restart, and becomes a file when it is finished', async () => {
  const { owner, base, server, data } = await runWorkspace();
  const made = await owner.post<Upload>(`${base}/uploads`, { path: 'in/parts.bin', size: bytes.length, hash, mtimeMs: 99 });
  expect([made.status, made.data.offset, made.headers.get('upload-offset')]).toEqual([201, 0, '0']);
  const path = `${base}/uploads/${made.data.id}`;
  expect((await owner.put<Upload>(`${path}?offset=0`, bytes.subarray(0, 100_000))).data.offset).toBe(100_000);
  const early = await owner.post(`${path}/finish`);
  expect([early.status, early.error.code]).toEqual([412, 'server/precondition-failed']);
  expect((await owner.get(`${base}/files`)).text).not.toContain('parts.bin');

  await server.close();
  const again = (await runServer({ data })).as(owner.key);
  const head = await again.send('HEAD', path);
  expect([head.status, head.headers.get('upload-offset'), head.headers.get('upload-length')]).toEqual([200, '100000', '300000']);
  const wrong = await again.put(`${path}?offset=50000`, bytes.subarray(50_000));
  expect([wrong.status, wrong.error.code]).toEqual([412, 'server/precondition-failed']);
  const tooMuch = await again.put(`${path}?offset=100000`, randomBytes(200_001));
  expect([tooMuch.status, tooMuch.error.code]).toEqual([413, 'server/too-large']);
  const { data: now } = await again.get<Upload>(path);
  expect((await again.put(`${path}?offset=${now.offset}`, bytes.subarray(now.offset))).status).toBe(200);
  const finished = await again.post<FileResource>(`${path}/finish`);
  expect(finished.data).toMatchObject({ path: 'in/parts.bin', size: bytes.length, hash, mtimeMs: 99 });
  expect((await again.get(path)).status).toBe(404);
  expect(readdirSync(join(data, 'uploads'))).toEqual([]);
});

test('what arrived is not what was announced', async () => {
  const { owner, base } = await runWorkspace();
  const { data: made } = await owner.post<Upload>(`${base}/uploads`, { path: 'a', hash });
  await owner.put(`${base}/uploads/${made.id}?offset=0`, 'something else');
  const finished = await owner.post(`${base}/uploads/${made.id}/finish`);
  expect([finished.status, finished.error.code]).toEqual([422, 'storage/corrupt-transfer']);
  expect((await owner.get(`${base}/files/lookup?path=a`)).status).toBe(404);
});

test('an upload says which version it replaces', async () => {
  const { owner, base } = await runWorkspace();
  const { data: file } = await owner.put<FileResource>(`${base}/files?path=a`, 'one');
  const uploadAt = async (base_: number) => {
    const { data: made } = await owner.post<Upload>(`${base}/uploads`, { path: 'a', base: base_ });
    await owner.put(`${base}/uploads/${made.id}?offset=0`, 'two');
    return (await owner.post(`${base}/uploads/${made.id}/finish`)).status;
  };
  expect(await uploadAt(0)).toBe(412);
  expect(await uploadAt(file.version)).toBe(200);
  expect(await uploadAt(file.version)).toBe(412);
});

test('nobody sees the uploads of another, not even in his own workspace', async () => {
  const { owner, editor, base } = await runWorkspace();
  const { data: made } = await editor.client.post<Upload>(`${base}/uploads`, { path: 'a' });
  expect((await owner.get(`${base}/uploads/${made.id}`)).status).toBe(404);
  expect((await editor.client.delete(`${base}/uploads/${made.id}`)).status).toBe(204);
  expect((await editor.client.get(`${base}/uploads/${made.id}`)).status).toBe(404);
});

test('a right that is lost before the end stops an upload', async () => {
  const { owner, editor, base } = await runWorkspace();
  const { data: made } = await editor.client.post<Upload>(`${base}/uploads`, { path: 'secret/a' });
  await editor.client.put(`${base}/uploads/${made.id}?offset=0`, 'x');
  await owner.put(`${base}/permissions`, { path: 'secret', user: '*', level: 'read' });
  const finished = await editor.client.post(`${base}/uploads/${made.id}/finish`);
  expect([finished.status, finished.error.code]).toEqual([403, 'server/forbidden']);
});
