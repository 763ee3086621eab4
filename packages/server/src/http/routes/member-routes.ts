import { dataOf, pageOf, pageQuery, resourceId } from '@cloudsync/protocol/rest/envelope';
import { member, memberPatch, newMember, permission, permissionKey } from '@cloudsync/protocol/rest/workspaces';
import { z } from 'zod';
import { type Api, answers, nothing } from '../api.ts';
import type { HttpContext } from '../http-context.ts';
import { visit, workspaceParams } from '../workspace-visit.ts';

const memberParams = workspaceParams.extend({ user: resourceId });

/** Who belongs to a workspace, and which paths are an exception to what his role allows. */
export function memberRoutes(api: Api, context: HttpContext): void {
  const { access, webhooks } = context;
  const tags = ['members'];

  const listed = { tags, params: workspaceParams, querystring: pageQuery, response: answers(200, pageOf(member)) };
  api.get('/workspaces/:workspace/members', { schema: listed }, async (request) => {
    const { workspace } = await visit(context, request, 'members:read');
    return access.members.list(workspace.id, request.query);
  });

  const added = { tags, params: workspaceParams, body: newMember, response: answers(201, dataOf(member)) };
  api.post('/workspaces/:workspace/members', { schema: added }, async (request, reply) => {
    const { workspace, principal, subject } = await visit(context, request, 'members:write');
    const { role, ...who } = request.body;
    const { id: userId, name } = await access.users.mustFind(who);
    await access.members.changeRole({ workspace: workspace.id, userId, to: role, actor: subject.role, add: true });
    access.changed({ type: 'rights', workspace: workspace.id, userId });
    const audit = { principal, workspace: workspace.id, target: userId, address: request.ip, details: { role } };
    await access.audit.add({ action: 'member.added', ...audit });
    await webhooks.emit(workspace.id, 'workspace.member_added', { userId, name, role, by: principal.userId });
    return reply.code(201).send({ data: await access.members.mustGet(workspace.id, userId) });
  });

  const changed = { tags, params: memberParams, body: memberPatch, response: answers(200, dataOf(member)) };
  api.patch('/workspaces/:workspace/members/:user', { schema: changed }, async (request) => {
    const { workspace, principal, subject } = await visit(context, request, 'members:write');
    const userId = request.params.user;
    const { role } = request.body;
    await access.members.changeRole({ workspace: workspace.id, userId, to: role, actor: subject.role, add: false });
    access.changed({ type: 'rights', workspace: workspace.id, userId });
    const audit = { principal, workspace: workspace.id, target: userId, address: request.ip, details: { role } };
    await access.audit.add({ action: 'member.changed', ...audit });
    return { data: await access.members.mustGet(workspace.id, userId) };
  });

  const removed = { tags, params: memberParams, response: answers(204, nothing) };
  api.delete('/workspaces/:workspace/members/:user', { schema: removed }, async (request, reply) => {
    const isOwn = request.principal?.userId === request.params.user;
    const { workspace, principal, subject } = await visit(context, request, isOwn ? 'workspace:leave' : 'members:write');
    const userId = request.params.user;
    const { name, role } = await access.members.mustGet(workspace.id, userId);
    // Whoever leaves needs nobody above him for it.
    await access.members.changeRole({ workspace: workspace.id, userId, to: undefined, actor: isOwn ? 'owner' : subject.role, add: false });
    access.changed({ type: 'rights', workspace: workspace.id, userId });
    await access.audit.add({ action: 'member.removed', principal, workspace: workspace.id, target: userId, address: request.ip });
    await webhooks.emit(workspace.id, 'workspace.member_removed', { userId, name, role, by: principal.userId });
    return reply.code(204).send();
  });

  permissionRoutes(api, context);
}

function permissionRoutes(api: Api, context: HttpContext): void {
  const { access } = context;
  const tags = ['permissions'];
  const url = '/workspaces/:workspace/permissions';

  const listed = { tags, params: workspaceParams, response: answers(200, dataOf(z.array(permission))) };
  api.get(url, { schema: listed }, async (request) => {
    const { workspace } = await visit(context, request, 'permissions:read');
    return { data: await access.members.rules(workspace.id) };
  });

  const set = { tags, params: workspaceParams, body: permission, response: answers(200, dataOf(permission)) };
  api.put(url, { schema: set }, async (request) => {
    const { workspace, principal } = await visit(context, request, 'permissions:write');
    const rule = request.body;
    if (rule.user !== '*') await access.members.mustGet(workspace.id, rule.user);
    await access.members.setRule(workspace.id, rule);
    access.changed({ type: 'rights', workspace: workspace.id, ...(rule.user !== '*' && { userId: rule.user }) });
    const audit = { principal, workspace: workspace.id, target: rule.path, address: request.ip, details: rule };
    await access.audit.add({ action: 'permission.set', ...audit });
    return { data: rule };
  });

  const removed = { tags, params: workspaceParams, querystring: permissionKey, response: answers(204, nothing) };
  api.delete(url, { schema: removed }, async (request, reply) => {
    const { workspace, principal } = await visit(context, request, 'permissions:write');
    const { path, user } = request.query;
    await access.members.removeRule(workspace.id, { path, user });
    access.changed({ type: 'rights', workspace: workspace.id, ...(user !== '*' && { userId: user }) });
    const audit = { principal, workspace: workspace.id, target: path, address: request.ip, details: { user } };
    await access.audit.add({ action: 'permission.removed', ...audit });
    return reply.code(204).send();
  });
}
