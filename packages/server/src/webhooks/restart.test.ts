import { once } from 'node:events';
import type { CreatedWebhook } from '@cloudsync/protocol/rest/webhooks';
import type { WorkspaceResource } from '@cloudsync/protocol/rest/workspaces';
import { expect, test } from 'vitest';
import { runServerProcess } from '../run-server-process.test.support.ts';
import { freshFolder, runServer, TestClient } from '../running-server.test.support.ts';
import { type Reply, runReceiver, verify } from './receiver.test.support.ts';

test('a server that is killed while it delivers does so when it is there again', async () => {
  const data = freshFolder();
  // The first attempt gets no answer: the server dies while it waits for one.
  let answers = false;
  const reply: Reply = (response) => {
    if (answers) response.end();
  };
  const receiver = await runReceiver(reply);
  const first = await runServerProcess(data);
  const owner = new TestClient(first.url, first.ownerKey);
  const { data: workspace } = await owner.post<WorkspaceResource>('/v1/workspaces', { name: 'Project' });
  const base = `/v1/workspaces/${workspace.id}`;
  const { data: webhook } = await owner.post<CreatedWebhook>(`${base}/webhooks`, { url: receiver.url, events: ['file.created'] });
  for (const path of ['a', 'b', 'c', 'd', 'e']) await owner.put(`${base}/files?path=${path}`, path);
  const cutOff = await receiver.next();
  first.process.kill('SIGKILL');
  await once(first.process, 'exit');

  answers = true;
  await runServer({ data, allowPrivateWebhooks: true });
  const told = new Map<unknown, string>();
  while (told.size < 5) {
    const delivered = await receiver.next();
    verify(delivered, webhook.secret);
    told.set(delivered.payload.data.path, delivered.payload.id);
  }
  expect([...told.keys()].sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
  // The same delivery, so that whoever got it before it died knows it again.
  expect(told.get(cutOff.payload.data.path)).toBe(cutOff.payload.id);
});
