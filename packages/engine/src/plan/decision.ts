import { compareVectors } from '../compare/causality.ts';
import type { ComparisonMode } from '../compare/comparison-mode.ts';
import { compareSides } from '../compare/same.ts';
import { type Change, changeOn, type Triple } from '../compare/triple.ts';
import { otherSide, type Side } from '../model/entry.ts';
import type { SyncErrorCode } from '../model/error.ts';
import type { Conflict, ConflictKind, ConflictOutcome } from './action.ts';
import type { ConflictResolution } from './conflict-resolution.ts';
import { CONFLICT_STRATEGIES, conflictCopyPath, keeperOf } from './conflict-strategy.ts';
import { decide, type Verdict } from './decisions.ts';
import type { SyncMode } from './mode.ts';

/** Everything that the planner is told besides the trees. */
export interface PlanRules {
  readonly mode: SyncMode;
  readonly resolution: ConflictResolution;
  readonly comparison: ComparisonMode;
  /** There was a last state and it could not be used: delete nothing. */
  readonly unite: boolean;
  /** How the sides are called in the names of conflict copies. */
  readonly replicas: Readonly<Record<Side, string>>;
}

/** One path and what becomes of it. `hold`: stays where it is, and in the last state; `settle`: a conflict to act on. */
export interface Decision {
  readonly triple: Triple;
  verdict: Verdict | 'hold' | 'settle' | 'failed';
  readonly changes: Readonly<Record<Side, Change>>;
  conflict: Conflict | undefined;
  /** A deleted folder that comes back for what is in it, and for nothing else. */
  isCarrier?: boolean;
  /** With `failed`: why nothing can be done about the path. */
  problem?: { readonly side?: Side; readonly code: SyncErrorCode; readonly message: string };
}

/** Decides one path by itself; what its neighbours demand comes after (plan/survivors.ts). */
export function decidePath(triple: Triple, rules: PlanRules): Decision {
  const changes = { source: changeOn('source', triple), destination: changeOn('destination', triple) };
  const decision: Decision = { triple, verdict: 'in-sync', changes, conflict: undefined };
  const { source, destination } = triple;
  if (changes.source === 'none' && changes.destination === 'none') return decision;
  if (source !== undefined && destination !== undefined && changes.source !== 'none' && changes.destination !== 'none') {
    const sameness = compareSides(source, destination, rules.comparison);
    if (sameness === 'same') return decision;
    if (sameness === 'unknown') return failed(decision, noHash(triple));
  }
  const causal = rules.mode === 'two-way' ? causalVerdict(triple) : undefined;
  if (causal !== undefined) {
    decision.verdict = rules.unite && causal.startsWith('delete') ? 'leave' : causal;
    return decision;
  }
  decision.verdict = decide({ mode: rules.mode, source: changes.source, destination: changes.destination, unite: rules.unite });
  if (decision.verdict === 'conflict') settle(decision, rules);
  else if (rules.mode === 'two-way') reportSurvivor(decision);
  return decision;
}

/**
 * What version vectors say, before the last state is asked: the version that knows the other takes its place, also when it looks as it
 * did when last agreed, and a deletion that knew a version deletes it. Undefined when they do not decide.
 */
function causalVerdict({ source, destination, tombstones }: Triple): Verdict | undefined {
  if (source !== undefined && destination !== undefined) {
    if (source.vector === undefined || destination.vector === undefined) return undefined;
    const order = compareVectors(source.vector, destination.vector);
    return order === 'before' ? 'download' : order === 'after' ? 'upload' : undefined;
  }
  const there = source ?? destination;
  const deletion = source === undefined ? tombstones?.source : tombstones?.destination;
  if (there?.vector === undefined || deletion === undefined) return undefined;
  const order = compareVectors(deletion, there.vector);
  // What was made by somebody who knew of the deletion is no edit that survives it.
  if (order === 'before') return source === undefined ? 'download' : 'upload';
  return order === 'concurrent' ? undefined : source === undefined ? 'delete-destination' : 'delete-source';
}

/** Marks a path that stays as it is, and why. */
export function failed(decision: Decision, problem: NonNullable<Decision['problem']>): Decision {
  decision.verdict = 'failed';
  decision.problem = problem;
  return decision;
}

function noHash({ path, source }: Triple): NonNullable<Decision['problem']> {
  const side = source?.hash === undefined ? 'source' : 'destination';
  return { side, code: 'storage/no-hash', message: `${path}: the ${side} gives no hash to compare by; use another --compare mode` };
}

/** Deleted on one side, edited on the other: nobody has to act, but the user is told. */
function reportSurvivor(decision: Decision): void {
  const { changes, triple } = decision;
  const deleted = changes.source === 'deleted' ? 'source' : changes.destination === 'deleted' ? 'destination' : undefined;
  if (deleted === undefined || changes[otherSide(deleted)] !== 'modified') return;
  const survivor = otherSide(deleted);
  decision.conflict = conflictOf(
    triple,
    'deleted-and-edited',
    survivor,
    `deleted at the ${deleted} but edited at the ${survivor}: the edit is kept`,
  );
}

/** Turns a conflict into what the strategy makes of it. */
function settle(decision: Decision, rules: PlanRules): void {
  const { source, destination } = decision.triple;
  if (source === undefined || destination === undefined) throw new TypeError('a conflict needs two versions');
  if (source.kind === 'folder' || destination.kind === 'folder') {
    keepFolderAndFile(decision, rules, source.kind === 'folder' ? 'source' : 'destination');
    return;
  }
  const contest = { source, destination, comparison: rules.comparison };
  const settlement = CONFLICT_STRATEGIES[rules.resolution](contest);
  switch (settlement) {
    case 'source':
    case 'destination':
      decision.verdict = settlement === 'source' ? 'upload' : 'download';
      decision.conflict = conflictOf(
        decision.triple,
        'both-changed',
        settlement,
        `changed on both sides: the ${settlement}'s version is taken, the other is in the trash`,
      );
      return;
    case 'ask':
      decision.verdict = 'settle';
      decision.conflict = conflictOf(
        decision.triple,
        'both-changed',
        'unresolved',
        'changed on both sides: choose with cloudsync resolve-conflicts',
      );
      return;
    case 'both':
    case 'merge':
      decision.verdict = 'settle';
      decision.conflict = keepBoth(decision.triple, rules, keeperOf(contest));
  }
}

/** Both versions stay on both sides; the loser gets a name of its own. */
function keepBoth(triple: Triple, rules: Pick<PlanRules, 'replicas'>, winner: Side, kind: ConflictKind = 'both-changed'): Conflict {
  const loser = otherSide(winner);
  const entry = triple[loser];
  if (entry === undefined) throw new TypeError('keeping both needs two versions');
  const copyPath = conflictCopyPath(entry, rules.replicas[loser]);
  const what = kind === 'folder-and-file' ? `a folder at the ${winner}, a ${entry.kind} at the ${loser}` : 'changed on both sides';
  return { ...conflictOf(triple, kind, 'both', `${what}: both are kept, the ${loser}'s as ${copyPath}`), winner, copyPath };
}

/** A folder can hold more than a name can tell, so it keeps the name under every strategy. */
export function keepFolderAndFile(decision: Decision, rules: PlanRules, folderSide: Side): void {
  decision.verdict = 'settle';
  decision.conflict = keepBoth(decision.triple, rules, folderSide, 'folder-and-file');
}

function conflictOf({ path, source, destination }: Triple, kind: ConflictKind, outcome: ConflictOutcome, message: string): Conflict {
  return { kind, path, source, destination, outcome, message };
}
