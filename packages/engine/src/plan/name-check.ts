import { otherSide, type Side } from '../model/entry.ts';
import { type NameRules, nameKey, whyNotAllowed } from '../model/names.ts';
import { ancestorsOf, comparePaths, nameOf } from '../model/path.ts';
import { type Decision, failed } from './decision.ts';

/** Names that a side already uses, by their key, where it does not tell some names apart. */
export type TakenNames = Readonly<Record<Side, ReadonlyMap<string, string> | undefined>>;

export interface NameCheck {
  readonly names: Readonly<Record<Side, NameRules>>;
  /** Whether a side can hold symlinks. */
  readonly symlinks: Readonly<Record<Side, boolean>>;
  /** For a side that does not tell some names apart: the path that holds each key now. */
  readonly taken: TakenNames;
}

/** Fails what cannot exist on the side it would go to; what lies below goes with it, silently. */
export function checkNames(decisions: ReadonlyMap<string, Decision>, check: NameCheck): void {
  for (const decision of decisions.values()) checkSymlink(decision, check);
  for (const side of ['source', 'destination'] as const) {
    const arrivals = [...decisions.values()]
      .filter((decision) => arrivesAt(decision, side))
      .sort((a, b) => comparePaths(a.triple.path, b.triple.path));
    const refused = new Set<string>();
    const claimed = new Map<string, string>();
    for (const decision of arrivals) {
      const { path } = decision.triple;
      if ([...ancestorsOf(path)].some((folder) => refused.has(folder))) {
        decision.verdict = 'hold';
        continue;
      }
      const problem = problemOf({ path, side, check, claimed, decisions });
      if (problem === undefined) continue;
      refused.add(path);
      failed(decision, { side, ...problem });
    }
  }
}

/** A symlink stays where it is when the other side keeps none, whatever the other side has in its place. */
function checkSymlink(decision: Decision, { symlinks }: NameCheck): void {
  const { triple, verdict } = decision;
  const giver = verdict === 'upload' ? 'source' : verdict === 'download' ? 'destination' : undefined;
  for (const side of ['source', 'destination'] as const) {
    const receiver = otherSide(side);
    const travels = giver === side || verdict === 'settle';
    if (!travels || triple[side]?.kind !== 'symlink' || symlinks[receiver]) continue;
    decision.conflict = undefined;
    const message = `${triple.path} is a symlink and the ${receiver} keeps none; it stays where it is`;
    failed(decision, { side: receiver, code: 'storage/unsupported', message });
  }
}

function arrivesAt({ triple, verdict }: Decision, side: Side): boolean {
  return triple[side] === undefined && verdict === (side === 'destination' ? 'upload' : 'download');
}

interface Arrival {
  readonly path: string;
  readonly side: Side;
  readonly check: NameCheck;
  readonly claimed: Map<string, string>;
  readonly decisions: ReadonlyMap<string, Decision>;
}

function problemOf({ path, side, check, claimed, decisions }: Arrival): Omit<NonNullable<Decision['problem']>, 'side'> | undefined {
  const rules = check.names[side];
  const reason = whyNotAllowed(rules, nameOf(path));
  if (reason !== undefined) {
    return {
      code: 'path/name-not-allowed',
      message: `${path} cannot exist at the ${side}: ${reason}; rename it at the ${otherSide(side)}`,
    };
  }
  if (rules.caseSensitive && rules.unicodeSensitive) return undefined;
  const key = nameKey(rules, path);
  const holder = claimed.get(key) ?? check.taken[side]?.get(key);
  claimed.set(key, claimed.get(key) ?? path);
  if (holder === undefined || holder === path) return undefined;
  const leaves = decisions.get(holder)?.verdict === (side === 'destination' ? 'delete-destination' : 'delete-source');
  if (leaves && !claimed.has(nameKey(rules, holder))) return undefined;
  return {
    code: 'path/name-collision',
    message: `${path} cannot exist at the ${side} beside ${holder}: names there differ in more than case; rename one of them`,
  };
}
