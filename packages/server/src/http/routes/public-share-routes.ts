import { joinPath, nameOf, SyncError } from '@cloudsync/engine';
import { dataOf, pageOf } from '@cloudsync/protocol/rest/envelope';
import { file } from '@cloudsync/protocol/rest/files';
import { type SharedItem, sharedItem, sharedListQuery, sharedQuery, shareMode } from '@cloudsync/protocol/rest/shares';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Located } from '../../workspace/workspace.ts';
import { type Api, answers, bytesOrError } from '../api.ts';
import { toFile } from '../file-resource.ts';
import type { HttpContext } from '../http-context.ts';
import { listFolder } from '../list-folder.ts';
import { baseOf, etagOf, isKnown } from '../preconditions.ts';
import { bodyStream, receiveContent } from '../receive-content.ts';
import { sendContent } from '../send-content.ts';
import { openShare, type ShareVisit } from '../share-visit.ts';

const tags = ['public shares'];
const params = z.object({ token: z.string().min(1).max(128) });
const isPublic = true;

/** What a link opens, for whoever has it. */
export function publicShareRoutes(api: Api, context: HttpContext): void {
  const info = { tags, params, response: answers(200, dataOf(sharedItem.extend({ mode: shareMode }))) };
  api.get('/s/:token/info', { schema: info, config: { isPublic } }, async (request) => {
    const visit = await openShare(context, request);
    return { data: { ...toItem(visit.shared, visit.shared.path), mode: visit.link.mode } };
  });

  const listed = { tags, params, querystring: sharedListQuery, response: answers(200, pageOf(sharedItem)) };
  api.get('/s/:token/list', { schema: listed, config: { isPublic } }, async (request) => {
    const { path: below, cursor, limit } = request.query;
    const visit = await openShare(context, request);
    const { row, path } = locateBelow(visit, below);
    if (row.kind !== 'folder') throw new SyncError('server/invalid', `${nameOf(path)} is no folder`);
    const show = (entry: Located): SharedItem => toItem(entry, visit.shared.path);
    return listFolder(visit.workspace, visit.caller, { path, limit, cursor, show });
  });

  const download = { tags, params, querystring: sharedQuery, response: bytesOrError };
  api.get('/s/:token', { schema: download, config: { isPublic, rawAnswer: true } }, async (request, reply) => {
    const visit = await openShare(context, request);
    const located = locateBelow(visit, request.query.path);
    if (!visit.caller.rights.reads(located.path)) throw nothingThere();
    if (located.row.kind === 'file' && isDownload(request, located)) await context.access.shares.countDownload(visit.link.id);
    return sendContent(request, reply, { workspace: visit.workspace, caller: visit.caller, located });
  });

  const written = { tags, params, querystring: sharedQuery, response: answers(200, dataOf(file)) };
  api.put('/s/:token', { schema: written, config: { isPublic, rawBody: true } }, async (request) => {
    const { link, workspace, caller, shared } = await openShare(context, request);
    if (link.mode !== 'edit') throw new SyncError('server/forbidden', 'this link is for reading only; ask for one that lets you write');
    const below = request.query.path;
    if (shared.row.kind !== 'folder' && below !== '') throw nothingThere();
    const path = below === '' ? shared.path : joinPath(shared.path, below);
    const content = bodyStream(request.body);
    const located = await receiveContent(workspace, caller, { path, content, base: baseOf(request.headers), nowMs: context.now() });
    return { data: { ...toFile(located), path: relativeTo(shared.path, located.path) } };
  });
}

/** Each answer with bytes in it counts, parts as well: else a limit is got around by asking for parts. */
function isDownload({ method, headers }: FastifyRequest, { row }: Located): boolean {
  return method === 'GET' && !isKnown(headers['if-none-match'], etagOf(row.sequence));
}

function locateBelow({ workspace, caller, shared }: ShareVisit, below: string): Located {
  const located = below === '' ? shared : workspace.stat(caller, joinPath(shared.path, below));
  if (located === undefined) throw nothingThere();
  return located;
}

function nothingThere(): SyncError {
  return new SyncError('server/not-found', 'there is nothing at this path of what is shared');
}

/** Where the shared thing lies is nobody's business: paths begin at it. */
function relativeTo(shared: string, path: string): string {
  return path === shared ? nameOf(path) : path.slice(shared.length + 1);
}

function toItem({ row, path }: Located, shared: string): SharedItem {
  return {
    path: path === shared ? '' : relativeTo(shared, path),
    name: nameOf(path),
    kind: row.kind,
    size: row.size,
    mtimeMs: row.mtimeMs,
  };
}
