import type { FastifyReply, FastifyRequest } from 'fastify';
import { sourceOf } from '../access/attempt-brake.ts';
import { type Api, principalOf } from './api.ts';
import type { HttpContext } from './http-context.ts';
import { assertWithinRate, type RateLimit, rateHeaders } from './rate-limit.ts';

export interface AuthenticationOptions {
  readonly context: HttpContext;
  /** Of one key. */
  readonly keyRate: RateLimit;
  /** Of one address, for requests without a key. */
  readonly addressRate: RateLimit;
}

/** Before anything of a request is read: who asks, and whether it is not too often. */
export function authenticateRequests(api: Api, { context, keyRate, addressRate }: AuthenticationOptions): void {
  api.decorateRequest('principal', undefined);
  api.addHook('onRequest', async (request: FastifyRequest, reply: FastifyReply) => {
    const key = keyIn(request);
    const isPublic = request.routeOptions.config.isPublic === true || request.is404;
    if (key !== undefined && !isPublic) request.principal = await context.access.authenticate(key, request.ip);
    const caller = request.principal?.keyId ?? sourceOf(request.ip);
    const state = (request.principal === undefined ? addressRate : keyRate).take(caller);
    reply.headers(rateHeaders(state, context.now()));
    assertWithinRate(state, context.now());
    if (!isPublic) principalOf(request);
  });
}

/** `Authorization: Bearer …`, or `X-API-Key` where a proxy needs the other header for itself. Never in a URL. */
function keyIn({ headers }: FastifyRequest): string | undefined {
  const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
  const plain = headers['x-api-key'];
  return bearer ?? (typeof plain === 'string' ? plain : undefined);
}
