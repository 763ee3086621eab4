import { SyncError } from '@cloudsync/engine';
import type { Scope } from '@cloudsync/protocol/rest/users';
import type { FastifyRequest } from 'fastify';
import type { Principal } from '../access/principal.ts';
import { principalOf } from './api.ts';

/** Who asks, with a key for this. @throws SyncError `server/unauthenticated`, `server/scope-missing` */
export function assertScope(request: FastifyRequest, scope: Scope): Principal {
  const principal = principalOf(request);
  if (!principal.scopes.includes(scope))
    throw new SyncError('server/scope-missing', `the key “${principal.keyName}” is not for ${scope}; use one with that scope`);
  return principal;
}

/** The same for what only admins of the server do. @throws SyncError `server/forbidden` */
export function assertServerAdmin(request: FastifyRequest, scope: Scope): Principal {
  const principal = assertScope(request, scope);
  if (principal.serverRole !== 'admin') throw new SyncError('server/forbidden', 'only admins of this server may do this; ask one of them');
  return principal;
}
