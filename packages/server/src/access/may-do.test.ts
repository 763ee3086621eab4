import { SCOPES } from '@cloudsync/protocol/rest/users';
import { ROLES, type Role } from '@cloudsync/protocol/rest/workspaces';
import { expect, test } from 'vitest';
import { ACTIONS, type Action, mayChangeRole, mayDo } from './may-do.ts';
import { pathRights } from './path-rights.ts';

/** Who may do it, with a key for everything and no rules. */
const TABLE: Record<Action, readonly Role[]> = {
  'workspace:read': ROLES,
  'workspace:rename': ['admin', 'owner'],
  'workspace:leave': ROLES,
  'workspace:delete': ['owner'],
  'settings:read': ROLES,
  'settings:write': ['admin', 'owner'],
  'members:read': ROLES,
  'members:write': ['admin', 'owner'],
  'permissions:read': ['admin', 'owner'],
  'permissions:write': ['admin', 'owner'],
  'webhooks:read': ['admin', 'owner'],
  'webhooks:write': ['admin', 'owner'],
  'audit:read': ['admin', 'owner'],
  'activity:read': ROLES,
  'files:list': ROLES,
  'files:read': ROLES,
  'files:change': ROLES,
  'files:write': ['editor', 'admin', 'owner'],
  'files:write-tree': ['editor', 'admin', 'owner'],
  'trash:read': ROLES,
  'trash:purge': ['admin', 'owner'],
  'shares:read': ['editor', 'admin', 'owner'],
  'shares:view': ['editor', 'admin', 'owner'],
  'shares:remove': ['editor', 'admin', 'owner'],
  'shares:remove-any': ['admin', 'owner'],
  'shares:edit': ['editor', 'admin', 'owner'],
};

const cases = Object.entries(TABLE).flatMap(([action, allowed]) =>
  ROLES.map((role) => [action as Action, role, allowed.includes(role)] as const),
);

test.each(cases)('%s by a %s: %s', (action, role, isAllowed) => {
  const rights = pathRights({ role, userId: 'u', rules: [] });
  expect(mayDo({ role, rights, scopes: SCOPES }, action, 'a') === undefined).toBe(isAllowed);
});

test.each(Object.keys(ACTIONS) as Action[])('%s needs its scope, whatever the role', (action) => {
  const rights = pathRights({ role: 'owner', userId: 'u', rules: [] });
  const scopes = SCOPES.filter((scope) => scope !== ACTIONS[action].scope);
  expect(mayDo({ role: 'owner', rights, scopes }, action)).toBe('scope');
});

test('a path rule decides about paths only', () => {
  const rights = pathRights({ role: 'editor', userId: 'u', rules: [{ path: 'a', user: '*', level: 'none' }] });
  const subject = { role: 'editor', rights, scopes: SCOPES } as const;
  expect([mayDo(subject, 'files:read', 'a'), mayDo(subject, 'files:read', 'b'), mayDo(subject, 'activity:read')]).toEqual([
    'path',
    undefined,
    undefined,
  ]);
});

test('a viewer whom a rule lets write may', () => {
  const rights = pathRights({ role: 'viewer', userId: 'u', rules: [{ path: 'inbox', user: 'u', level: 'write' }] });
  const subject = { role: 'viewer', rights, scopes: SCOPES } as const;
  expect([mayDo(subject, 'files:write', 'inbox/x'), mayDo(subject, 'files:write', 'x')]).toEqual([undefined, 'path']);
});

test.each([
  ['admin', undefined, 'admin', true],
  ['admin', undefined, 'owner', false],
  ['admin', 'owner', 'viewer', false],
  ['admin', 'owner', undefined, false],
  ['admin', 'admin', undefined, true],
  ['owner', 'owner', 'viewer', true],
  ['owner', undefined, 'owner', true],
  ['editor', undefined, 'viewer', false],
  ['viewer', 'viewer', undefined, false],
] as const)('%s makes %s a %s: %s', (actor, from, to, isAllowed) => {
  expect(mayChangeRole(actor, from, to)).toBe(isAllowed);
});
