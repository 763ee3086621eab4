import type { Scope } from '@cloudsync/protocol/rest/users';
import { ROLES, type Role } from '@cloudsync/protocol/rest/workspaces';
import type { PathRights } from './path-rights.ts';

interface Rule {
  /** What the key has to be for. */
  readonly scope: Scope;
  /** The least role that may. */
  readonly role: Role;
  /** What the path has to allow, for actions on a path. It can raise a viewer as well as hold back an editor. */
  readonly path?: keyof Omit<PathRights, 'unrestricted' | 'view'>;
}

/** Everything that can be done in a workspace, and what it takes. The only place that knows. */
export const ACTIONS = {
  'workspace:read': { scope: 'workspaces:read', role: 'viewer' },
  'workspace:rename': { scope: 'workspaces:write', role: 'admin' },
  'workspace:leave': { scope: 'workspaces:write', role: 'viewer' },
  'workspace:delete': { scope: 'workspaces:write', role: 'owner' },
  'settings:read': { scope: 'workspaces:read', role: 'viewer' },
  'settings:write': { scope: 'workspaces:write', role: 'admin' },
  'members:read': { scope: 'workspaces:read', role: 'viewer' },
  'members:write': { scope: 'workspaces:write', role: 'admin' },
  'permissions:read': { scope: 'workspaces:read', role: 'admin' },
  'permissions:write': { scope: 'workspaces:write', role: 'admin' },
  'webhooks:read': { scope: 'workspaces:read', role: 'admin' },
  'webhooks:write': { scope: 'workspaces:write', role: 'admin' },
  'audit:read': { scope: 'workspaces:read', role: 'admin' },
  'activity:read': { scope: 'files:read', role: 'viewer' },
  'files:list': { scope: 'files:read', role: 'viewer', path: 'sees' },
  'files:read': { scope: 'files:read', role: 'viewer', path: 'reads' },
  'files:write': { scope: 'files:write', role: 'viewer', path: 'writes' },
  'files:change': { scope: 'files:write', role: 'viewer' },
  'files:write-tree': { scope: 'files:write', role: 'viewer', path: 'writesAllBelow' },
  'trash:read': { scope: 'files:read', role: 'viewer' },
  'trash:purge': { scope: 'files:write', role: 'admin' },
  'shares:read': { scope: 'files:read', role: 'editor' },
  'shares:view': { scope: 'files:write', role: 'editor', path: 'readsAllBelow' },
  'shares:remove': { scope: 'files:write', role: 'editor' },
  'shares:remove-any': { scope: 'files:write', role: 'admin' },
  'shares:edit': { scope: 'files:write', role: 'editor', path: 'writesAllBelow' },
} as const satisfies Record<string, Rule>;

export type Action = keyof typeof ACTIONS;

/** Who asks: what his key is for, and his standing in the workspace. */
export interface Subject {
  readonly scopes: readonly Scope[];
  readonly role: Role;
  readonly rights: PathRights;
}

/** Why not. */
export type Refusal = 'scope' | 'role' | 'path';

/**
 * Whether a member may do this. Pure: everything that is asked of access in a workspace goes through here.
 * @param path of what it is done to, '' for the root; only actions on paths look at it
 * @returns undefined when he may
 */
export function mayDo(subject: Subject, action: Action, path = ''): Refusal | undefined {
  const rule: Rule = ACTIONS[action];
  if (!subject.scopes.includes(rule.scope)) return 'scope';
  if (!isAtLeast(subject.role, rule.role)) return 'role';
  return rule.path === undefined || subject.rights[rule.path](path) ? undefined : 'path';
}

function isAtLeast(role: Role, least: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(least);
}

/**
 * Whether a member of role `actor` may make a member of role `from` one of role `to` (undefined: no member).
 * Nobody deals with those above him, or raises anybody above himself; only owners make and unmake owners.
 */
export function mayChangeRole(actor: Role, from: Role | undefined, to: Role | undefined): boolean {
  return isAtLeast(actor, 'admin') && [from, to].every((role) => role === undefined || isAtLeast(actor, role));
}
