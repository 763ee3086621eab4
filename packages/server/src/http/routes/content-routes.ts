import { dataOf } from '@cloudsync/protocol/rest/envelope';
import { contentWriteQuery, file, fileWriteQuery } from '@cloudsync/protocol/rest/files';
import { assertMayDo } from '../../access/access.ts';
import { type Api, answers, bytesOrError } from '../api.ts';
import { fileParams } from '../file-params.ts';
import { toFile } from '../file-resource.ts';
import type { HttpContext } from '../http-context.ts';
import { locate } from '../locate.ts';
import { baseOf } from '../preconditions.ts';
import { bodyStream, receiveContent } from '../receive-content.ts';
import { sendContent } from '../send-content.ts';
import { visit, workspaceParams } from '../workspace-visit.ts';

const tags = ['content'];

/** The bytes of files, in and out, as streams. */
export function contentRoutes(api: Api, context: HttpContext): void {
  const rawBody = { rawBody: true };

  const read = { tags, params: fileParams, response: bytesOrError };
  api.get('/workspaces/:workspace/files/:file/content', { schema: read, config: { rawAnswer: true } }, async (request, reply) => {
    const { workspace, caller, subject } = await visit(context, request, 'files:list');
    const located = locate(workspace, caller, request.params.file);
    assertMayDo(subject, 'files:read', located.path);
    return sendContent(request, reply, { workspace, caller, located });
  });

  const written = { tags, params: workspaceParams, querystring: fileWriteQuery, response: answers(200, dataOf(file)) };
  api.put('/workspaces/:workspace/files', { schema: written, config: rawBody }, async (request, reply) => {
    const { path, ...attributes } = request.query;
    const { workspace, caller } = await visit(context, request, 'files:write', path);
    const base = baseOf(request.headers);
    const content = bodyStream(request.body);
    const located = await receiveContent(workspace, caller, { path, base, content, nowMs: context.now(), ...attributes });
    return reply.header('etag', `"${located.row.sequence}"`).send({ data: toFile(located) });
  });

  const replaced = { tags, params: fileParams, querystring: contentWriteQuery, response: answers(200, dataOf(file)) };
  api.put('/workspaces/:workspace/files/:file/content', { schema: replaced, config: rawBody }, async (request, reply) => {
    const { workspace, caller, subject } = await visit(context, request, 'files:change');
    const { path, row } = locate(workspace, caller, request.params.file);
    assertMayDo(subject, 'files:write', path);
    const given = baseOf(request.headers);
    // Without If-Match too, it is this file that is replaced and not another that came to its path meanwhile.
    const base = given === 'any' ? row.sequence : given;
    const content = bodyStream(request.body);
    const located = await receiveContent(workspace, caller, { path, base, content, nowMs: context.now(), ...request.query });
    return reply.header('etag', `"${located.row.sequence}"`).send({ data: toFile(located) });
  });
}
