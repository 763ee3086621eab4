import { SyncError } from '@cloudsync/engine';
import { dataOf, pageOf, pageQuery } from '@cloudsync/protocol/rest/envelope';
import { file, fileVersion, trashedFile, undelete } from '@cloudsync/protocol/rest/files';
import { assertMayDo } from '../../access/access.ts';
import { decodeNumberCursor, pageFrom } from '../../access/page.ts';
import type { ChangeResult } from '../../journal/change.ts';
import { type Caller, systemCaller } from '../../workspace/caller.ts';
import type { Located, Workspace } from '../../workspace/workspace.ts';
import { type Api, answers, bytesOrError, nothing } from '../api.ts';
import { fileParams, versionParams } from '../file-params.ts';
import { toFile, toTrashed, toVersion } from '../file-resource.ts';
import type { HttpContext } from '../http-context.ts';
import { sendContent } from '../send-content.ts';
import { visiblePage } from '../visible-page.ts';
import { visit, workspaceParams } from '../workspace-visit.ts';

/** What files were: versions, and the trash. */
export function versionRoutes(api: Api, context: HttpContext): void {
  const tags = ['versions'];
  const base = '/workspaces/:workspace/files/:file/versions';

  const listed = { tags, params: fileParams, querystring: pageQuery, response: answers(200, pageOf(fileVersion)) };
  api.get(base, { schema: listed }, async (request) => {
    const { workspace, caller } = await visit(context, request, 'files:list');
    const { cursor, limit } = request.query;
    const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : decodeNumberCursor(cursor);
    const older = versionsOf(workspace, caller, request.params.file).filter(({ row }) => row.sequence < before);
    return pageFrom(older, { limit, cursorOf: ({ row }) => row.sequence, item: (version) => toVersion(context.workspaces, version) });
  });

  api.get(`${base}/:version`, { schema: { tags, params: versionParams, response: answers(200, dataOf(fileVersion)) } }, async (request) => {
    const { workspace, caller } = await visit(context, request, 'files:list');
    return { data: toVersion(context.workspaces, mustGetVersion(workspace, caller, request.params)) };
  });

  const content = { tags, params: versionParams, response: bytesOrError };
  api.get(`${base}/:version/content`, { schema: content, config: { rawAnswer: true } }, async (request, reply) => {
    const { workspace, caller, subject } = await visit(context, request, 'files:list');
    const located = mustGetVersion(workspace, caller, request.params);
    assertMayDo(subject, 'files:read', located.path);
    return sendContent(request, reply, { workspace, caller, located });
  });

  const restored = { tags, params: versionParams, body: undelete.nullish(), response: answers(200, dataOf(file)) };
  api.post(`${base}/:version/restore`, { schema: restored }, async (request) => {
    const { workspace, caller, subject } = await visit(context, request, 'files:change');
    const { row, path } = mustGetVersion(workspace, caller, request.params);
    const to = request.body?.path;
    assertMayDo(subject, 'files:write', to ?? path);
    return { data: await restore(workspace, caller, { sequence: row.sequence, ...(to !== undefined && { path: to }) }) };
  });

  trashRoutes(api, context);
}

function trashRoutes(api: Api, context: HttpContext): void {
  const tags = ['trash'];
  const listed = { tags, params: workspaceParams, querystring: pageQuery, response: answers(200, pageOf(trashedFile)) };
  api.get('/workspaces/:workspace/trash', { schema: listed }, async (request) => {
    const { workspace, caller } = await visit(context, request, 'trash:read');
    const { cursor, limit } = request.query;
    return visiblePage({
      limit,
      position: cursor === undefined ? undefined : decodeNumberCursor(cursor),
      next: (before, count) => workspace.trash(systemCaller, { ...(typeof before === 'number' && { before }), limit: count }).entries,
      positionOf: ({ row }) => row.sequence,
      sees: ({ path }) => caller.rights.reads(path),
      show: (entry) => toTrashed(context.workspaces, entry),
    });
  });

  const undeleted = { tags, params: fileParams, body: undelete.nullish(), response: answers(200, dataOf(file)) };
  api.post('/workspaces/:workspace/trash/:file/restore', { schema: undeleted }, async (request) => {
    const { workspace, caller, subject } = await visit(context, request, 'files:change');
    const { row, path } = mustGetTrashed(workspace, caller, request.params.file);
    const to = request.body?.path;
    assertMayDo(subject, 'files:write', to ?? path);
    return { data: await restore(workspace, caller, { sequence: row.sequence, ...(to !== undefined && { path: to }) }) };
  });

  const purged = { tags, params: fileParams, response: answers(204, nothing) };
  api.delete('/workspaces/:workspace/trash/:file', { schema: purged }, async (request, reply) => {
    const { workspace, caller, principal } = await visit(context, request, 'trash:purge');
    const { row, path } = mustGetTrashed(workspace, caller, request.params.file);
    await workspace.purge(caller, [row.id]);
    await context.access.audit.add({ action: 'trash.purged', principal, workspace: workspace.id, target: path, address: request.ip });
    return reply.code(204).send();
  });
}

/** Newest first. @throws SyncError `server/not-found` */
function versionsOf(workspace: Workspace, caller: Caller, fileId: string): readonly Located[] {
  const versions = workspace.versions(caller, Number(fileId));
  if (versions.length === 0) throw new SyncError('server/not-found', `there is no file ${fileId}`);
  return [...versions].sort((a, b) => b.row.sequence - a.row.sequence);
}

function mustGetVersion(workspace: Workspace, caller: Caller, { file: id, version }: { file: string; version: number }): Located {
  const versions = versionsOf(workspace, caller, id);
  const found = versions.find(({ row }) => row.sequence === version);
  if (found === undefined)
    throw new SyncError('server/not-found', `${versions[0]?.path} has no version ${version}; it may be older than what is kept`);
  return found;
}

function mustGetTrashed(workspace: Workspace, caller: Caller, fileId: string): Located {
  const located = workspace.byId(caller, Number(fileId));
  if (located === undefined || !located.row.deleted) throw new SyncError('server/not-found', `the trash has no file ${fileId}`);
  return located;
}

async function restore(workspace: Workspace, caller: Caller, what: { sequence: number; path?: string }) {
  const result: ChangeResult = await workspace.restore(caller, what);
  if ('error' in result) throw new SyncError(result.error, result.message);
  if ('conflict' in result) throw new SyncError('storage/exists', 'something else is at that path; give another to restore to');
  const located = workspace.byId(caller, result.id);
  if (located === undefined) throw new SyncError('storage/changed', 'somebody else has deleted it meanwhile', { retryable: true });
  return toFile(located);
}
