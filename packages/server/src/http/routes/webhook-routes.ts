import { dataOf, pageOf, pageQuery, resourceId } from '@cloudsync/protocol/rest/envelope';
import {
  createdWebhook,
  newWebhook,
  syncReport,
  webhookDelivery,
  webhookPatch,
  webhook as webhookSchema,
} from '@cloudsync/protocol/rest/webhooks';
import { type Api, answers, nothing } from '../api.ts';
import type { HttpContext } from '../http-context.ts';
import { visit, workspaceParams } from '../workspace-visit.ts';

const tags = ['webhooks'];
const params = workspaceParams.extend({ webhook: resourceId });
const all = '/workspaces/:workspace/webhooks';
const one = `${all}/:webhook`;

/** Whom to tell of what happens in a workspace, and what came of telling it. */
export function webhookRoutes(api: Api, context: HttpContext): void {
  const { webhooks, access } = context;

  const listed = { tags, params: workspaceParams, querystring: pageQuery, response: answers(200, pageOf(webhookSchema)) };
  api.get(all, { schema: listed }, async (request) => {
    const { workspace } = await visit(context, request, 'webhooks:read');
    return webhooks.registry.list(workspace.id, request.query);
  });

  const made = { tags, params: workspaceParams, body: newWebhook, response: answers(201, dataOf(createdWebhook)) };
  api.post(all, { schema: made }, async (request, reply) => {
    const { workspace, principal } = await visit(context, request, 'webhooks:write');
    const created = await webhooks.create(workspace.id, request.body);
    const audit = { principal, workspace: workspace.id, target: created.id, address: request.ip, details: { url: created.url } };
    await access.audit.add({ action: 'webhook.created', ...audit });
    return reply.code(201).send({ data: created });
  });

  const answered = answers(200, dataOf(webhookSchema));
  api.get(one, { schema: { tags, params, response: answered } }, async (request) => {
    const { workspace } = await visit(context, request, 'webhooks:read');
    return { data: await webhooks.registry.mustGet(workspace.id, request.params.webhook) };
  });

  api.patch(one, { schema: { tags, params, body: webhookPatch, response: answered } }, async (request) => {
    const { workspace, principal } = await visit(context, request, 'webhooks:write');
    const changed = await webhooks.change(workspace.id, request.params.webhook, request.body);
    const audit = { principal, workspace: workspace.id, target: changed.id, address: request.ip, details: request.body };
    await access.audit.add({ action: 'webhook.changed', ...audit });
    return { data: changed };
  });

  api.delete(one, { schema: { tags, params, response: answers(204, nothing) } }, async (request, reply) => {
    const { workspace, principal } = await visit(context, request, 'webhooks:write');
    await webhooks.remove(workspace.id, request.params.webhook);
    const audit = { principal, workspace: workspace.id, target: request.params.webhook, address: request.ip };
    await access.audit.add({ action: 'webhook.removed', ...audit });
    return reply.code(204).send();
  });

  deliveryRoutes(api, context);

  const reported = { tags, params: workspaceParams, body: syncReport, response: answers(204, nothing) };
  api.post('/workspaces/:workspace/sync-reports', { schema: reported }, async (request, reply) => {
    const { workspace, principal } = await visit(context, request, 'files:list');
    const { outcome, ...report } = request.body;
    const event = outcome === 'completed' ? 'sync.completed' : 'sync.error';
    await webhooks.emit(workspace.id, event, { device: principal.keyName, ...report, userId: principal.userId });
    return reply.code(204).send();
  });
}

function deliveryRoutes(api: Api, context: HttpContext): void {
  const { webhooks } = context;

  const tested = { tags, params, response: answers(202, dataOf(webhookDelivery)) };
  api.post(`${one}/test`, { schema: tested }, async (request, reply) => {
    const { workspace } = await visit(context, request, 'webhooks:write');
    return reply.code(202).send({ data: await webhooks.test(workspace.id, request.params.webhook) });
  });

  const listed = { tags, params, querystring: pageQuery, response: answers(200, pageOf(webhookDelivery)) };
  api.get(`${one}/deliveries`, { schema: listed }, async (request) => {
    const { workspace } = await visit(context, request, 'webhooks:read');
    const { id } = await webhooks.registry.mustGet(workspace.id, request.params.webhook);
    return webhooks.deliveries.list(id, request.query);
  });

  const again = { tags, params: params.extend({ delivery: resourceId }), response: answers(202, dataOf(webhookDelivery)) };
  api.post(`${one}/deliveries/:delivery/redeliver`, { schema: again }, async (request, reply) => {
    const { workspace } = await visit(context, request, 'webhooks:write');
    const { webhook, delivery } = request.params;
    return reply.code(202).send({ data: await webhooks.redeliver(workspace.id, webhook, delivery) });
  });
}
