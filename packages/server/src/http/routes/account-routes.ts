import { SyncError } from '@cloudsync/engine';
import { dataOf, pageOf, pageQuery, resourceId } from '@cloudsync/protocol/rest/envelope';
import {
  apiKey,
  createdApiKey,
  device,
  deviceId,
  devicePatch,
  type Me,
  me,
  mePatch,
  newApiKey,
  type Scope,
  type User,
} from '@cloudsync/protocol/rest/users';
import { z } from 'zod';
import type { Principal } from '../../access/principal.ts';
import { type Api, answers, nothing, principalOf } from '../api.ts';
import type { HttpContext } from '../http-context.ts';
import { futureMs } from '../moments.ts';
import { assertScope } from '../scopes.ts';

/** One's own account: name, keys, devices. */
export function accountRoutes(api: Api, { access, now }: HttpContext): void {
  api.get('/users/me', { schema: { tags: ['users'], response: answers(200, dataOf(me)) } }, async (request) => {
    const principal = principalOf(request);
    return { data: toMe(await access.users.mustGet(principal.userId), principal) };
  });

  api.patch('/users/me', { schema: { tags: ['users'], body: mePatch, response: answers(200, dataOf(me)) } }, async (request) => {
    const principal = assertScope(request, 'users:write');
    const user = await access.users.change(principal.userId, request.body);
    access.changed({ type: 'user', userId: user.id });
    return { data: toMe(user, principal) };
  });

  keyRoutes(api, access, now);
  deviceRoutes(api, access);
}

function keyRoutes(api: Api, access: HttpContext['access'], now: () => number): void {
  api.get('/api-keys', { schema: { tags: ['keys'], querystring: pageQuery, response: answers(200, pageOf(apiKey)) } }, async (request) => {
    return access.keys.list(assertScope(request, 'users:read').userId, request.query);
  });

  api.post(
    '/api-keys',
    { schema: { tags: ['keys'], body: newApiKey, response: answers(201, dataOf(createdApiKey)) } },
    async (request, reply) => {
      const principal = assertScope(request, 'users:write');
      const { name, scopes = principal.scopes, expiresAt } = request.body;
      assertNoMoreThan(principal, scopes);
      const expiresMs = expiresAt === undefined ? undefined : futureMs(expiresAt, now());
      // A key does not outlive the one that made it.
      const endMs = principal.keyExpiresMs === null ? expiresMs : Math.min(expiresMs ?? principal.keyExpiresMs, principal.keyExpiresMs);
      const key = await access.keys.create({ userId: principal.userId, name, scopes, expiresMs: endMs });
      await access.audit.add({
        action: 'key.created',
        principal,
        target: key.id,
        address: request.ip,
        details: { name, scopes: key.scopes },
      });
      return reply.code(201).send({ data: key });
    },
  );

  const params = z.object({ key: resourceId });
  api.delete('/api-keys/:key', { schema: { tags: ['keys'], params, response: answers(200, dataOf(apiKey)) } }, async (request) => {
    const principal = assertScope(request, 'users:write');
    const key = await access.keys.revoke(principal.userId, request.params.key);
    access.changed({ type: 'revoked', userId: principal.userId, keyId: key.id });
    await access.audit.add({ action: 'key.revoked', principal, target: key.id, address: request.ip });
    return { data: key };
  });
}

function deviceRoutes(api: Api, access: HttpContext['access']): void {
  api.get(
    '/devices',
    { schema: { tags: ['devices'], querystring: pageQuery, response: answers(200, pageOf(device)) } },
    async (request) => {
      return access.devices.list(assertScope(request, 'users:read').userId, request.query);
    },
  );

  const params = z.object({ device: deviceId });
  const renamed = { tags: ['devices'], params, body: devicePatch, response: answers(200, dataOf(device)) };
  api.patch('/devices/:device', { schema: renamed }, async (request) => {
    const { userId } = assertScope(request, 'users:write');
    return { data: await access.devices.rename(userId, request.params.device, request.body.name) };
  });

  api.delete('/devices/:device', { schema: { tags: ['devices'], params, response: answers(204, nothing) } }, async (request, reply) => {
    const principal = assertScope(request, 'users:write');
    await access.devices.remove(principal.userId, request.params.device);
    await access.audit.add({ action: 'device.removed', principal, target: request.params.device, address: request.ip });
    return reply.code(204).send();
  });
}

function toMe(user: User, principal: Principal): Me {
  const { keyId, keyName, scopes, keyExpiresMs } = principal;
  const expiresAt = keyExpiresMs === null ? null : new Date(keyExpiresMs).toISOString();
  return { ...user, key: { id: keyId, name: keyName, scopes: [...scopes], expiresAt } };
}

/** @throws SyncError `server/scope-missing` */
function assertNoMoreThan({ scopes }: Principal, wanted: readonly Scope[]): void {
  const missing = wanted.filter((each) => !scopes.includes(each));
  if (missing.length > 0)
    throw new SyncError('server/scope-missing', `this key cannot give ${missing.join(', ')}: it does not have that itself`);
}
