import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runWorkspace, type TestClient } from '../running-server.test.support.ts';
import { type OpenApi, type Operation, operationsOf } from './open-api.test.support.ts';

interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

const odd = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    '..',
    '../..',
    '/',
    'a/../b',
    '\0',
    '%00',
    '%2e%2e%2f',
    '*',
    '-1',
    '0',
    '1e999',
    'NaN',
    'null',
    "'; drop table users; --",
    'x'.repeat(5000),
    '\ud800',
  ),
);
const words = fc.constantFrom(
  'docs',
  'docs/a.txt',
  'docs/new.txt',
  'new',
  'name',
  '1',
  '2',
  '3',
  '2030-01-01T00:00:00Z',
  'http://127.0.0.1:9/',
  'ann@example.com',
);

/** Values of a schema, and now and then something else. */
function anyOf(schema: JsonSchema, document: OpenApi): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 8, arbitrary: fitting(schema, document) },
    { weight: 1, arbitrary: odd },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  );
}

function fitting(schema: JsonSchema, document: OpenApi): fc.Arbitrary<unknown> {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1) as string;
    return anyOf(
      (document as unknown as { components: { schemas: Record<string, JsonSchema> } }).components.schemas[name] as JsonSchema,
      document,
    );
  }
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map((choice) => anyOf(choice, document)));
  const type = typeof schema.type === 'string' ? schema.type : schema.type?.[0];
  if (type === 'object') {
    const fields = Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, field]) => [name, anyOf(field, document)]));
    return fc.record(fields, { requiredKeys: [] });
  }
  if (type === 'array') return fc.array(anyOf(schema.items ?? {}, document), { maxLength: 4 });
  if (type === 'integer' || type === 'number') return fc.oneof(fc.integer({ min: 0, max: 10 }), fc.maxSafeInteger(), fc.double());
  if (type === 'boolean') return fc.boolean();
  if (type === 'null') return fc.constant(null);
  return fc.oneof({ weight: 3, arbitrary: words }, odd);
}

interface Attempt {
  readonly who: number;
  readonly url: string;
  readonly body: string | Uint8Array<ArrayBuffer> | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

function attemptAt(
  path: string,
  operation: Operation,
  { document, ids }: { document: OpenApi; ids: Readonly<Record<string, string>> },
): fc.Arbitrary<Attempt> {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
  const real = (name: string): fc.Arbitrary<string> => fc.constant(ids[name] ?? 'none');
  const ofPath = fc.record(
    Object.fromEntries(names.map((name) => [name, fc.oneof({ weight: 8, arbitrary: real(name) }, { weight: 1, arbitrary: odd })])),
  );
  const ofQuery = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query');
  const query = fc.record(Object.fromEntries(ofQuery.map(({ name, schema }) => [name, anyOf(schema as JsonSchema, document)])), {
    requiredKeys: [],
  });
  const json = operation.requestBody?.content['application/json']?.schema as JsonSchema | undefined;
  const body = fc.oneof(
    { weight: 6, arbitrary: json === undefined ? fc.constant(undefined) : anyOf(json, document).map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => new Uint8Array(bytes)) },
    { weight: 1, arbitrary: fc.constantFrom('[[[[[[[[', '{"a":'.repeat(2000), '{"__proto__":{"x":1}}', '{"constructor":{"prototype":1}}') },
  );
  const headers = fc.record(
    {
      'content-type': fc.constantFrom('application/json', 'application/octet-stream', 'text/plain', 'multipart/form-data', 'x', ''),
      range: fc.constantFrom('bytes=0-1', 'bytes=5-', 'bytes=-0', 'bytes=9-1', 'bytes=99999999999999-', 'x'),
      'if-match': fc.constantFrom('*', '"1"', '"999"', '1', '""'),
      'if-none-match': fc.constantFrom('*', '"1"', 'x'),
      'x-share-password': fc.constantFrom('', 'x'),
    },
    { requiredKeys: [] },
  );
  return fc
    .record({ who: fc.nat(4), ofPath, query, body, headers })
    .map(({ who, ofPath: values, query: asked, body: sent, headers: said }) => {
      const filled = path.replace(/\{(\w+)\}/g, (_all, name: string) => encode(String(values[name])));
      const search = Object.entries(asked).map(
        ([name, value]) => `${name}=${encode(typeof value === 'string' ? value : JSON.stringify(value))}`,
      );
      return { who, url: search.length === 0 ? filled : `${filled}?${search.join('&')}`, body: sent, headers: said };
    });
}

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/** Nothing but what a caller did wrong, or a workspace that is full, in the envelope of errors. */
async function expectAnswered(answer: Response): Promise<void> {
  const { status } = answer;
  const text = await answer.text();
  if (status < 400) return;
  expect({ status, text }).toSatisfy(() => status < 500 || status === 507);
  if (text === '') return;
  expect(JSON.parse(text)).toEqual({
    error: expect.objectContaining({ code: expect.stringMatching(/^\w+\/[\w-]+$/), message: expect.any(String) }),
  });
  expect(text).not.toMatch(/node_modules|\.ts:\d|SQLITE|at async/);
}

test('whatever is sent to whatever route, the server answers and lives', async () => {
  const { owner, admin, editor, viewer, stranger, base, workspace } = await runWorkspace({
    rateLimits: { perKey: 1e9, perAddress: 1e9 },
    allowPrivateWebhooks: true,
  });
  const document = JSON.parse((await owner.get('/v1/openapi.json')).text) as OpenApi;
  const { data: file } = await owner.put<{ id: string; version: number }>(`${base}/files?path=docs/a.txt`, 'content');
  const { data: share } = await owner.post<{ id: string; url: string }>(`${base}/shares`, { fileId: file.id, mode: 'edit' });
  const { data: upload } = await editor.client.post<{ id: string }>(`${base}/uploads`, { path: 'up' });
  const webhook = (await owner.post<{ id: string }>(`${base}/webhooks`, { url: 'http://127.0.0.1:9/', events: ['file.created'] })).data.id;
  const ids = {
    workspace: workspace.id,
    file: file.id,
    version: String(file.version),
    share: share.id,
    token: share.url.split('/s/')[1] as string,
  };
  const all = { ...ids, upload: upload.id, webhook, user: viewer.id, key: 'none', device: 'none', delivery: 'none' };
  const clients: TestClient[] = [owner, admin.client, editor.client, viewer.client, stranger];
  const tried = new Set<string>();
  const succeeded = new Set<string>();

  for (const { method, path, operation } of operationsOf(document)) {
    // Only the owner could: nothing would be left to try the rest on.
    const isEnd = method === 'DELETE' && path === '/v1/workspaces/{workspace}';
    const run = async ({ who, url, body, headers }: Attempt): Promise<void> => {
      const client = clients[isEnd ? (who % 4) + 1 : who] as TestClient;
      const answer = await fetch(`${client.url}${url}`, {
        method,
        headers: { ...headers, ...(client.key !== undefined && { authorization: `Bearer ${client.key}` }) },
        ...(method !== 'GET' && body !== undefined && { body }),
      });
      tried.add(`${method} ${path}`);
      if (answer.ok) succeeded.add(`${method} ${path}`);
      await expectAnswered(answer);
    };
    await fc.assert(fc.asyncProperty(attemptAt(path, operation, { document, ids: all }), run), { numRuns: 12 });
  }
  expect(tried.size).toBe(operationsOf(document).length);
  // Not everything was refused at the door.
  expect(succeeded.size).toBeGreaterThan(20);
  expect((await stranger.get('/readyz')).status).toBe(200);
  expect((await owner.get(base)).status).toBe(200);
});
