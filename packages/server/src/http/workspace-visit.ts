import { SyncError } from '@cloudsync/engine';
import { displayName } from '@cloudsync/protocol/rest/envelope';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { assertMayDo, noSuchWorkspace } from '../access/access.ts';
import type { Action, Subject } from '../access/may-do.ts';
import type { Principal } from '../access/principal.ts';
import { ProvenChunks } from '../content/proven-chunks.ts';
import type { Caller } from '../workspace/caller.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { principalOf } from './api.ts';
import type { HttpContext } from './http-context.ts';

/** A workspace by its id or its name. */
export const workspaceParams = z.object({ workspace: displayName });

/** A member in a workspace that he may enter. */
export interface Visit {
  readonly workspace: Workspace;
  readonly principal: Principal;
  readonly subject: Subject;
  /** As the workspace knows him. */
  readonly caller: Caller;
}

type VisitRequest = Pick<FastifyRequest, 'principal'> & { readonly params: { readonly workspace: string } };

/**
 * Opens the workspace that a request is about.
 * @param action where what it is done to has to be found first, one that needs no path; the route then asks again
 * @throws SyncError `server/unauthenticated`, `server/no-such-workspace` (also for who is not a member), `server/scope-missing`, `server/forbidden`
 */
export async function visit(context: HttpContext, request: VisitRequest, action: Action, path?: string): Promise<Visit> {
  const principal = principalOf(request);
  const named = request.params.workspace;
  const workspace = find(context, named);
  const subject = await context.access.subjectIn(principal, workspace.id).catch((error: unknown) => {
    throw SyncError.is(error, 'server/no-such-workspace') ? noSuchWorkspace(named) : error;
  });
  assertMayDo(subject, action, path);
  const author = context.workspaces.author({ user: principal.userId, device: principal.keyName });
  return { workspace, principal, subject, caller: { author, rights: subject.rights, proven: new ProvenChunks() } };
}

function find(context: HttpContext, idOrName: string): Workspace {
  try {
    return context.workspaces.get(idOrName);
  } catch (error) {
    throw SyncError.is(error, 'server/no-such-workspace') ? noSuchWorkspace(idOrName) : error;
  }
}
