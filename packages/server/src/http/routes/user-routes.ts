import { dataOf, pageOf, pageQuery, resourceId } from '@cloudsync/protocol/rest/envelope';
import { createdUser, newUser, user, userPatch } from '@cloudsync/protocol/rest/users';
import { z } from 'zod';
import { type Api, answers } from '../api.ts';
import type { HttpContext } from '../http-context.ts';
import { assertServerAdmin } from '../scopes.ts';

/** All users of the server, for its admins. */
export function userRoutes(api: Api, { access }: HttpContext): void {
  api.get('/users', { schema: { tags: ['users'], querystring: pageQuery, response: answers(200, pageOf(user)) } }, async (request) => {
    assertServerAdmin(request, 'users:read');
    return access.users.list(request.query);
  });

  api.post(
    '/users',
    { schema: { tags: ['users'], body: newUser, response: answers(201, dataOf(createdUser)) } },
    async (request, reply) => {
      const principal = assertServerAdmin(request, 'users:write');
      const made = await access.users.create(request.body);
      const apiKey = await access.keys.create({ userId: made.id, name: 'first key', scopes: principal.scopes });
      await access.audit.add({ action: 'user.created', principal, target: made.id, address: request.ip, details: { name: made.name } });
      return reply.code(201).send({ data: { ...made, apiKey } });
    },
  );

  const params = z.object({ user: resourceId });
  api.get('/users/:user', { schema: { tags: ['users'], params, response: answers(200, dataOf(user)) } }, async (request) => {
    assertServerAdmin(request, 'users:read');
    return { data: await access.users.mustGet(request.params.user) };
  });

  api.patch(
    '/users/:user',
    { schema: { tags: ['users'], params, body: userPatch, response: answers(200, dataOf(user)) } },
    async (request) => {
      const principal = assertServerAdmin(request, 'users:write');
      const changed = await access.users.change(request.params.user, request.body);
      access.changed({ type: changed.disabledAt === null ? 'user' : 'revoked', userId: changed.id });
      await access.audit.add({ action: 'user.changed', principal, target: changed.id, address: request.ip, details: request.body });
      return { data: changed };
    },
  );

  api.delete('/users/:user', { schema: { tags: ['users'], params, response: answers(200, dataOf(user)) } }, async (request) => {
    const principal = assertServerAdmin(request, 'users:write');
    const disabled = await access.users.change(request.params.user, { disabled: true });
    access.changed({ type: 'revoked', userId: disabled.id });
    await access.audit.add({ action: 'user.disabled', principal, target: disabled.id, address: request.ip });
    return { data: disabled };
  });
}
