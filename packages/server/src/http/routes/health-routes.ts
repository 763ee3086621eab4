import { SyncError } from '@cloudsync/engine';
import { dataOf, errorBody } from '@cloudsync/protocol/rest/envelope';
import { z } from 'zod';
import { isLoopback } from '../../access/loopback.ts';
import { type Api, answers, bytesOrError } from '../api.ts';
import type { HttpContext } from '../http-context.ts';
import { assertServerAdmin } from '../scopes.ts';

const status = dataOf(z.object({ status: z.literal('ok') }));
const ok = { data: { status: 'ok' as const } };

/** For whoever looks after the server: does it run, does it serve, how is it. */
export function healthRoutes(api: Api, { workspaces, metrics, isReady, access }: HttpContext): void {
  const tags = ['health'];
  const isPublic = true;

  api.get('/healthz', { schema: { tags, response: answers(200, status) }, config: { isPublic } }, async () => ok);

  const ready = { tags, response: { ...answers(200, status), '5xx': errorBody } };
  api.get('/readyz', { schema: ready, config: { isPublic } }, async () => {
    if (!isReady()) throw new SyncError('server/unavailable', 'the server is closing', { retryable: true });
    workspaces.database.prepare('select 1').get();
    return ok;
  });

  // A collector on the same machine needs no key, unless it comes through a proxy, as everybody then would.
  api.get('/metrics', { schema: { tags, response: bytesOrError }, config: { isPublic, rawAnswer: true } }, async (request, reply) => {
    if (!isLoopback(request.ip) || request.headers['x-forwarded-for'] !== undefined) {
      const key = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
      request.principal = await access.authenticate(key, request.ip);
      assertServerAdmin(request, 'users:read');
    }
    return reply
      .type(metrics.contentType)
      .serializer(String)
      .send(await metrics.render());
  });
}
