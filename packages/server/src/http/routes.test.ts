import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runWorkspace, type TestClient } from '../running-server.test.support.ts';
import { type OpenApi, operationsOf } from './open-api.test.support.ts';

/** What a route needs: its least role (or standing), and a body that it takes. */
interface RouteCase {
  readonly role: 'anyone' | 'user' | 'server admin' | 'viewer' | 'editor' | 'admin' | 'owner';
  readonly body?: unknown;
  readonly query?: string;
  readonly status?: number;
}

/** Every route of the API. A test sees to it that none is missing here. */
const ROUTES: Record<string, RouteCase> = {
  'GET /healthz': { role: 'anyone' },
  'GET /readyz': { role: 'anyone' },
  'GET /metrics': { role: 'anyone' },
  'GET /v1/users/me': { role: 'user' },
  'PATCH /v1/users/me': { role: 'user', body: { name: 'New name' } },
  'GET /v1/api-keys': { role: 'user' },
  'POST /v1/api-keys': { role: 'user', body: { name: 'k' }, status: 201 },
  'DELETE /v1/api-keys/{key}': { role: 'user' },
  'GET /v1/devices': { role: 'user' },
  // Devices come with connections: account.test.ts has one.
  'PATCH /v1/devices/{device}': { role: 'user', body: { name: 'laptop' }, status: 404 },
  'DELETE /v1/devices/{device}': { role: 'user', status: 404 },
  'GET /v1/users': { role: 'server admin' },
  'POST /v1/users': { role: 'server admin', body: { name: 'u' }, status: 201 },
  'GET /v1/users/{user}': { role: 'server admin' },
  'PATCH /v1/users/{user}': { role: 'server admin', body: { name: 'u2' } },
  'DELETE /v1/users/{user}': { role: 'server admin' },
  'GET /v1/audit': { role: 'server admin' },
  'GET /v1/workspaces': { role: 'user' },
  'POST /v1/workspaces': { role: 'user', body: { name: 'Another' }, status: 201 },
  'GET /v1/workspaces/{workspace}': { role: 'viewer' },
  'PATCH /v1/workspaces/{workspace}': { role: 'admin', body: { name: 'Renamed' } },
  'DELETE /v1/workspaces/{workspace}': { role: 'owner', status: 204 },
  'GET /v1/workspaces/{workspace}/settings': { role: 'viewer' },
  'PATCH /v1/workspaces/{workspace}/settings': { role: 'admin', body: { maxVersions: 7 } },
  'GET /v1/workspaces/{workspace}/members': { role: 'viewer' },
  'POST /v1/workspaces/{workspace}/members': { role: 'admin', body: { userId: '{spare}', role: 'viewer' }, status: 201 },
  'PATCH /v1/workspaces/{workspace}/members/{user}': { role: 'admin', body: { role: 'editor' } },
  'DELETE /v1/workspaces/{workspace}/members/{user}': { role: 'admin', status: 204 },
  'GET /v1/workspaces/{workspace}/permissions': { role: 'admin' },
  'PUT /v1/workspaces/{workspace}/permissions': { role: 'admin', body: { path: 'x', user: '*', level: 'read' } },
  'DELETE /v1/workspaces/{workspace}/permissions': { role: 'admin', query: '?path=elsewhere&user=*', status: 204 },
  'GET /v1/workspaces/{workspace}/files': { role: 'viewer' },
  'GET /v1/workspaces/{workspace}/files/lookup': { role: 'viewer', query: '?path=docs/a.txt' },
  'POST /v1/workspaces/{workspace}/files': { role: 'editor', body: { kind: 'folder', path: 'new/folder' }, status: 201 },
  'PUT /v1/workspaces/{workspace}/files': { role: 'editor', query: '?path=put.txt', body: 'bytes' },
  'GET /v1/workspaces/{workspace}/files/{file}': { role: 'viewer' },
  'PATCH /v1/workspaces/{workspace}/files/{file}': { role: 'editor', body: { path: 'docs/moved.txt' } },
  'DELETE /v1/workspaces/{workspace}/files/{file}': { role: 'editor', status: 204 },
  'GET /v1/workspaces/{workspace}/files/{file}/content': { role: 'viewer' },
  'PUT /v1/workspaces/{workspace}/files/{file}/content': { role: 'editor', body: 'other bytes' },
  'GET /v1/workspaces/{workspace}/files/{file}/versions': { role: 'viewer' },
  'GET /v1/workspaces/{workspace}/files/{file}/versions/{version}': { role: 'viewer' },
  'GET /v1/workspaces/{workspace}/files/{file}/versions/{version}/content': { role: 'viewer' },
  'POST /v1/workspaces/{workspace}/files/{file}/versions/{version}/restore': { role: 'editor' },
  'GET /v1/workspaces/{workspace}/trash': { role: 'viewer' },
  'POST /v1/workspaces/{workspace}/trash/{file}/restore': { role: 'editor' },
  'DELETE /v1/workspaces/{workspace}/trash/{file}': { role: 'admin', status: 204 },
  'POST /v1/workspaces/{workspace}/uploads': { role: 'editor', body: { path: 'up.bin' }, status: 201 },
  'GET /v1/workspaces/{workspace}/uploads/{upload}': { role: 'editor' },
  'PUT /v1/workspaces/{workspace}/uploads/{upload}': { role: 'editor', query: '?offset=0', body: 'part' },
  'POST /v1/workspaces/{workspace}/uploads/{upload}/finish': { role: 'editor' },
  'DELETE /v1/workspaces/{workspace}/uploads/{upload}': { role: 'editor', status: 204 },
  'GET /v1/workspaces/{workspace}/shares': { role: 'editor' },
  'POST /v1/workspaces/{workspace}/shares': { role: 'editor', body: { fileId: '{file}' }, status: 201 },
  'GET /v1/workspaces/{workspace}/shares/{share}': { role: 'editor' },
  'PATCH /v1/workspaces/{workspace}/shares/{share}': { role: 'editor', body: { mode: 'edit' } },
  'DELETE /v1/workspaces/{workspace}/shares/{share}': { role: 'editor', status: 204 },
  'GET /v1/workspaces/{workspace}/webhooks': { role: 'admin' },
  'POST /v1/workspaces/{workspace}/webhooks': {
    role: 'admin',
    body: { url: 'http://127.0.0.1:9/', events: ['file.created'], active: false },
    status: 201,
  },
  'GET /v1/workspaces/{workspace}/webhooks/{webhook}': { role: 'admin' },
  'PATCH /v1/workspaces/{workspace}/webhooks/{webhook}': { role: 'admin', body: { active: false } },
  'DELETE /v1/workspaces/{workspace}/webhooks/{webhook}': { role: 'admin', status: 204 },
  'POST /v1/workspaces/{workspace}/webhooks/{webhook}/test': { role: 'admin', status: 202 },
  'GET /v1/workspaces/{workspace}/webhooks/{webhook}/deliveries': { role: 'admin' },
  'POST /v1/workspaces/{workspace}/webhooks/{webhook}/deliveries/{delivery}/redeliver': { role: 'admin', status: 202 },
  'POST /v1/workspaces/{workspace}/sync-reports': { role: 'viewer', body: { outcome: 'completed', files: 3 }, status: 204 },
  'GET /v1/workspaces/{workspace}/activity': { role: 'viewer' },
  'GET /v1/workspaces/{workspace}/audit': { role: 'admin' },
  'GET /s/{token}': { role: 'anyone' },
  'PUT /s/{token}': { role: 'anyone', body: 'shared bytes' },
  'GET /s/{token}/info': { role: 'anyone' },
  'GET /s/{token}/list': { role: 'anyone', query: '?path=' },
};

/** A workspace in which there is one of everything that a route can name. Names in braces become these. */
async function furnish() {
  const running = await runWorkspace({ rateLimits: { perKey: 100_000, perAddress: 100_000 }, allowPrivateWebhooks: true });
  const { owner, base, editor, user } = running;
  const made = async (answer: Promise<{ data: { id: string } }>): Promise<string> => (await answer).data.id;
  const file = await made(owner.put(`${base}/files?path=docs/a.txt`, 'one'));
  const { data: version } = await owner.put<{ version: number }>(`${base}/files?path=docs/a.txt`, 'two');
  const folder = await owner.get<{ id: string }>(`${base}/files/lookup?path=docs`);
  const share = (fileId: string, mode: string) => editor.client.post<{ id: string; url: string }>(`${base}/shares`, { fileId, mode });
  const [ofFile, ofFolder] = [await share(file, 'edit'), await share(folder.data.id, 'view')];
  await owner.put(`${base}/permissions`, { path: 'elsewhere', user: '*', level: 'none' });
  const webhook = await made(owner.post(`${base}/webhooks`, { url: 'http://127.0.0.1:9/', events: ['file.created'], active: false }));
  const delivery = await made(owner.post(`${base}/webhooks/${webhook}/test`));
  const spare = await user('spare');
  const member = await user('member');
  await owner.post(`${base}/members`, { userId: member.id, role: 'viewer' });
  const outsider = (await user('outsider')).client;
  const { data: own } = await owner.get<{ key: { id: string } }>('/v1/users/me');
  const names = {
    ...{ workspace: running.workspace.id, file, version: String(version.version), webhook, delivery, spare: spare.id, user: member.id },
    ...{
      share: ofFile.data.id,
      token: ofFile.data.url.split('/s/')[1] as string,
      folderToken: ofFolder.data.url.split('/s/')[1] as string,
    },
    ...{ key: own.key.id, device: 'none', upload: 'none' },
  };
  return { ...running, names, outsider };
}

type Furnished = Awaited<ReturnType<typeof furnish>>;

/** What has to be made for this one route. */
async function prepare({ names, base, editor }: Furnished, route: string, client: TestClient): Promise<Record<string, string>> {
  if (route.includes('{upload}')) {
    const { data } = await client.post<{ id: string }>(`${base}/uploads`, { path: 'up.txt' });
    return { ...names, upload: data?.id ?? 'none' };
  }
  if (route.includes('/trash/{file}')) {
    const { data } = await editor.client.put<{ id: string }>(`${base}/files?path=gone.txt`, 'gone');
    await editor.client.delete(`${base}/files/${data.id}`);
    return { ...names, file: data.id };
  }
  if (route.includes('/{key}')) {
    const { data } = await client.post<{ id: string }>('/v1/api-keys', { name: 'to be revoked' });
    return { ...names, key: data?.id ?? 'none' };
  }
  if (route.endsWith('/list')) return { ...names, token: names.folderToken };
  return names;
}

function fill(text: string, names: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (all, name: string) => names[name] ?? all);
}

async function call(client: TestClient, route: string, names: Readonly<Record<string, string>>) {
  const [method, path] = route.split(' ') as [string, string];
  const { body, query = '' } = ROUTES[route] as RouteCase;
  const filled = body === undefined || typeof body === 'string' ? body : (JSON.parse(fill(JSON.stringify(body), names)) as unknown);
  return client.send<unknown>(method, `${fill(path, names)}${query}`, { body: filled });
}

const routes = Object.keys(ROUTES);
const inWorkspaces = routes.filter((route) => route.includes('{workspace}'));
const needingKeys = routes.filter((route) => ROUTES[route]?.role !== 'anyone');
/** What takes something away comes last, the outermost at the very end. */
const inOrder = [
  ...routes.filter((route) => !route.startsWith('DELETE')),
  ...routes.filter((route) => route.startsWith('DELETE')).reverse(),
];

test('no route is missing in these tests, and none is in them that the document does not tell of', async () => {
  const { owner } = await runWorkspace();
  const document = JSON.parse((await owner.get('/v1/openapi.json')).text) as OpenApi;
  const told = operationsOf(document).map(({ method, path }) => `${method} ${path}`);
  expect(told.sort()).toEqual([...routes].sort());
});

test('docs/rest-api.md names every route, and none besides', () => {
  const text = readFileSync(new URL('../../../../docs/rest-api.md', import.meta.url), 'utf8');
  const named = [...text.matchAll(/^ {4}(GET|POST|PUT|PATCH|DELETE) +(\/\S+)/gm)].map(([, method, path]) => `${method} ${path}`);
  expect(named.sort()).toEqual([...routes].sort());
});

test('every route does what it is for', async () => {
  const furnished = await furnish();
  const statuses: Record<string, number> = {};
  for (const route of inOrder) {
    const client = ROUTES[route]?.role === 'anyone' ? furnished.stranger : furnished.owner;
    statuses[route] = (await call(client, route, await prepare(furnished, route, client))).status;
  }
  expect(statuses).toEqual(Object.fromEntries(inOrder.map((route) => [route, ROUTES[route]?.status ?? 200])));
});

test('whoever has the least role that a route asks for may', async () => {
  const furnished = await furnish();
  const clients = { viewer: furnished.viewer.client, editor: furnished.editor.client, admin: furnished.admin.client };
  const refused: string[] = [];
  for (const route of inOrder) {
    const role = ROUTES[route]?.role as keyof typeof clients;
    if (clients[role] === undefined) continue;
    const { status } = await call(clients[role], route, await prepare(furnished, route, clients[role]));
    if (status >= 400) refused.push(`${route}: ${status}`);
  }
  expect(refused).toEqual([]);
});

test('whoever has a lesser role may not', async () => {
  const furnished = await furnish();
  const below = {
    editor: furnished.viewer.client,
    admin: furnished.editor.client,
    owner: furnished.admin.client,
    'server admin': furnished.outsider,
  };
  const answers: Record<string, string> = {};
  for (const route of routes) {
    const client = below[ROUTES[route]?.role as keyof typeof below];
    if (client === undefined) continue;
    const { status, error } = await call(client, route, await prepare(furnished, route, client));
    answers[route] = `${status} ${error?.code}`;
  }
  // Who cannot make an upload has none.
  const expected = (route: string): string => (route.includes('{upload}') ? '404 server/not-found' : '403 server/forbidden');
  expect(answers).toEqual(Object.fromEntries(Object.keys(answers).map((route) => [route, expected(route)])));
  expect(Object.keys(answers).length).toBeGreaterThan(35);
});

test('who is not a member does not learn that the workspace exists', async () => {
  const furnished = await furnish();
  for (const route of inWorkspaces) {
    const { status, error } = await call(furnished.outsider, route, furnished.names);
    expect({ route, status, code: error.code }).toEqual({ route, status: 404, code: 'server/no-such-workspace' });
    const nowhere = await call(furnished.outsider, route, { ...furnished.names, workspace: 'ws_AAAAAAAAAAAAAAAAAAAAAA' });
    expect(nowhere.error.message.replaceAll('ws_AAAAAAAAAAAAAAAAAAAAAA', furnished.names.workspace)).toBe(error.message);
  }
});

test('ids of one workspace open nothing in another', async () => {
  const furnished = await furnish();
  const { data: own } = await furnished.outsider.post<{ id: string }>('/v1/workspaces', { name: 'Own' });
  const twoIds = inWorkspaces.filter((route) => route.replace('{workspace}', '').includes('{'));
  expect(twoIds.length).toBeGreaterThan(20);
  for (const route of twoIds) {
    const { status, error } = await call(furnished.outsider, route, { ...furnished.names, workspace: own.id });
    expect({ route, status, code: error?.code }).toEqual({ route, status: 404, code: 'server/not-found' });
  }
});

test('nothing is to be had without a key, with a wrong one, with a revoked one, or with one that expired', async () => {
  const furnished = await furnish();
  const { data: made } = await furnished.owner.post<{ id: string; key: string }>('/v1/api-keys', { name: 'k' });
  await furnished.owner.delete(`/v1/api-keys/${made.id}`);
  const clients = { nobody: furnished.stranger, wrong: furnished.as(`cs_${'A'.repeat(43)}`), revoked: furnished.as(made.key) };
  const codes = { nobody: 'server/unauthenticated', wrong: 'server/unauthenticated', revoked: 'server/key-revoked' };
  for (const route of needingKeys)
    for (const who of route.startsWith('GET') ? (['nobody', 'revoked'] as const) : (['nobody'] as const)) {
      const { status, error, headers } = await call(clients[who], route, furnished.names);
      if (error.code === 'server/too-many-attempts') continue;
      expect({ route, who, status, code: error.code }).toEqual({ route, who, status: 401, code: codes[who] });
      expect(headers.get('www-authenticate')).toBe('Bearer');
    }
});

test('a key is for its scopes only', async () => {
  const furnished = await furnish();
  const keyFor = async (scope: string): Promise<TestClient> => {
    const { data } = await furnished.owner.post<{ key: string }>('/v1/api-keys', { name: scope, scopes: [scope] });
    return furnished.as(data.key);
  };
  const clients = [await keyFor('files:read'), await keyFor('users:read')];
  for (const route of needingKeys) {
    if (route === 'GET /v1/users/me') continue;
    const answers = await Promise.all(clients.map((client) => call(client, route, furnished.names)));
    // No route is for both.
    expect({ route, codes: answers.map(({ error }) => error?.code) }).toEqual({
      route,
      codes: expect.arrayContaining(['server/scope-missing']),
    });
  }
});

test('what is malformed is refused, and told where', async () => {
  const furnished = await furnish();
  const { owner, names } = furnished;
  for (const route of routes) {
    const [method, path] = route.split(' ') as [string, string];
    const { body, query = '' } = ROUTES[route] as RouteCase;
    const url = `${fill(path, names)}${query}`;
    const expectRefused = async (what: string, answer: Promise<{ status: number; error?: { code: string; message: string } }>) => {
      const { status, error } = await answer;
      expect({ route, what, status, code: error?.code }).toEqual({
        route,
        what,
        status: expect.toSatisfy((s) => s === 400 || s === 404),
        code: expect.stringMatching(/^server\/(invalid|not-found|no-such-workspace)$/),
      });
      expect(error?.message).not.toMatch(/\n|at .*\.ts:/);
    };
    if (path.replace('{workspace}', '').includes('{'))
      await expectRefused(
        'ids',
        owner.send(method, `${path.replace('{workspace}', names.workspace).replace(/\{\w+\}/g, 'no%20id%00')}${query}`, {
          body: undefined,
        }),
      );
    if (typeof body !== 'object') continue;
    await expectRefused('broken JSON', owner.send(method, url, { body: '{"name":', headers: { 'content-type': 'application/json' } }));
    await expectRefused(
      'wrong types',
      owner.send(method, url, { body: Object.fromEntries(Object.keys(body as object).map((key) => [key, [[]]])) }),
    );
    await expectRefused('no object', owner.send(method, url, { body: '[]', headers: { 'content-type': 'application/json' } }));
  }
});

test('lists refuse cursors that they did not give', async () => {
  const furnished = await furnish();
  const document = JSON.parse((await furnished.owner.get('/v1/openapi.json')).text) as OpenApi;
  const lists = operationsOf(document).filter(({ operation }) => operation.parameters?.some(({ name }) => name === 'cursor'));
  expect(lists.length).toBeGreaterThan(12);
  for (const { path } of lists) {
    const token = path.endsWith('/list') ? furnished.names.folderToken : furnished.names.token;
    for (const query of ['limit=0', 'limit=1001', 'limit=x', 'cursor=', 'cursor=%21%21', 'cursor=a&cursor=b']) {
      const { status, error } = await furnished.owner.get(`${fill(path, { ...furnished.names, token })}?${query}`);
      expect({ path, query, status, code: error?.code }).toEqual({ path, query, status: 400, code: 'server/invalid' });
    }
  }
});
