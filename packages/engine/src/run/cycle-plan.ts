import { usesHash } from '../compare/comparison-mode.ts';
import {
  type DifferentRename,
  type ImpossibleRename,
  type ReconciledRenames,
  type RenameView,
  reconcileRenames,
} from '../compare/reconcile-renames.ts';
import { displacedIn, inferFolders, matchByHash, matchById } from '../compare/renames.ts';
import { changeOf, type Triple } from '../compare/triple.ts';
import type { Entry, Side } from '../model/entry.ts';
import { nameKey, whyNotAllowed } from '../model/names.ts';
import { ancestorsOf, isWithin, joinPath, nameOf, parentOf } from '../model/path.ts';
import type { Conflict } from '../plan/action.ts';
import type { PlanRules } from '../plan/decision.ts';
import { giverOf } from '../plan/mode.ts';
import type { TakenNames } from '../plan/name-check.ts';
import { type PathProblem, type Plan, plan } from '../plan/plan.ts';
import type { Storage } from '../storage.ts';
import { type MovedRow, type PlannedRename, type PlannedRenames, plannedSteps } from './planned-renames.ts';
import type { Survey } from './survey.ts';

const SIDES = ['source', 'destination'] as const;

export interface CyclePlan {
  readonly plan: Plan;
  readonly renames: PlannedRenames;
  readonly conflicts: readonly Conflict[];
  /** Renames that cannot be followed. */
  readonly problems: readonly PathProblem[];
  /** What was compared, under the paths that hold after the renames. */
  readonly triples: readonly Triple[];
  /** From a side's present paths to those. */
  readonly places: ReconciledRenames['sides'];
}

/** Names per side that look free and are not: something that no listing shows stands there. */
export type HiddenNames = Readonly<Record<Side, ReadonlySet<string>>>;

export interface CyclePlanQuestion {
  readonly survey: Survey;
  readonly rules: PlanRules;
  readonly storages: Readonly<Record<Side, Storage>>;
  /** Every path that each side holds, where a side does not tell some names apart. */
  readonly paths: Readonly<Record<Side, readonly string[] | undefined>>;
  /** What puts back what a cut-off swap left; the survey knows the names that hold after it. */
  readonly heals: readonly PlannedRename[];
  readonly hidden: HiddenNames;
}

/** From what is known to what is to be done: renames first, then every path in the names that hold after them. */
export function planCycle({ survey, rules, storages, paths, heals, hidden }: CyclePlanQuestion): CyclePlan {
  const taken = takenNames(paths, storages);
  const view = viewOf(survey, storages, { taken, hidden });
  const renames = reconcileRenames({ pairs: pairsOf(survey, rules, storages), view, preferred: preferredName(rules) });
  const held = {
    source: mapSet(survey.held.source, renames, 'source'),
    destination: mapSet(survey.held.destination, renames, 'destination'),
  };
  // What is renamed where the other side cannot follow, or to two names, is left as it is on both sides.
  const asItIs = [
    ...renames.different
      .filter((rename) => rename.winner === undefined)
      .flatMap((rename) => [rename.from, rename.source, rename.destination]),
    ...renames.impossible.flatMap((rename) => [rename.from, rename.to]),
  ];
  for (const path of asItIs) for (const side of SIDES) if (parentOf(path) !== '') held[side].add(parentOf(path));
  const { triples, moves } = triplesOf(survey, renames, rules);
  const steps = plannedSteps(renames, view);
  const giver = giverOf(rules.mode);
  const abilities = { source: storages.source.abilities, destination: storages.destination.abilities };
  const stepsMs = [abilities.source.mtimeStepMs, abilities.destination.mtimeStepMs];
  const result = plan({
    triples: asItIs.length === 0 ? triples : triples.filter((triple) => !asItIs.some((path) => isWithin(path, triple.path))),
    rules,
    attributes: {
      modes: abilities.source.modes && abilities.destination.modes,
      mtimeStepMs: stepsMs.includes(undefined) ? undefined : Math.max(...(stepsMs as number[])),
      giver,
      canUpdate: { source: storages.source.update !== undefined, destination: storages.destination.update !== undefined },
    },
    held,
    names: {
      names: { source: abilities.source.names, destination: abilities.destination.names },
      symlinks: { source: abilities.source.symlinks, destination: abilities.destination.symlinks },
      taken: steps.length === 0 ? taken : takenNames(pathsAfter(paths, renames), storages),
    },
    neededFirst: new Set(steps.flatMap((step) => [...ancestorsOf(step.action.path)])),
  });
  return {
    plan: result,
    problems: renames.impossible.map(problemOf),
    renames: { heals, steps, moves },
    conflicts: renames.different.map((rename) => conflictOf(rename, survey)),
    triples,
    places: renames.sides,
  };
}

interface UsedNames {
  readonly taken: TakenNames;
  readonly hidden: HiddenNames;
}

function viewOf({ known, changes }: Survey, storages: Readonly<Record<Side, Storage>>, { taken, hidden }: UsedNames): RenameView {
  return {
    refuses(side, path, from) {
      const rules = storages[side].abilities.names;
      const holder = taken[side]?.get(nameKey(rules, path));
      const isTaken = holder !== undefined && holder !== from && holder !== path;
      if (hidden[side].has(path)) return 'something that is ignored has that name there';
      return whyNotAllowed(rules, nameOf(path)) ?? (isTaken ? `${holder} has that name there, but for case or accents` : undefined);
    },
    now: (side, path) => known.now[side].get(path),
    isReplaced(side, path) {
      const [last, now] = [known.last[side].get(path), known.now[side].get(path)];
      if (last?.id !== undefined && now?.id !== undefined) return last.id !== now.id;
      return changes[side].now.has(path) || changes[side].gone.has(path);
    },
    isUntouched: (side, path) => !changes[side].now.has(path) && !changes[side].gone.has(path),
  };
}

/** Backup modes keep old names, so a rename there is a new file; one-way modes follow only the giver's renames. */
function pairsOf({ known }: Survey, rules: PlanRules, storages: Readonly<Record<Side, Storage>>): Record<Side, ReadonlyMap<string, Entry>> {
  const none = new Map<string, Entry>();
  // Each path has its own history there, and a rename would mix two.
  if (storages.source.abilities.causality && storages.destination.abilities.causality) return { source: none, destination: none };
  const pairs = (side: Side, receiver: Side): ReadonlyMap<string, Entry> => {
    const follows = rules.mode === 'two-way' || (giverOf(rules.mode) === side && !rules.mode.endsWith('backup'));
    if (!follows || storages[receiver].rename === undefined || rules.unite) return none;
    const displaced = displacedIn(known.last[side], known.now[side]);
    const byId = matchById(displaced);
    const byHash = usesHash(rules.comparison) ? matchByHash(displaced, byId) : none;
    return inferFolders(displaced, new Map([...byId, ...byHash]));
  };
  return { source: pairs('source', 'destination'), destination: pairs('destination', 'source') };
}

function preferredName({ resolution }: PlanRules): Side | undefined {
  if (resolution === 'manual') return undefined;
  return resolution === 'destination-wins' ? 'destination' : 'source';
}

function mapSet(paths: ReadonlySet<string>, renames: ReconciledRenames, side: Side): Set<string> {
  return new Set([...paths].map((path) => renames.sides[side].map(path)));
}

/** Brings the last state and both sides into the names that hold after the renames. */
function triplesOf({ known, changes }: Survey, renames: ReconciledRenames, rules: PlanRules): { triples: Triple[]; moves: MovedRow[] } {
  const found = new Map<string, { path: string; last: Triple['last']; source: Entry | undefined; destination: Entry | undefined }>();
  const at = (path: string) => {
    const triple = found.get(path) ?? { path, last: undefined, source: undefined, destination: undefined };
    found.set(path, triple);
    return triple;
  };
  const moves: Omit<MovedRow, 'unchanged'>[] = [];
  const replaced: string[] = [];
  for (const path of known.now.source.keys()) {
    const source = known.last.source.get(path);
    const destination = known.last.destination.get(path);
    const to = renames.last.map(path);
    if (source !== undefined && destination !== undefined) {
      const last = { source: withPath(source, to), destination: withPath(destination, to) };
      if (to !== path) {
        moves.push({ from: path, to, last });
        at(to).last = last;
      } else replaced.push(path);
    }
    for (const side of SIDES) {
      const entry = known.now[side].get(path);
      if (entry === undefined || renames.overwritten[side].has(path)) continue;
      const now = renames.sides[side].map(path);
      at(now)[side] = withPath(entry, now);
    }
  }
  // A row whose path another file was renamed to has had its day; any other stands where it stood.
  for (const path of replaced) {
    const triple = at(path);
    if (triple.last !== undefined) continue;
    triple.last = { source: known.last.source.get(path) as Entry, destination: known.last.destination.get(path) as Entry };
  }
  const finished = moves.map((move): MovedRow => {
    const triple = at(move.to);
    // What only went along with its folder was not renamed itself: its stamp still tells.
    const wentAlong = joinPath(renames.last.map(parentOf(move.from)), nameOf(move.from)) === move.to;
    const stampedRow = (side: Side): Entry =>
      wentAlong ? move.last[side] : restamped(move.last[side], triple[side], usesHash(rules.comparison));
    const stamped = { source: stampedRow('source'), destination: stampedRow('destination') };
    triple.last = stamped;
    // What was edited as well keeps its old stamp in the last state, so that the edit is seen until it has travelled.
    const unchanged = SIDES.filter((side) => changeOf(stamped[side], triple[side]) === 'none');
    const rowOf = (side: Side): Entry => (unchanged.includes(side) ? stamped : move.last)[side];
    return { ...move, last: { source: rowOf('source'), destination: rowOf('destination') }, unchanged };
  });
  const [source, destination] = [changes.source.tombstones, changes.destination.tombstones];
  const triples = [...found.values()].map((triple): Triple => {
    const tombstones = { source: source.get(triple.path)?.vector, destination: destination.get(triple.path)?.vector };
    return tombstones.source === undefined && tombstones.destination === undefined ? triple : { ...triple, tombstones };
  });
  return { triples, moves: finished };
}

/** A rename moves the version stamp of what is renamed: with the same identity, the stamp says nothing of an edit. */
function restamped(last: Entry, now: Entry | undefined, hashesTell: boolean): Entry {
  if (now?.id === undefined || now.id !== last.id) return last;
  // Where hashes decide, a file without one is taken for edited rather than for unchanged.
  const isKnown = now.kind !== 'file' || !hashesTell || (last.hash !== undefined && now.hash !== undefined);
  return isKnown ? { ...last, version: now.version } : last;
}

function withPath(entry: Entry, path: string): Entry {
  return entry.path === path ? entry : { ...entry, path };
}

function problemOf({ from, to, side, reason }: ImpossibleRename): PathProblem {
  const message = `${from} was renamed to ${to}, which cannot exist at the ${side}: ${reason}; there it keeps its name until you choose another`;
  return { path: to, side, code: 'path/name-not-allowed', message };
}

/** What each side holds once the renames are made. */
function pathsAfter(paths: CyclePlanQuestion['paths'], { sides, overwritten }: ReconciledRenames): CyclePlanQuestion['paths'] {
  const after = (side: Side): readonly string[] | undefined =>
    paths[side]?.filter((path) => !overwritten[side].has(path)).map((path) => sides[side].map(path));
  return { source: after('source'), destination: after('destination') };
}

function takenNames(paths: CyclePlanQuestion['paths'], storages: Readonly<Record<Side, Storage>>): TakenNames {
  const keysOf = (side: Side): ReadonlyMap<string, string> | undefined => {
    const rules = storages[side].abilities.names;
    return paths[side] && new Map(paths[side].map((path) => [nameKey(rules, path), path]));
  };
  return { source: keysOf('source'), destination: keysOf('destination') };
}

function conflictOf({ from, winner, ...names }: DifferentRename, { known }: Survey): Conflict {
  const message = `${from} was renamed to ${names.source} at the source and to ${names.destination} at the destination`;
  return {
    kind: 'renamed-differently',
    path: from,
    source: known.now.source.get(names.source),
    destination: known.now.destination.get(names.destination),
    outcome: winner ?? 'unresolved',
    message: winner === undefined ? `${message}: rename one of them` : `${message}: ${names[winner]} is kept`,
  };
}
