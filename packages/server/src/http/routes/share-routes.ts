import { dataOf, pageOf, pageQuery, resourceId } from '@cloudsync/protocol/rest/envelope';
import { createdShare, newShare, type Share, share, sharePatch } from '@cloudsync/protocol/rest/shares';
import { assertMayDo } from '../../access/access.ts';
import type { ShareLink } from '../../access/share-links.ts';
import type { Caller } from '../../workspace/caller.ts';
import type { Workspace } from '../../workspace/workspace.ts';
import { type Api, answers, nothing } from '../api.ts';
import type { HttpContext } from '../http-context.ts';
import { locate } from '../locate.ts';
import { futureMs } from '../moments.ts';
import { visit, workspaceParams } from '../workspace-visit.ts';

/** Links that members give away. What such a link opens is in public-share-routes.ts. */
export function shareRoutes(api: Api, context: HttpContext): void {
  const { access, now } = context;
  const tags = ['shares'];
  const params = workspaceParams.extend({ share: resourceId });
  const one = '/workspaces/:workspace/shares/:share';

  const listed = { tags, params: workspaceParams, querystring: pageQuery, response: answers(200, pageOf(share)) };
  api.get('/workspaces/:workspace/shares', { schema: listed }, async (request) => {
    const { workspace, caller } = await visit(context, request, 'shares:read');
    const { data, pagination } = await access.shares.list(workspace.id, request.query);
    // A link to what the member cannot see is not his to know.
    const visible = data.filter((link) => caller.rights.unrestricted || pathOf(workspace, caller, link) !== null);
    return { data: visible.map((link) => toShare(link, workspace, caller)), pagination };
  });

  const made = { tags, params: workspaceParams, body: newShare, response: answers(201, dataOf(createdShare)) };
  api.post('/workspaces/:workspace/shares', { schema: made }, async (request, reply) => {
    const { workspace, caller, subject, principal } = await visit(context, request, 'shares:read');
    const { fileId, mode, password, expiresAt, maxDownloads } = request.body;
    const { path, row } = locate(workspace, caller, fileId);
    assertMayDo(subject, mode === 'edit' ? 'shares:edit' : 'shares:view', path);
    const { link, token } = await access.shares.create({
      workspace: workspace.id,
      entry: row.id,
      mode,
      password,
      expiresMs: expiresAt === undefined ? undefined : futureMs(expiresAt, now()),
      maxDownloads,
      createdBy: principal.userId,
    });
    const audit = { principal, workspace: workspace.id, target: path, address: request.ip, details: { share: link.id, mode } };
    await access.audit.add({ action: 'share.created', ...audit });
    const url = `${context.publicUrl()}/s/${token}`;
    return reply.code(201).send({ data: { ...toShare(link, workspace, caller), url } });
  });

  api.get(one, { schema: { tags, params, response: answers(200, dataOf(share)) } }, async (request) => {
    const { workspace, caller } = await visit(context, request, 'shares:read');
    return { data: toShare(await access.shares.mustGet(workspace.id, request.params.share), workspace, caller) };
  });

  const patched = { tags, params, body: sharePatch, response: answers(200, dataOf(share)) };
  api.patch(one, { schema: patched }, async (request) => {
    const { workspace, caller, subject, principal } = await visit(context, request, 'shares:read');
    const before = await access.shares.mustGet(workspace.id, request.params.share);
    const { expiresAt, mode = before.mode, ...rest } = request.body;
    assertMayDo(subject, mode === 'edit' ? 'shares:edit' : 'shares:view', locate(workspace, caller, String(before.entry)).path);
    const expiresMs = typeof expiresAt === 'string' ? futureMs(expiresAt, now()) : expiresAt;
    const link = await access.shares.change(workspace.id, before.id, { ...rest, mode, expiresMs });
    const audit = { principal, workspace: workspace.id, target: link.id, address: request.ip, details: { mode } };
    await access.audit.add({ action: 'share.changed', ...audit });
    return { data: toShare(link, workspace, caller) };
  });

  api.delete(one, { schema: { tags, params, response: answers(204, nothing) } }, async (request, reply) => {
    const { workspace, subject, principal } = await visit(context, request, 'shares:read');
    const link = await access.shares.mustGet(workspace.id, request.params.share);
    assertMayDo(subject, link.created_by === principal.userId ? 'shares:remove' : 'shares:remove-any');
    await access.shares.remove(workspace.id, link.id);
    await access.audit.add({ action: 'share.removed', principal, workspace: workspace.id, target: link.id, address: request.ip });
    return reply.code(204).send();
  });
}

function toShare(link: ShareLink, workspace: Workspace, caller: Caller): Share {
  return {
    id: link.id,
    fileId: String(link.entry),
    path: pathOf(workspace, caller, link),
    mode: link.mode,
    hasPassword: link.password !== null,
    expiresAt: link.expires_ms === null ? null : new Date(link.expires_ms).toISOString(),
    maxDownloads: link.max_downloads,
    downloads: link.downloads,
    createdBy: link.created_by,
    createdAt: new Date(link.created_ms).toISOString(),
  };
}

/** Null when it is in the trash, or out of the caller's sight. */
function pathOf(workspace: Workspace, caller: Caller, link: ShareLink): string | null {
  const located = workspace.byId(caller, link.entry);
  return located === undefined || located.row.deleted ? null : located.path;
}
