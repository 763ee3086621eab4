import { SyncError } from '@cloudsync/engine';
import { dataOf, pageOf, pageQuery } from '@cloudsync/protocol/rest/envelope';
import {
  newWorkspace,
  type Role,
  type WorkspaceResource,
  workspacePatch,
  workspace as workspaceSchema,
  workspaceSettings,
  workspaceSettingsPatch,
} from '@cloudsync/protocol/rest/workspaces';
import { decodeCursor, pageFrom } from '../../access/page.ts';
import type { Workspace } from '../../workspace/workspace.ts';
import { type Api, answers, nothing } from '../api.ts';
import type { HttpContext } from '../http-context.ts';
import { assertScope } from '../scopes.ts';
import { visit, workspaceParams } from '../workspace-visit.ts';

const tags = ['workspaces'];

/** Workspaces, and what holds for each as a whole. */
export function workspaceRoutes(api: Api, context: HttpContext): void {
  const { access, workspaces } = context;

  api.get('/workspaces', { schema: { tags, querystring: pageQuery, response: answers(200, pageOf(workspaceSchema)) } }, async (request) => {
    const { userId } = assertScope(request, 'workspaces:read');
    const { cursor, limit } = request.query;
    const after = cursor === undefined ? '' : decodeCursor(cursor);
    const present = new Set(workspaces.list().map(({ id }) => id));
    const theirs = (await access.members.workspacesOf(userId)).filter(({ workspace }) => workspace > after && present.has(workspace));
    return pageFrom(theirs.slice(0, limit + 1), {
      limit,
      cursorOf: ({ workspace }) => workspace,
      item: ({ workspace, role }) => toWorkspace(workspaces.get(workspace), role),
    });
  });

  const created = { tags, body: newWorkspace, response: answers(201, dataOf(workspaceSchema)) };
  api.post('/workspaces', { schema: created }, async (request, reply) => {
    const principal = assertScope(request, 'workspaces:write');
    const workspace = await workspaces.create(request.body);
    await access.members.addOwner(workspace.id, principal.userId);
    access.changed({ type: 'rights', workspace: workspace.id, userId: principal.userId });
    const { id, name } = workspace;
    await access.audit.add({ action: 'workspace.created', principal, workspace: id, target: id, address: request.ip, details: { name } });
    return reply.code(201).send({ data: toWorkspace(workspace, 'owner') });
  });

  const one = { tags, params: workspaceParams, response: answers(200, dataOf(workspaceSchema)) };
  api.get('/workspaces/:workspace', { schema: one }, async (request) => {
    const { workspace, subject } = await visit(context, request, 'workspace:read');
    return { data: toWorkspace(workspace, subject.role) };
  });

  api.patch('/workspaces/:workspace', { schema: { ...one, body: workspacePatch } }, async (request) => {
    const { workspace, subject, principal } = await visit(context, request, 'workspace:rename');
    const { name } = request.body;
    await workspaces.rename(workspace.id, name);
    await access.audit.add({ action: 'workspace.renamed', principal, workspace: workspace.id, address: request.ip, details: { name } });
    return { data: toWorkspace(workspaces.get(workspace.id), subject.role) };
  });

  const removed = { tags, params: workspaceParams, response: answers(204, nothing) };
  api.delete('/workspaces/:workspace', { schema: removed }, async (request, reply) => {
    const { workspace, principal } = await visit(context, request, 'workspace:delete');
    await workspaces.delete(workspace.id);
    await access.members.removeWorkspace(workspace.id);
    await context.webhooks.removeWorkspace(workspace.id);
    access.changed({ type: 'rights', workspace: workspace.id });
    const { id, name } = workspace;
    await access.audit.add({ action: 'workspace.deleted', principal, workspace: id, target: id, address: request.ip, details: { name } });
    return reply.code(204).send();
  });

  settingsRoutes(api, context);
}

function settingsRoutes(api: Api, context: HttpContext): void {
  const schema = { tags, params: workspaceParams, response: answers(200, dataOf(workspaceSettings)) };
  api.get('/workspaces/:workspace/settings', { schema }, async (request) => {
    const { workspace } = await visit(context, request, 'settings:read');
    return { data: workspace.settings };
  });

  api.patch('/workspaces/:workspace/settings', { schema: { ...schema, body: workspaceSettingsPatch } }, async (request) => {
    const { workspace, principal } = await visit(context, request, 'settings:write');
    if (Object.keys(request.body).length === 0) throw new SyncError('server/invalid', 'give at least one setting to change');
    await workspace.updateSettings(request.body);
    const audit = { action: 'settings.changed', principal, workspace: workspace.id, address: request.ip, details: request.body };
    await context.access.audit.add(audit);
    return { data: workspace.settings };
  });
}

function toWorkspace(workspace: Workspace, role: Role): WorkspaceResource {
  const { bytes, files } = workspace.stats();
  return {
    id: workspace.id,
    name: workspace.name,
    role,
    createdAt: new Date(workspace.createdMs).toISOString(),
    sequence: workspace.head,
    usage: { bytes, files },
  };
}
