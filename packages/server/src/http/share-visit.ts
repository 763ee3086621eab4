import { SyncError } from '@cloudsync/engine';
import { SCOPES } from '@cloudsync/protocol/rest/users';
import type { FastifyRequest } from 'fastify';
import { sourceOf } from '../access/attempt-brake.ts';
import { mayDo } from '../access/may-do.ts';
import type { ShareLink } from '../access/share-links.ts';
import { ProvenChunks } from '../content/proven-chunks.ts';
import type { Caller } from '../workspace/caller.ts';
import type { Located, Workspace } from '../workspace/workspace.ts';
import type { HttpContext } from './http-context.ts';

/** Somebody with a link. He may what its maker may, below what is shared. */
export interface ShareVisit {
  readonly link: ShareLink;
  readonly workspace: Workspace;
  readonly caller: Caller;
  /** The file or folder that the link is for. */
  readonly shared: Located;
}

type ShareRequest = Pick<FastifyRequest, 'headers' | 'ip'> & { readonly params: { readonly token: string } };

/**
 * Opens a link. It opens nothing any more when its maker could not make it now: he left, or lost the right.
 * @throws SyncError `server/not-found`, `server/gone`, `server/password-required`, `server/too-many-attempts`
 */
export async function openShare({ access, workspaces }: HttpContext, request: ShareRequest): Promise<ShareVisit> {
  const source = `share ${sourceOf(request.ip)}`;
  access.brake.assertFree(source);
  const password = passwordIn(request);
  const link = await access.shares.open(request.params.token, password).catch((error: unknown) => {
    // Asking for the password is no attempt at it.
    if (password !== undefined || !SyncError.is(error, 'server/password-required')) access.brake.failed(source);
    throw error;
  });

  const maker = await access.users.mustGet(link.created_by);
  const subject = await access.subjectIn({ userId: maker.id, scopes: SCOPES }, link.workspace).catch(() => undefined);
  if (subject === undefined || maker.disabledAt !== null) throw takenBack();
  const workspace = workspaces.get(link.workspace);
  const author = workspaces.author({ user: maker.id, device: `share ${link.id}` });
  const caller = { author, rights: subject.rights, proven: new ProvenChunks() };
  const shared = workspace.byId(caller, link.entry);
  if (shared === undefined || shared.row.deleted) throw takenBack();
  if (mayDo(subject, link.mode === 'edit' ? 'shares:edit' : 'shares:view', shared.path) !== undefined) throw takenBack();
  return { link, workspace, caller, shared };
}

function takenBack(): SyncError {
  return new SyncError('server/gone', 'what this link was for is not shared any more; ask who gave it to you');
}

/** `X-Share-Password`, or what a browser sends when it has asked for a password. Never in a URL. */
function passwordIn({ headers }: ShareRequest): string | undefined {
  const plain = headers['x-share-password'];
  if (typeof plain === 'string') return plain;
  const basic = /^Basic +([A-Za-z0-9+/=]+) *$/i.exec(headers.authorization ?? '')?.[1];
  if (basic === undefined) return undefined;
  const text = Buffer.from(basic, 'base64').toString();
  return text.slice(text.indexOf(':') + 1);
}
