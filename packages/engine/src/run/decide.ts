import { usesHash } from '../compare/comparison-mode.ts';
import type { Side } from '../model/entry.ts';
import type { PlanRules } from '../plan/decision.ts';
import type { Storage, SymlinkPolicy } from '../storage.ts';
import { type Asked, askedAfter } from './changes-after.ts';
import type { CyclePlan } from './cycle-plan.ts';
import type { Issue } from './events.ts';
import { learnFacts } from './facts.ts';
import { healSwaps } from './heal-swaps.ts';
import { planAroundHidden } from './hidden-names.ts';
import { learnVectors } from './learn-vectors.ts';
import type { SideChanges } from './side-changes.ts';
import type { SyncStateManager } from './state-manager.ts';
import { type Survey, survey } from './survey.ts';

const SIDES = ['source', 'destination'] as const;

export interface DecideQuestion {
  /** What the scans found. */
  readonly changes: Readonly<Record<Side, SideChanges>>;
  readonly rules: PlanRules;
  readonly storages: Readonly<Record<Side, Storage>>;
  readonly state: SyncStateManager;
  readonly symlinks: SymlinkPolicy;
  readonly signal: AbortSignal;
  /** Told what cannot be read or done. */
  readonly report: (issue: Issue) => void;
}

export interface Decided {
  readonly cyclePlan: CyclePlan;
  readonly seen: Survey;
  /** The storages by the paths that the survey knows, while nothing is carried out yet. */
  readonly asked: Readonly<Record<Side, Asked>>;
}

/** From what the scans found to what is to be done: it asks for facts and writes nothing. */
export async function decide(question: DecideQuestion): Promise<Decided> {
  const { rules, storages, state, symlinks, signal, report } = question;
  const { changes, steps: heals, moves } = await healSwaps({ changes: question.changes, storages, state, rules });
  const asked = { source: askedAfter(moves.source, storages.source), destination: askedAfter(moves.destination, storages.destination) };
  const seen = await survey({ changes, state, symlinks });
  for (const issue of seen.issues) report(issue);
  for (const issue of await learnFacts({ known: seen.known, storages: asked, usesHash: usesHash(rules.comparison), signal })) {
    report(issue);
    leaveOut(issue.path, seen);
  }
  if (SIDES.every((side) => storages[side].abilities.causality)) await learnVectors(seen.known, asked);
  const mayHide = symlinks === 'skip' || SIDES.some((side) => !changes[side].rules.empty);
  const planning = { survey: seen, rules, storages, paths: await allPaths(question, changes), heals };
  const cyclePlan = await planAroundHidden(planning, mayHide ? asked : undefined);
  for (const { path, side, code, message } of [...cyclePlan.problems, ...cyclePlan.plan.problems]) {
    report({ severity: code === 'storage/unsupported' ? 'note' : 'failed', path, side, code, message });
  }
  return { cyclePlan, seen, asked };
}

/** What could not be read takes no part, and keeps its folders. */
function leaveOut(path: string, { known, held }: Survey): void {
  for (const side of SIDES) {
    if (known.now[side].get(path) !== undefined) held[side].add(path);
    known.now[side].delete(path);
    known.last[side].delete(path);
  }
}

/** All paths of a side that does not tell some names apart; nobody else pays for them. */
async function allPaths(
  { storages, state }: Pick<DecideQuestion, 'storages' | 'state'>,
  changes: Readonly<Record<Side, SideChanges>>,
): Promise<Record<Side, string[] | undefined>> {
  const pathsOf = async (side: Side): Promise<string[] | undefined> => {
    const { caseSensitive, unicodeSensitive } = storages[side].abilities.names;
    if (caseSensitive && unicodeSensitive) return undefined;
    const rows = await state.allPaths(side);
    return [...rows.filter((path) => !changes[side].gone.has(path)), ...changes[side].now.keys()];
  };
  return { source: await pathsOf('source'), destination: await pathsOf('destination') };
}
