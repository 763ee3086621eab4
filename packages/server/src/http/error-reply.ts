import { SyncError, type SyncErrorCode } from '@cloudsync/engine';
import type { ErrorBody } from '@cloudsync/protocol/rest/envelope';
import { hasZodFastifySchemaValidationErrors } from '@fastify/type-provider-zod';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { statusOf } from './error-status.ts';

/** What Fastify itself refuses, by its status. */
const CODES_OF_STATUSES: Readonly<Record<number, SyncErrorCode>> = {
  404: 'server/not-found',
  413: 'server/too-large',
  415: 'server/unsupported-media-type',
  503: 'server/unavailable',
};

/** Fastify's messages can hold a whole URL. */
const MESSAGE_MAX = 300;

/** Answers with the envelope of errors. Strangers learn of a failure of ours only that it is in the log, under the request's id. */
export function replyWithError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const { status, body } = errorReply(error, request.id);
  if (status >= 500) request.log.error({ err: error }, 'request failed');
  // An answer that has begun cannot become another: what reads it sees that it was cut off.
  if (reply.raw.headersSent) return void reply.raw.destroy();
  if (status === 401) void reply.header('www-authenticate', SyncError.is(error, 'server/password-required') ? SHARE_CHALLENGE : 'Bearer');
  void reply.code(status).type('application/json').serializer(JSON.stringify).send(body);
}

/** Browsers ask for the password of a link by themselves. */
const SHARE_CHALLENGE = 'Basic realm="shared with CloudSync", charset="UTF-8"';

function errorReply(error: unknown, requestId: string): { readonly status: number; readonly body: ErrorBody } {
  if (hasZodFastifySchemaValidationErrors(error)) {
    const issues = error.validation.map(({ instancePath, message }) => ({ at: instancePath, message }));
    const [first] = issues;
    const where = `${error.validationContext ?? 'request'}${first?.at ?? ''}`.replaceAll('/', '.');
    return { status: 400, body: bodyOf('server/invalid', `${where}: ${first?.message ?? 'not what is expected here'}`, { issues }) };
  }
  if (SyncError.is(error)) {
    const status = statusOf(error.code);
    if (status < 500 || status === 507 || status === 503) return { status, body: bodyOf(error.code, error.message, detailsOf(error)) };
  } else if (error instanceof Error && isRefusedByFastify(error)) {
    const code = CODES_OF_STATUSES[error.statusCode] ?? 'server/invalid';
    return { status: error.statusCode, body: bodyOf(code, error.message.slice(0, MESSAGE_MAX)) };
  }
  return { status: 500, body: bodyOf('server/internal', `something failed here; the server's log has it as ${requestId}`, { requestId }) };
}

function detailsOf(error: SyncError): Record<string, unknown> | undefined {
  return error.path === undefined ? undefined : { path: error.path };
}

function bodyOf(code: SyncErrorCode, message: string, details?: Record<string, unknown>): ErrorBody {
  return { error: { code, message, ...(details !== undefined && { details }) } };
}

function isRefusedByFastify(error: Error): error is Error & { statusCode: number } {
  const status = 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 && 'code' in error && String(error.code).startsWith('FST_');
}
