import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NASTY_PATHS } from './nasty-values.ts';
import { makePremises, ownersKey, type Premises, putFile } from './premises.ts';
import { Victim } from './victim.ts';

const RUNS = 150;
const GROWTH_MAX_BYTES = 256 * 2 ** 20;
const JSON_TYPE = { 'content-type': 'application/json' };

let victim: Victim;
let premises: Premises;

beforeAll(async () => {
  victim = await Victim.start();
  premises = await makePremises(victim);
});

afterAll(async () => {
  await victim.stop();
});

/** Routes that take a JSON body, with a place for what they are about. */
function bodyRoutes(): readonly (readonly [method: string, path: string])[] {
  const at = `/workspaces/${premises.workspace}`;
  const file = `${at}/files/${premises.file.id}`;
  return [
    ['PATCH', '/users/me'],
    ['POST', '/users'],
    ['POST', '/api-keys'],
    ['POST', '/workspaces'],
    ['PATCH', at],
    ['PATCH', `${at}/settings`],
    ['POST', `${at}/members`],
    ['PUT', `${at}/permissions`],
    ['POST', `${at}/files`],
    ['PATCH', file],
    ['POST', `${at}/uploads`],
    ['POST', `${at}/shares`],
    ['POST', `${at}/webhooks`],
  ];
}

async function assertServes(): Promise<void> {
  if (victim.exited !== undefined) throw new Error(`the server ended: ${victim.exited}`);
  const response = await victim.rest(`/workspaces/${premises.workspace}/files`, { key: premises.editor.key });
  expect(response.status).toBe(200);
  await response.body?.cancel();
}

/** An answer that refuses, in the form that all refusals have. @returns its code */
async function assertRefused(response: Response, what: string): Promise<string> {
  const text = await response.text();
  expect(response.status, `${what}: ${text.slice(0, 200)}`).toBeGreaterThanOrEqual(400);
  expect(response.status, `${what}: ${text.slice(0, 200)}`).toBeLessThan(500);
  const { error } = JSON.parse(text) as { error: { code: string; message: string } };
  expect(error, what).toMatchObject({ code: expect.any(String), message: expect.any(String) });
  // No stack, no file of the server's machine.
  expect(text, what).not.toMatch(/\bat .*\.(js|ts):\d+|node_modules|node:internal/);
  return error.code;
}

describe('REST among hostile clients', () => {
  it('refuses bodies that are no JSON, of whatever bytes, with an error of the usual form', async () => {
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .constantFrom('{', '[1,', '"\\ud800"', 'nul', '{"a":1}}', '\u0000', '{"__proto__":{"admin":true}')
        .map((text) => new TextEncoder().encode(text)),
      fc.constant(Uint8Array.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])),
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(), body, async (route, bytes) => {
        const routes = bodyRoutes();
        const [method, path] = routes[route % routes.length] as (typeof routes)[number];
        const response = await victim.rest(path, { method, body: Uint8Array.from(bytes), headers: JSON_TYPE });
        await assertRefused(response, `${method} ${path} ${Buffer.from(bytes).toString('hex')}`);
      }),
      { numRuns: RUNS },
    );
    await assertServes();
  });

  it('answers any JSON with an answer or a refusal, never with a failure of its own', async () => {
    const json = fc.oneof(
      fc.jsonValue({ maxDepth: 4 }),
      fc.record(
        {
          name: fc.jsonValue(),
          path: fc.constantFrom(...NASTY_PATHS),
          kind: fc.constantFrom('file', 'folder', 'symlink'),
          target: fc.string(),
          role: fc.string(),
          level: fc.string(),
          user: fc.string(),
          url: fc.string(),
          size: fc.double(),
          mode: fc.double(),
        },
        { requiredKeys: [] },
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(), json, async (route, value) => {
        const routes = bodyRoutes();
        const [method, path] = routes[route % routes.length] as (typeof routes)[number];
        const body = JSON.stringify(value);
        const response = await victim.rest(path, { method, body, headers: JSON_TYPE, key: premises.editor.key });
        const text = await response.text();
        expect(response.status, `${method} ${path} ${body}: ${text}`).toBeLessThan(500);
      }),
      { numRuns: RUNS * 2 },
    );
    await assertServes();
  });

  it('refuses bodies that are too large, too deep or packed, without holding them in memory', async () => {
    const before = await victim.rssBytes();
    const deep = `${'['.repeat(500_000)}${']'.repeat(500_000)}`;
    const huge = JSON.stringify({ name: 'x'.repeat(8 * 2 ** 20) });
    const packed = new Uint8Array(gzipSync(JSON.stringify({ name: 'x'.repeat(64 * 2 ** 20) })));
    for (let times = 0; times < 5; times++) {
      for (const [method, path] of bodyRoutes()) {
        await assertRefused(await victim.rest(path, { method, body: deep, headers: JSON_TYPE }), `${path} deep`);
        await assertRefused(
          await victim.rest(path, { method, body: packed, headers: { ...JSON_TYPE, 'content-encoding': 'gzip' } }),
          `${path} packed`,
        );
      }
      const response = await victim.rest('/workspaces', { method: 'POST', body: huge, headers: JSON_TYPE }).catch(() => undefined);
      // A server may hang up before all of it is sent.
      if (response !== undefined) await assertRefused(response, 'huge');
    }
    await assertServes();
    expect((await victim.rssBytes()) - before).toBeLessThan(GROWTH_MAX_BYTES);
  });

  it('takes no path that leads out of the workspace or cannot be', async () => {
    const at = `/workspaces/${premises.workspace}`;
    for (const path of NASTY_PATHS.filter((each) => each.isWellFormed())) {
      const query = encodeURIComponent(path);
      const attempts: readonly (readonly [string, RequestInit])[] = [
        [`${at}/files?path=${query}`, { method: 'PUT', body: 'x', headers: { 'content-type': 'application/octet-stream' } }],
        [`${at}/files/lookup?path=${query}`, {}],
        [`${at}/files`, { method: 'POST', body: JSON.stringify({ kind: 'folder', path }), headers: JSON_TYPE }],
        [`${at}/files/${premises.file.id}`, { method: 'PATCH', body: JSON.stringify({ path }), headers: JSON_TYPE }],
        [`${at}/uploads`, { method: 'POST', body: JSON.stringify({ path }), headers: JSON_TYPE }],
        [`/workspaces/${query}/files`, {}],
        [`${at}/files/${query}`, {}],
        [`/../../${query}`, {}],
      ];
      for (const [route, init] of attempts) {
        // A backslash is a name like any other to a server; clients that cannot have it say so.
        const response = await victim.rest(route, { ...init, key: premises.editor.key });
        if (path.includes('\\') && response.ok) await response.body?.cancel();
        else await assertRefused(response, `${route} ${init.method ?? 'GET'}`);
      }
    }
    await assertServes();
  });

  it('gives nothing of another workspace away, also not whether it is there', async () => {
    const { foreign, foreignFile, workspace, editor } = premises;
    const there = (at: string): readonly (readonly [string, string])[] => [
      ['GET', `/workspaces/${at}`],
      ['GET', `/workspaces/${at}/files`],
      ['GET', `/workspaces/${at}/files/lookup?path=secret.txt`],
      ['GET', `/workspaces/${at}/files/${foreignFile.id}`],
      ['GET', `/workspaces/${at}/files/${foreignFile.id}/content`],
      ['GET', `/workspaces/${at}/files/${foreignFile.id}/versions`],
      ['DELETE', `/workspaces/${at}/files/${foreignFile.id}`],
      ['GET', `/workspaces/${at}/trash`],
      ['GET', `/workspaces/${at}/shares`],
      ['GET', `/workspaces/${at}/webhooks`],
      ['GET', `/workspaces/${at}/activity`],
      ['GET', `/workspaces/${at}/audit`],
      ['GET', `/workspaces/${at}/members`],
      ['DELETE', `/workspaces/${at}`],
    ];
    const codes = async (at: string): Promise<string[]> => {
      const found: string[] = [];
      for (const [method, path] of there(at))
        found.push(await assertRefused(await victim.rest(path, { method, key: editor.key }), `${method} ${path}`));
      return found;
    };
    expect(await codes(foreign)).toEqual(await codes('wsp_unknown'));
    // The foreign file's number may be that of one of ours, and must then be ours.
    const own = await victim.rest(`/workspaces/${workspace}/files/${foreignFile.id}/content`, { key: editor.key });
    expect(await own.text()).not.toContain('other workspace');
    const stranger = await victim.rest(`/workspaces/${workspace}/files`, { key: premises.stranger.key });
    await assertRefused(stranger, 'a stranger lists');
  });

  it('lets a viewer read and nothing else', async () => {
    const { workspace, file, viewer } = premises;
    const at = `/workspaces/${workspace}`;
    expect((await victim.rest(`${at}/files`, { key: viewer.key })).status).toBe(200);
    await expect(putFile(victim, workspace, 'by-viewer.txt', 'x', viewer.key)).rejects.toThrow('403');
    const attempts: readonly (readonly [string, string, object?])[] = [
      ['POST', `${at}/files`, { kind: 'folder', path: 'by-viewer' }],
      ['PATCH', `${at}/files/${file.id}`, { path: 'renamed.txt' }],
      ['DELETE', `${at}/files/${file.id}`],
      ['POST', `${at}/files/${file.id}/versions/${file.version}/restore`],
      ['POST', `${at}/uploads`, { path: 'by-viewer.txt' }],
      ['PATCH', `${at}/settings`, { quotaBytes: null }],
      ['POST', `${at}/members`, { userId: premises.stranger.id, role: 'viewer' }],
      ['PATCH', `${at}/members/${viewer.id}`, { role: 'owner' }],
      ['PUT', `${at}/permissions`, { path: '', user: '*', level: 'write' }],
      ['POST', `${at}/webhooks`, { url: 'https://example.com/', events: ['file.created'] }],
      ['DELETE', at],
    ];
    for (const [method, path, body] of attempts) {
      const response = await victim.rest(path, {
        method,
        key: viewer.key,
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: JSON_TYPE }),
      });
      expect(['server/forbidden', 'server/scope-missing'], `${method} ${path}`).toContain(
        await assertRefused(response, `${method} ${path}`),
      );
    }
  });

  it('opens to no key that is revoked, has ended, is for something else or never was', async () => {
    const revoked = await ownersKey(victim, {});
    await victim.ask(`/api-keys/${revoked.id}`, { method: 'DELETE' });
    expect((await victim.rest('/workspaces', { key: revoked.key })).status).toBe(401);
    const narrow = await ownersKey(victim, { scopes: ['users:read'] });
    expect(await assertRefused(await victim.rest(`/workspaces/${premises.workspace}/files`, { key: narrow.key }), 'narrow')).toBe(
      'server/scope-missing',
    );
    for (const key of ['', 'cs_', `cs_${'A'.repeat(43)}`, 'x'.repeat(7_000), "' or 1=1 --"])
      expect((await victim.rest('/workspaces', { key })).status, key.slice(0, 20)).toBe(401);
    await assertServes();
  });
});
