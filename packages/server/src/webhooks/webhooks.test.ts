import { createHmac } from 'node:crypto';
import type { CreatedWebhook, WebhookDelivery, WebhookEvent } from '@cloudsync/protocol/rest/webhooks';
import { WEBHOOK_EVENTS } from '@cloudsync/protocol/rest/webhooks';
import { expect, test } from 'vitest';
import { runWorkspace } from '../running-server.test.support.ts';
import { type Delivered, type Reply, runReceiver, verify } from './receiver.test.support.ts';

async function hook({ reply, events = WEBHOOK_EVENTS }: { reply?: Reply; events?: readonly WebhookEvent[] } = {}) {
  const running = await runWorkspace({ allowPrivateWebhooks: true });
  const receiver = await runReceiver(reply);
  const { data: webhook } = await running.owner.post<CreatedWebhook>(`${running.base}/webhooks`, { url: receiver.url, events });
  const deliveries = async (): Promise<WebhookDelivery[]> =>
    (await running.owner.get<WebhookDelivery[]>(`${running.base}/webhooks/${webhook.id}/deliveries`)).data;
  return { ...running, receiver, webhook, deliveries };
}

test('everything that happens to a file is told, in the right words', async () => {
  const { owner, base, receiver, workspace } = await hook();
  const { data: file } = await owner.put<{ id: string; version: number }>(`${base}/files?path=a.txt`, 'one');
  const told: Delivered[] = [await receiver.next()];
  await owner.put(`${base}/files?path=a.txt`, 'two');
  told.push(await receiver.next());
  await owner.patch(`${base}/files/${file.id}`, { mtimeMs: 5 });
  await owner.patch(`${base}/files/${file.id}`, { path: 'docs/b.txt' });
  told.push(await receiver.next(), await receiver.next());
  await owner.delete(`${base}/files/${file.id}`);
  told.push(await receiver.next());
  await owner.post(`${base}/trash/${file.id}/restore`);
  told.push(await receiver.next());
  const said = told.map(({ payload: { type, data } }) => ({
    type,
    path: data.path,
    ...('from' in data && { from: data.from }),
    kind: data.kind,
  }));
  expect(said.filter(({ kind }) => kind === 'file')).toEqual([
    { type: 'file.created', path: 'a.txt', kind: 'file' },
    { type: 'file.modified', path: 'a.txt', kind: 'file' },
    { type: 'file.moved', path: 'docs/b.txt', from: 'a.txt', kind: 'file' },
    { type: 'file.deleted', path: 'docs/b.txt', kind: 'file' },
    { type: 'file.created', path: 'docs/b.txt', kind: 'file' },
  ]);
  expect(said.filter(({ kind }) => kind === 'folder')).toEqual([{ type: 'file.created', path: 'docs', kind: 'folder' }]);
  const [first] = told;
  expect(first?.payload).toMatchObject({
    workspace: workspace.id,
    data: { fileId: file.id, version: file.version, size: 3, device: 'owner' },
  });
});

test('members who come and go are told of', async () => {
  const { owner, base, receiver, user } = await hook();
  const { id } = await user('ann');
  await owner.post(`${base}/members`, { userId: id, role: 'viewer' });
  expect((await receiver.next()).payload).toMatchObject({
    type: 'workspace.member_added',
    data: { userId: id, name: 'ann', role: 'viewer' },
  });
  await owner.delete(`${base}/members/${id}`);
  expect((await receiver.next()).payload).toMatchObject({ type: 'workspace.member_removed', data: { userId: id, name: 'ann' } });
});

test('how the syncs of devices went is told', async () => {
  const { viewer, base, receiver } = await hook({ events: ['sync.completed', 'sync.error'] });
  await viewer.client.post(`${base}/sync-reports`, { outcome: 'completed', device: 'laptop', files: 3, durationMs: 12.5 });
  const { type, data } = (await receiver.next()).payload;
  expect([type, data]).toEqual(['sync.completed', { device: 'laptop', files: 3, durationMs: 12.5, userId: viewer.id }]);
  await viewer.client.post(`${base}/sync-reports`, { outcome: 'error', message: 'the disk is full' });
  expect((await receiver.next()).payload).toMatchObject({ type: 'sync.error', data: { message: 'the disk is full', device: 'first key' } });
});

test('a webhook is told of its events only, and of nothing while it is switched off', async () => {
  const { owner, base, receiver, webhook } = await hook({ events: ['file.deleted'] });
  const { data: file } = await owner.put<{ id: string }>(`${base}/files?path=a.txt`, 'one');
  await owner.delete(`${base}/files/${file.id}`);
  expect((await receiver.next()).payload.type).toBe('file.deleted');
  await owner.patch(`${base}/webhooks/${webhook.id}`, { active: false });
  const { data: silent } = await owner.put<{ id: string }>(`${base}/files?path=b.txt`, 'one');
  await owner.delete(`${base}/files/${silent.id}`);
  await owner.patch(`${base}/webhooks/${webhook.id}`, { active: true });
  const { data: third } = await owner.put<{ id: string }>(`${base}/files?path=c.txt`, 'one');
  await owner.delete(`${base}/files/${third.id}`);
  expect((await receiver.next()).payload.data.path).toBe('c.txt');
});

test('a delivery is signed in both ways, and a changed one is not', async () => {
  const { owner, base, receiver, webhook } = await hook();
  expect(webhook.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  await owner.post(`${base}/webhooks/${webhook.id}/test`);
  const delivered = await receiver.next();
  verify(delivered, webhook.secret);
  expect(() => verify({ ...delivered, body: delivered.body.replace('test', 'tost') }, webhook.secret)).toThrow();
  const { headers, body, payload } = delivered;
  expect(headers['x-cloudsync-signature']).toBe(`sha256=${createHmac('sha256', webhook.secret).update(body).digest('hex')}`);
  expect([headers['x-cloudsync-event'], payload.type, headers['webhook-id']]).toEqual(['test', 'test', payload.id]);
  expect((await owner.get(`${base}/webhooks/${webhook.id}`)).text).not.toContain('whsec_');
});

test('what a receiver answers is in the log; a redirect is not followed, and a failure is tried again in a minute', async () => {
  const elsewhere = await runReceiver();
  const answers = [500, 302, 204];
  const reply: Reply = (response) => void response.writeHead(answers.shift() ?? 200, { location: elsewhere.url }).end();
  const { owner, base, receiver, webhook, deliveries } = await hook({ reply });
  for (const status of [500, 302, 204]) {
    const { data: made } = await owner.post<WebhookDelivery>(`${base}/webhooks/${webhook.id}/test`);
    await receiver.next();
    const delivery = await untilAttempted(deliveries, made.id);
    expect(delivery).toMatchObject({ status, attempts: 1, state: status === 204 ? 'delivered' : 'pending' });
    const waitMs = delivery.nextAttemptAt === null ? null : Date.parse(delivery.nextAttemptAt) - Date.parse(delivery.createdAt);
    expect(waitMs).toBe(status === 204 ? null : 60_000);
  }
  const failed = (await deliveries()).find(({ status }) => status === 500) as WebhookDelivery;
  await owner.post(`${base}/webhooks/${webhook.id}/deliveries/${failed.id}/redeliver`);
  expect((await receiver.next()).payload.id).toBe(failed.id);
  expect(await untilAttempted(deliveries, failed.id, 'delivered')).toMatchObject({ status: 200, attempts: 1 });
});

/** What the log says of a delivery once it has been tried: a receiver has it before the server knows what came of it. */
async function untilAttempted(deliveries: () => Promise<WebhookDelivery[]>, id: string, state?: string): Promise<WebhookDelivery> {
  for (;;) {
    const found = (await deliveries()).find((delivery) => delivery.id === id);
    if (found !== undefined && found.attempts > 0 && (state === undefined || found.state === state)) return found;
  }
}

test('a webhook cannot be made for an address that is not public, unless that is allowed', async () => {
  const { owner, base } = await runWorkspace();
  const made = await owner.post(`${base}/webhooks`, { url: 'http://169.254.169.254/latest/meta-data', events: ['file.created'] });
  expect(made).toMatchObject({
    status: 400,
    error: { code: 'server/invalid', message: expect.stringContaining('not on the public internet') },
  });
  for (const url of ['file:///etc/passwd', 'ftp://example.com/', 'javascript:alert(1)', 'not a url'])
    expect((await owner.post(`${base}/webhooks`, { url, events: ['file.created'] })).status).toBe(400);
});
