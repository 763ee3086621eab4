import type { Level, Permission, Role } from '@cloudsync/protocol/rest/workspaces';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pathRights } from './path-rights.ts';

const rule = (path: string, user: string, level: Level): Permission => ({ path, user, level });

/** Rules, who, where, what he may. */
const TABLE: [string, Role, Permission[], string, 'nothing' | 'see' | 'read' | 'write'][] = [
  ['a viewer reads', 'viewer', [], 'a/b', 'read'],
  ['an editor writes', 'editor', [], 'a/b', 'write'],
  ['a rule holds for its path', 'editor', [rule('a', '*', 'read')], 'a', 'read'],
  ['and for all below', 'editor', [rule('a', '*', 'read')], 'a/b/c', 'read'],
  ['not for a name that only begins like it', 'editor', [rule('a', '*', 'none')], 'ab', 'write'],
  ['not for what is above', 'editor', [rule('a/b', '*', 'read')], 'a', 'write'],
  ['the nearest wins over one above', 'editor', [rule('a', '*', 'none'), rule('a/b', '*', 'write')], 'a/b/c', 'write'],
  ['also when the one above is his own', 'editor', [rule('a', 'u', 'write'), rule('a/b', '*', 'none')], 'a/b', 'nothing'],
  ['on one path his own goes first', 'editor', [rule('a', '*', 'none'), rule('a', 'u', 'read')], 'a', 'read'],
  ['one for another user is not his', 'viewer', [rule('a', 'other', 'write')], 'a', 'read'],
  ['a rule raises a viewer', 'viewer', [rule('a', 'u', 'write')], 'a/x', 'write'],
  ['the root is a path', 'viewer', [rule('', '*', 'none')], 'a', 'nothing'],
  ['a folder on the way to something readable is seen', 'viewer', [rule('', '*', 'none'), rule('a/b', 'u', 'read')], 'a', 'see'],
  ['but not its other children', 'viewer', [rule('', '*', 'none'), rule('a/b', 'u', 'read')], 'a/c', 'nothing'],
  ['the root is always seen', 'viewer', [rule('', '*', 'none')], '', 'see'],
  ['an admin is under no rule', 'admin', [rule('', '*', 'none'), rule('a', 'u', 'none')], 'a', 'write'],
  ['nor is an owner', 'owner', [rule('', '*', 'none')], 'a', 'write'],
];

test.each(TABLE)('%s', (_title, role, rules, path, expected) => {
  const rights = pathRights({ role, userId: 'u', rules });
  expect({ sees: rights.sees(path), reads: rights.reads(path), writes: rights.writes(path) }).toEqual({
    sees: expected !== 'nothing',
    reads: expected === 'read' || expected === 'write',
    writes: expected === 'write',
  });
});

test('a whole folder is as free as the least free thing in it', () => {
  const rights = pathRights({ role: 'editor', userId: 'u', rules: [rule('a/b', '*', 'read'), rule('c/d', '*', 'none')] });
  expect([rights.readsAllBelow('a'), rights.writesAllBelow('a')]).toEqual([true, false]);
  expect([rights.readsAllBelow('c'), rights.writesAllBelow('c')]).toEqual([false, false]);
  expect([rights.readsAllBelow('e'), rights.writesAllBelow('e')]).toEqual([true, true]);
  expect(rights.readsAllBelow('')).toBe(false);
});

test('the view differs exactly when what may be read does', () => {
  const view = (...rules: Permission[]): number => pathRights({ role: 'viewer', userId: 'u', rules }).view;
  expect(view()).toBe(0);
  expect(view(rule('a', 'u', 'write'))).toBe(0);
  expect(view(rule('a', '*', 'none'))).not.toBe(0);
  expect(view(rule('a', '*', 'none'), rule('b', '*', 'read'))).not.toBe(view(rule('a', '*', 'none')));
  expect(view(rule('a', '*', 'none'), rule('b', '*', 'none'))).toBe(view(rule('b', '*', 'none'), rule('a', '*', 'none')));
});

const name = fc.constantFrom('a', 'b', 'ab');
const path = fc.array(name, { maxLength: 3 }).map((names) => names.join('/'));
const rules = fc.array(
  fc.record({ path, user: fc.constantFrom('*', 'u', 'other'), level: fc.constantFrom<Level>('none', 'read', 'write') }),
  { maxLength: 6 },
);

test('who writes reads, who reads sees, and what holds for all below holds for each', () => {
  fc.assert(
    fc.property(fc.constantFrom<Role>('viewer', 'editor', 'admin'), rules, path, path, (role, all, at, other) => {
      const rights = pathRights({ role, userId: 'u', rules: all });
      const below = at === '' ? other : other === '' ? at : `${at}/${other}`;
      if (rights.writes(at)) expect(rights.reads(at)).toBe(true);
      if (rights.reads(at)) expect(rights.sees(at)).toBe(true);
      if (rights.readsAllBelow(at)) expect(rights.reads(below)).toBe(true);
      if (rights.writesAllBelow(at)) expect(rights.writes(below)).toBe(true);
      if (rights.reads(below)) expect(rights.sees(at)).toBe(true);
    }),
  );
});
