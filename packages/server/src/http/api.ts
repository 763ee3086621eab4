import type { IncomingMessage, ServerResponse } from 'node:http';
import { SyncError } from '@cloudsync/engine';
import { errorBody } from '@cloudsync/protocol/rest/envelope';
import type { ZodTypeProvider } from '@fastify/type-provider-zod';
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest, RawServerDefault } from 'fastify';
import { z } from 'zod';
import type { Principal } from '../access/principal.ts';

/** Fastify whose routes are typed by their schemas. */
export type Api = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>;

declare module 'fastify' {
  interface FastifyRequest {
    /** Set for every route below /v1 that is not public. */
    principal: Principal | undefined;
  }

  interface FastifyContextConfig {
    /** Needs no key. */
    readonly isPublic?: boolean;
    /** The body is a stream of bytes, whatever its type. */
    readonly rawBody?: boolean;
    /** The answer is a stream of bytes. */
    readonly rawAnswer?: boolean;
  }
}

/** @throws SyncError `server/unauthenticated` */
export function principalOf(request: Pick<FastifyRequest, 'principal'>): Principal {
  if (request.principal === undefined)
    throw new SyncError('server/unauthenticated', 'this needs an API key: send it as Authorization: Bearer cs_…');
  return request.principal;
}

/** Answers of a route for its schema: what it gives, and the envelope of errors. */
export function answers<Status extends number, Schema extends z.ZodType>(
  status: Status,
  schema: Schema,
): Record<Status, Schema> & { '4xx': typeof errorBody } {
  return { [status]: schema, '4xx': errorBody } as Record<Status, Schema> & { '4xx': typeof errorBody };
}

/** The answers of a route that sends bytes, with `rawAnswer`. */
export const bytesOrError: { readonly '4xx': z.ZodType } = { '4xx': errorBody };

/** For 204: nothing. */
export const nothing = z.undefined().meta({ description: 'Done' });
