import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { get } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { decodeFrame, encodeFrame } from '@cloudsync/protocol';
import type { CreatedApiKey, Device } from '@cloudsync/protocol/rest/users';
import { expect, test } from 'vitest';
import { runServerProcess } from './run-server-process.test.support.ts';
import { freshFolder, runServer, runWorkspace, TestClient } from './running-server.test.support.ts';
import { startServer } from './serve.ts';
import { TEST_TLS } from './tls.test.support.ts';

test('a second server on the same data is refused, and can start when the first has closed', async () => {
  const data = freshFolder();
  const { server } = await runServer({ data });
  await expect(startServer({ data, log: 'silent' })).rejects.toMatchObject({ code: 'server/locked' });
  await server.close();
  await (await startServer({ data, log: 'silent' })).close();
});

test('a port that is taken is told, and the data is free again', async () => {
  const { server } = await runServer();
  const data = freshFolder();
  await expect(startServer({ data, port: server.port, log: 'silent' })).rejects.toMatchObject({
    code: 'server/address-in-use',
    message: expect.stringContaining(String(server.port)),
  });
  const started = await startServer({ data, log: 'silent' });
  // Nobody was told a key before, so nobody's is lost.
  expect(started.ownerKey).toMatch(/^cs_/);
  await started.close();
});

test.each([
  ['a host that there is not', { host: '999.1.1.1' }, 'config/invalid', '--host'],
  ['a certificate that is none', { tls: { cert: 'nonsense', key: 'nonsense' } }, 'config/invalid', 'certificate'],
  ['a key of another certificate', { tls: { cert: TEST_TLS.cert, key: 'nonsense' } }, 'config/invalid', 'certificate'],
])('%s is told, and no key is lost', async (_, options, code, message) => {
  const data = freshFolder();
  await expect(startServer({ data, log: 'silent', ...options })).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  const started = await startServer({ data, log: 'silent' });
  expect(started.ownerKey).toMatch(/^cs_/);
  await started.close();
});

test('a file where the data folder should be is told', async () => {
  const folder = freshFolder();
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'file');
  writeFileSync(file, '');
  for (const data of [file, join(file, 'below')])
    await expect(startServer({ data, log: 'silent' })).rejects.toMatchObject({
      code: 'storage/root-not-folder',
      message: expect.stringContaining('--data'),
    });
});

test('without being told otherwise it listens on this machine only', async () => {
  const { server } = await runServer();
  expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
});

test('with a certificate it speaks TLS, and links to shares say so', async () => {
  const { server } = await runServer({ tls: TEST_TLS });
  expect(server.url).toMatch(/^https:/);
  const status = await new Promise((resolve, reject) => {
    get(`${server.url}/healthz`, { ca: TEST_TLS.cert, agent: false }, (response) => resolve(response.resume().statusCode)).on(
      'error',
      reject,
    );
  });
  expect(status).toBe(200);
});

/** A device as the server knows it: connected, and with its name said. */
async function connectDevice(url: string, key: string, device: { id: string; name: string }): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/socket`);
  socket.binaryType = 'arraybuffer';
  await once(socket, 'open');
  const answered = once(socket, 'message');
  socket.send(new Uint8Array(encodeFrame({ type: 'request', id: 1, method: 'hello', params: { protocols: [1], key, device } })));
  const [message] = (await answered) as [{ readonly data: ArrayBuffer }];
  expect(decodeFrame(new Uint8Array(message.data))).toMatchObject({ type: 'result' });
  return socket;
}

test('a device that connects is listed, and a revoked key ends its connection', async () => {
  const { owner, server } = await runServer();
  const { data: made } = await owner.post<CreatedApiKey>('/v1/api-keys', { name: 'device' });
  const socket = await connectDevice(server.url, made.key, { id: 'd/1 ä', name: 'Ann’s laptop\n' });
  const { data: devices } = await owner.get<Device[]>('/v1/devices');
  expect(devices).toMatchObject([{ id: 'd/1 ä', name: 'Ann’s laptop\n' }]);
  const path = `/v1/devices/${encodeURIComponent('d/1 ä')}`;
  expect((await owner.patch<Device>(path, { name: 'laptop' })).data.name).toBe('laptop');
  expect((await owner.delete(path)).status).toBe(204);
  const closed = once(socket, 'close');
  await owner.delete(`/v1/api-keys/${made.id}`);
  await closed;
});

test('whatever is logged, no secret and no name of a file is in it', async () => {
  const running = await runServerProcess(freshFolder(), 'trace');
  const owner = new TestClient(running.url, running.ownerKey);
  const stranger = new TestClient(running.url, undefined);
  const { data: workspace } = await owner.post<{ id: string }>('/v1/workspaces', { name: 'Unnamed' });
  const base = `/v1/workspaces/${workspace.id}`;
  const { data: file } = await owner.put<{ id: string }>(`${base}/files?path=diary.txt`, 'dear diary');
  const { data: share } = await owner.post<{ url: string }>(`${base}/shares`, { fileId: file.id, password: 'swordfish' });
  const webhook = { url: 'http://127.0.0.1:9/', events: ['file.created'] };
  const { data: hook } = await owner.post<{ secret: string }>(`${base}/webhooks`, webhook);
  const link = new URL(share.url).pathname;
  await stranger.get(link, { 'x-share-password': 'swordfish' });
  await stranger.get(link, { 'x-share-password': 'guess-word' });
  await new TestClient(running.url, `cs_${'G'.repeat(43)}`).get('/v1/users/me');
  await owner.get(`${base}/files/lookup?path=diary.txt`);
  await stranger.get(`${link}/nowhere`);
  running.process.kill('SIGTERM');
  await once(running.process, 'close');
  const logged = running.logged();
  // The signal may come between the last answer and its line.
  expect(logged.match(/"msg":"request"/g)?.length).toBeGreaterThanOrEqual(8);
  for (const secret of [running.ownerKey, link.slice(3), 'swordfish', 'guess-word', 'GGGGG', hook.secret, 'diary'])
    expect(logged).not.toContain(secret);
});

test('health, readiness and metrics', async () => {
  const { stranger, server } = await runServer();
  expect((await stranger.get('/healthz')).data).toEqual({ status: 'ok' });
  expect((await stranger.get('/readyz')).data).toEqual({ status: 'ok' });
  const metrics = await stranger.get('/metrics');
  expect(metrics.text).toMatch(/cloudsync_http_request_seconds_count\{method="GET",route="\/healthz",status="200"\} 1/);
  expect(metrics.text).toContain('cloudsync_devices_connected 0');
  expect((await stranger.get('/metrics', { 'x-forwarded-for': '203.0.113.9' })).status).toBe(401);
  await server.close();
});

test('what is under way when the server closes is finished', async () => {
  const { owner, base, server } = await runWorkspace();
  const begun = Promise.withResolvers<void>();
  const content = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('begun '));
      begun.promise.then(() => {
        controller.enqueue(new TextEncoder().encode('and finished'));
        controller.close();
      });
    },
  });
  const upload = fetch(`${owner.url}${base}/files?path=a`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${owner.key}` },
    body: content,
    duplex: 'half',
  } as RequestInit);
  // The server has begun with it when it counts it among what is left to this key.
  const before = Number((await owner.get('/v1/users/me')).headers.get('x-ratelimit-remaining'));
  for (let left = before; left > before - 3; ) left = Number((await owner.get('/v1/users/me')).headers.get('x-ratelimit-remaining'));
  const closed = server.close();
  begun.resolve();
  expect((await upload).status).toBe(200);
  await closed;
});

test('a URL that cannot be decoded, or no HTTP at all, is answered and forgotten', async () => {
  const { server, stranger } = await runServer();
  const { port } = server;
  const status = await new Promise<number | undefined>((resolve, reject) => {
    request({ port, host: '127.0.0.1', path: '/v1/%E0%A4%A' }, (response) => resolve(response.resume().statusCode))
      .on('error', reject)
      .end();
  });
  expect(status).toBe(400);
  const said = await new Promise<string>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('NONSENSE\r\n\r\n'));
    let text = '';
    socket.on('data', (data) => {
      text += data;
    });
    socket.on('close', () => resolve(text)).on('error', reject);
  });
  expect(said).toMatch(/^HTTP\/1.1 400/);
  expect((await stranger.get('/healthz')).status).toBe(200);
});
