import { createHash } from 'node:crypto';
import { ancestorsOf, isWithin } from '@cloudsync/engine/model/path';
import type { Level, Permission, Role } from '@cloudsync/protocol/rest/workspaces';

/**
 * What one member may do to which paths of a workspace: a pure value. Paths have no leading slash; '' is the root.
 *
 * A rule holds for its path and everything below it; the nearest rule wins, and of two on one path the member's own goes before the
 * one for everybody. Without a rule the role decides. Admins and owners, who make the rules, are under none.
 */
export interface PathRights {
  /** Reads and writes everything: nothing needs to be asked. */
  readonly unrestricted: boolean;
  /** Differs when what may be read differs; 0: everything. So that a right that is lost never looks like a deletion. */
  readonly view: number;
  reads(path: string): boolean;
  writes(path: string): boolean;
  /** Readable, or a folder on the way to something readable: shown, with nothing else of what it holds. */
  sees(path: string): boolean;
  /** The path and everything that is or could be below it. */
  readsAllBelow(path: string): boolean;
  writesAllBelow(path: string): boolean;
}

export interface PathRightsOptions {
  readonly role: Role;
  /** The member whose rights these are. */
  readonly userId: string;
  /** All rules of the workspace; those for other users are passed over. */
  readonly rules: readonly Permission[];
}

const RANK: Record<Level, number> = { none: 0, read: 1, write: 2 };

export function pathRights({ role, userId, rules }: PathRightsOptions): PathRights {
  if (role === 'admin' || role === 'owner') return UNRESTRICTED;
  const nearest = ownBeforeEverybodys(userId, rules);
  const byRole: Level = role === 'editor' ? 'write' : 'read';
  if (nearest.size === 0 && byRole === 'write') return UNRESTRICTED;

  const rankOf = (path: string): number => {
    for (const at of upwardsFrom(path)) {
      const level = nearest.get(at);
      if (level !== undefined) return RANK[level];
    }
    return RANK[byRole];
  };
  const below = (path: string): Level[] => [...nearest].filter(([at]) => at !== path && isWithin(path, at)).map(([, level]) => level);
  const holds = (path: string, level: Level): boolean => rankOf(path) >= RANK[level];
  const holdsAllBelow = (path: string, level: Level): boolean =>
    holds(path, level) && below(path).every((rule) => RANK[rule] >= RANK[level]);

  return {
    unrestricted: false,
    view: viewOf(nearest),
    reads: (path) => holds(path, 'read'),
    writes: (path) => holds(path, 'write'),
    sees: (path) => path === '' || holds(path, 'read') || below(path).some((level) => level !== 'none'),
    readsAllBelow: (path) => holdsAllBelow(path, 'read'),
    writesAllBelow: (path) => holdsAllBelow(path, 'write'),
  };
}

const always = (): boolean => true;
/** Those of who makes the rules, and of the server itself. */
export const UNRESTRICTED: PathRights = {
  unrestricted: true,
  view: 0,
  reads: always,
  writes: always,
  sees: always,
  readsAllBelow: always,
  writesAllBelow: always,
};

function ownBeforeEverybodys(userId: string, rules: readonly Permission[]): Map<string, Level> {
  const nearest = new Map<string, Level>();
  for (const rule of rules) if (rule.user === '*') nearest.set(rule.path, rule.level);
  for (const rule of rules) if (rule.user === userId) nearest.set(rule.path, rule.level);
  return nearest;
}

/** 48 bits of a hash over which rules let read and which do not. */
function viewOf(nearest: ReadonlyMap<string, Level>): number {
  const readable = [...nearest].map(([path, level]) => [path, level !== 'none'] as const).sort(([a], [b]) => (a < b ? -1 : 1));
  if (readable.every(([, reads]) => reads)) return 0;
  return createHash('sha256').update(JSON.stringify(readable)).digest().readUIntBE(0, 6);
}

function* upwardsFrom(path: string): Generator<string> {
  yield path;
  yield* ancestorsOf(path);
  if (path !== '') yield '';
}
