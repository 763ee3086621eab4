import { Readable } from 'node:stream';
import { nameOf, SyncError } from '@cloudsync/engine';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../workspace/caller.ts';
import type { Located, Workspace } from '../workspace/workspace.ts';
import { parseRange } from './byte-range.ts';
import { assertMatches, etagOf, isKnown } from './preconditions.ts';

export interface ContentToSend {
  readonly workspace: Workspace;
  readonly caller: Caller;
  readonly located: Located;
}

/**
 * Sends the content of a version: whole, a part (`Range`, `If-Range`), or that it is known (`If-None-Match`).
 * @throws SyncError `server/invalid` (not a file), `server/precondition-failed`, `server/range-not-satisfiable`
 */
export function sendContent(request: FastifyRequest, reply: FastifyReply, { workspace, caller, located }: ContentToSend): FastifyReply {
  const { row, path } = located;
  if (row.kind !== 'file') throw new SyncError('server/invalid', `${path} is a ${row.kind}; only files have content`, { path });
  const etag = etagOf(row.sequence);
  const { headers } = request;
  assertMatches(headers['if-match'], etag);
  reply.headers({
    etag,
    'accept-ranges': 'bytes',
    'last-modified': httpDate(row.mtimeMs),
    'cache-control': 'private, no-cache',
    ...inertHeaders(nameOf(path)),
  });
  if (row.hash !== undefined) reply.header('repr-digest', `sha-256=:${Buffer.from(row.hash, 'hex').toString('base64')}:`);
  if (isKnown(headers['if-none-match'], etag)) return reply.code(304).send();

  const ifRange = headers['if-range'];
  const range = ifRange === undefined || ifRange === etag ? rangeIn(request, reply, row.size) : undefined;
  const { offset, length } = range ?? { offset: 0, length: row.size };
  reply.code(range === undefined ? 200 : 206).header('content-length', length);
  if (range !== undefined) reply.header('content-range', `bytes ${offset}-${offset + length - 1}/${row.size}`);
  // A stream, as Fastify would tell HEAD the length of anything else.
  if (request.method === 'HEAD' || length === 0) return reply.send(Readable.from([]));
  return reply.send(Readable.from(workspace.read(caller, row.sequence, { offset, length }), { objectMode: false }));
}

/** What somebody uploaded is data in a browser, whatever it says it is: it is saved, not shown, and nothing in it runs. */
function inertHeaders(name: string): Record<string, string> {
  const ascii = name.replace(/[^\x20-\x7e]|["\\]/g, '_');
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
  return {
    'content-type': 'application/octet-stream',
    'content-disposition': `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`,
    'content-security-policy': "sandbox; default-src 'none'",
    'x-content-type-options': 'nosniff',
  };
}

function rangeIn(request: FastifyRequest, reply: FastifyReply, size: number): ReturnType<typeof parseRange> {
  try {
    return parseRange(request.headers.range, size);
  } catch (error) {
    reply.header('content-range', `bytes */${size}`);
    for (const header of ['content-disposition', 'repr-digest']) reply.removeHeader(header);
    throw error;
  }
}

/** Times that a date cannot hold (files may have any) are shown as the first moment of 1970. */
function httpDate(ms: number): string {
  const date = new Date(ms);
  const year = date.getUTCFullYear();
  return year >= 1970 && year <= 9999 ? date.toUTCString() : new Date(0).toUTCString();
}
