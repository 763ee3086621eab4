import { SyncError } from '@cloudsync/engine';
import { dataOf, pageOf } from '@cloudsync/protocol/rest/envelope';
import { file, fileDeleteQuery, fileListQuery, fileLookupQuery, filePatch, newFile } from '@cloudsync/protocol/rest/files';
import { assertMayDo } from '../../access/access.ts';
import type { Change } from '../../journal/change.ts';
import { type Api, answers, nothing } from '../api.ts';
import { commitAll, commitOne, missingFolders } from '../commit-changes.ts';
import { deleteTree } from '../delete-tree.ts';
import { fileParams } from '../file-params.ts';
import { toFile } from '../file-resource.ts';
import type { HttpContext } from '../http-context.ts';
import { listFolder } from '../list-folder.ts';
import { locate, locatePath } from '../locate.ts';
import { assertMatches, baseOf, etagOf } from '../preconditions.ts';
import { visit, workspaceParams } from '../workspace-visit.ts';

const tags = ['files'];

/** Files, folders and symlinks: looking, making, moving, deleting. Contents are in content-routes.ts. */
export function fileRoutes(api: Api, context: HttpContext): void {
  const oneFile = answers(200, dataOf(file));

  const listed = { tags, params: workspaceParams, querystring: fileListQuery, response: answers(200, pageOf(file)) };
  api.get('/workspaces/:workspace/files', { schema: listed }, async (request) => {
    const { path, cursor, limit } = request.query;
    const { workspace, caller } = await visit(context, request, 'files:list', path);
    if (path !== '' && locatePath(workspace, caller, path).row.kind !== 'folder')
      throw new SyncError('server/invalid', `${path} is no folder`, { path });
    return listFolder(workspace, caller, { path, limit, cursor, show: toFile });
  });

  const found = { tags, params: workspaceParams, querystring: fileLookupQuery, response: oneFile };
  api.get('/workspaces/:workspace/files/lookup', { schema: found }, async (request) => {
    const { path } = request.query;
    const { workspace, caller } = await visit(context, request, 'files:list', path);
    return { data: toFile(locatePath(workspace, caller, path)) };
  });

  const made = { tags, params: workspaceParams, body: newFile, response: answers(201, dataOf(file)) };
  api.post('/workspaces/:workspace/files', { schema: made }, async (request, reply) => {
    const { body } = request;
    const { workspace, caller } = await visit(context, request, 'files:write', body.path);
    const { path, kind, mtimeMs = context.now() } = body;
    const put = { kind, size: 0, mtimeMs, chunks: 0, ...(kind === 'symlink' ? { target: body.target } : { mode: body.mode }) };
    const changes = [...missingFolders(workspace, caller, { path, nowMs: context.now() }), { path, base: 0, put }];
    return reply.code(201).send({ data: toFile(await commitOne(workspace, caller, changes, { onConflict: 'storage/exists' })) });
  });

  api.get('/workspaces/:workspace/files/:file', { schema: { tags, params: fileParams, response: oneFile } }, async (request) => {
    const { workspace, caller } = await visit(context, request, 'files:list');
    return { data: toFile(locate(workspace, caller, request.params.file)) };
  });

  const patched = { tags, params: fileParams, body: filePatch, response: oneFile };
  api.patch('/workspaces/:workspace/files/:file', { schema: patched }, async (request) => {
    const { workspace, caller, subject } = await visit(context, request, 'files:change');
    const { row, path } = locate(workspace, caller, request.params.file);
    const { path: to = path, ...attributes } = request.body;
    if (to === path && Object.keys(attributes).length === 0) throw new SyncError('server/invalid', 'give a new path, mtimeMs or mode');
    assertMayDo(subject, 'files:write', path);
    const given = baseOf(request.headers);
    const base = given === 'any' ? row.sequence : given;
    if (to !== path && workspace.stat(caller, to) !== undefined)
      throw new SyncError('storage/exists', `something is at ${to} already`, { path: to });
    const changes: Change[] = [];
    if (to !== path)
      changes.push(...missingFolders(workspace, caller, { path: to, nowMs: context.now() }), {
        path: to,
        base: 0,
        from: path,
        fromBase: base,
      });
    if (Object.keys(attributes).length > 0) changes.push({ path: to, base: to === path ? base : 'any', attributes });
    return { data: toFile(await commitOne(workspace, caller, changes, { onConflict: 'server/precondition-failed' })) };
  });

  const removed = { tags, params: fileParams, querystring: fileDeleteQuery, response: answers(204, nothing) };
  api.delete('/workspaces/:workspace/files/:file', { schema: removed }, async (request, reply) => {
    const { workspace, caller, subject } = await visit(context, request, 'files:change');
    const located = locate(workspace, caller, request.params.file);
    assertMayDo(subject, request.query.recursive ? 'files:write-tree' : 'files:write', located.path);
    assertMatches(request.headers['if-match'], etagOf(located.row.sequence));
    if (request.query.recursive) await deleteTree(workspace, caller, located);
    else await commitAll(workspace, caller, [{ path: located.path, base: located.row.sequence, delete: true }]);
    return reply.code(204).send();
  });
}
