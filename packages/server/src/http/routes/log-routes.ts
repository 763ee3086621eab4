import { auditEntry } from '@cloudsync/protocol/rest/audit';
import { pageOf, pageQuery } from '@cloudsync/protocol/rest/envelope';
import { activity } from '@cloudsync/protocol/rest/files';
import { decodeNumberCursor } from '../../access/page.ts';
import { systemCaller } from '../../workspace/caller.ts';
import { type Api, answers } from '../api.ts';
import { toActivity } from '../file-resource.ts';
import type { HttpContext } from '../http-context.ts';
import { assertServerAdmin } from '../scopes.ts';
import { visiblePage } from '../visible-page.ts';
import { visit, workspaceParams } from '../workspace-visit.ts';

/** What happened: to files (activity), and to everything else (audit). Newest first. */
export function logRoutes(api: Api, context: HttpContext): void {
  const listed = { tags: ['activity'], params: workspaceParams, querystring: pageQuery, response: answers(200, pageOf(activity)) };
  api.get('/workspaces/:workspace/activity', { schema: listed }, async (request) => {
    const { workspace, caller } = await visit(context, request, 'activity:read');
    const { cursor, limit } = request.query;
    return visiblePage({
      limit,
      position: cursor === undefined ? undefined : decodeNumberCursor(cursor),
      next: (before, count) => workspace.activity(systemCaller, { ...(typeof before === 'number' && { before }), limit: count }),
      positionOf: ({ row }) => row.sequence,
      sees: ({ path }) => caller.rights.reads(path),
      show: (entry) => toActivity(context.workspaces, entry),
    });
  });

  const audited = { tags: ['audit'], querystring: pageQuery, response: answers(200, pageOf(auditEntry)) };
  api.get('/workspaces/:workspace/audit', { schema: { ...audited, params: workspaceParams } }, async (request) => {
    const { workspace } = await visit(context, request, 'audit:read');
    return context.access.audit.list(workspace.id, request.query);
  });

  api.get('/audit', { schema: audited }, async (request) => {
    assertServerAdmin(request, 'users:read');
    return context.access.audit.list(undefined, request.query);
  });
}
