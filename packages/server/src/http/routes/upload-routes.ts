import { SyncError } from '@cloudsync/engine';
import { dataOf, resourceId } from '@cloudsync/protocol/rest/envelope';
import { file, newUpload, type Upload, upload, uploadPartQuery } from '@cloudsync/protocol/rest/files';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Located } from '../../workspace/workspace.ts';
import { type Api, answers, nothing } from '../api.ts';
import { toFile } from '../file-resource.ts';
import type { HttpContext } from '../http-context.ts';
import { bodyStream, receiveContent } from '../receive-content.ts';
import type { UploadKey } from '../uploads.ts';
import { type Visit, visit, workspaceParams } from '../workspace-visit.ts';

const tags = ['uploads'];
const params = workspaceParams.extend({ upload: resourceId });
const one = '/workspaces/:workspace/uploads/:upload';
/** An upload without a told size, into a workspace without a quota, ends here. */
const UPLOAD_BYTES_MAX = 2 ** 44;

/** Uploads in parts: make one, PUT parts at its offset, finish it. After a broken connection, ask for the offset and go on. */
export function uploadRoutes(api: Api, context: HttpContext): void {
  const { uploads } = context;
  const answered = answers(200, dataOf(upload));

  const made = { tags, params: workspaceParams, body: newUpload, response: answers(201, dataOf(upload)) };
  api.post('/workspaces/:workspace/uploads', { schema: made }, async (request, reply) => {
    const { body } = request;
    const { workspace, principal } = await visit(context, request, 'files:write', body.path);
    const bytesMax = bytesMaxOf(workspace);
    if ((body.size ?? 0) > bytesMax)
      throw new SyncError('server/quota-exceeded', `${body.size} bytes are more than the ${bytesMax} that the workspace has left`);
    const data = await uploads.create({ workspace: workspace.id, userId: principal.userId, ...body });
    return withOffset(reply, data).code(201).send({ data });
  });

  // HEAD answers with the same headers.
  api.get(one, { schema: { tags, params, response: answered } }, async (request, reply) => {
    const { key } = await enter(context, request);
    const { upload: data } = await uploads.mustGet(key);
    return withOffset(reply, data).send({ data });
  });

  api.post(`${one}/finish`, { schema: { tags, params, response: answers(200, dataOf(file)) } }, async (request) => {
    const visited = await enter(context, request);
    return { data: toFile(await finish(context, visited)) };
  });

  api.delete(one, { schema: { tags, params, response: answers(204, nothing) } }, async (request, reply) => {
    const { key } = await enter(context, request);
    await uploads.alone(key, ({ row }) => uploads.remove(row.id));
    return reply.code(204).send();
  });
}

/** The bytes of uploads. */
export function uploadPartRoutes(api: Api, context: HttpContext): void {
  const appended = { tags, params, querystring: uploadPartQuery, response: answers(200, dataOf(upload)) };
  api.put(one, { schema: appended, config: { rawBody: true } }, async (request, reply) => {
    const { key, workspace } = await enter(context, request);
    const part = { offset: request.query.offset, bytesMax: bytesMaxOf(workspace), content: bodyStream(request.body) };
    const data = await context.uploads.append(key, part);
    return withOffset(reply, data).send({ data });
  });
}

interface UploadVisit extends Visit {
  readonly key: UploadKey;
}

async function enter(
  context: HttpContext,
  request: FastifyRequest & { readonly params: { readonly workspace: string; readonly upload: string } },
): Promise<UploadVisit> {
  const visited = await visit(context, request, 'files:change');
  return { ...visited, key: { id: request.params.upload, workspace: visited.workspace.id, userId: visited.principal.userId } };
}

/** The workspace asks again whether the path may be written: rights may have changed since the upload was made. */
async function finish({ uploads, now }: HttpContext, { key, workspace, caller }: UploadVisit): Promise<Located> {
  return uploads.alone(key, async ({ row, upload: { offset, size } }) => {
    if (size !== null && offset !== size)
      throw new SyncError('server/precondition-failed', `only ${offset} of ${size} bytes have arrived; send the rest before finishing`);
    const located = await receiveContent(workspace, caller, {
      path: row.path,
      content: uploads.content(row.id),
      base: row.base ?? 'any',
      nowMs: now(),
      mtimeMs: row.mtime_ms ?? undefined,
      mode: row.mode ?? undefined,
      hash: row.hash ?? undefined,
      requestId: row.id,
    });
    await uploads.remove(row.id);
    return located;
  });
}

function bytesMaxOf({ settings: { quotaBytes } }: Visit['workspace']): number {
  return quotaBytes ?? UPLOAD_BYTES_MAX;
}

function withOffset<Reply extends FastifyReply>(reply: Reply, { offset, size, expiresAt }: Upload): Reply {
  reply.header('upload-offset', String(offset)).header('upload-expires', expiresAt).header('cache-control', 'no-store');
  if (size !== null) reply.header('upload-length', String(size));
  return reply;
}
