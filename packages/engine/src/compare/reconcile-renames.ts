import { type Entry, otherSide, type Side } from '../model/entry.ts';
import { ancestorsOf, depthOf, isWithin, parentOf } from '../model/path.ts';
import { areApart, PathMap } from './path-map.ts';
import { isInterimOf, orderRenames, type RenameStep } from './rename-order.ts';

/** What the matcher needs to know of the two sides; paths are the sides' own, before any rename of this plan. */
export interface RenameView {
  /** What a side has at a path now. */
  now(side: Side, path: string): Entry | undefined;
  /** True when nothing changed at that path of that side since the last state. */
  isUntouched(side: Side, path: string): boolean;
  /** Why a side cannot hold this name for what is at `from` there now, or undefined when it can. */
  refuses(side: Side, path: string, from: string): string | undefined;
}

export interface RenameQuestion {
  /** For each side whose renames count: new path → last row. */
  readonly pairs: Readonly<Record<Side, ReadonlyMap<string, Entry>>>;
  readonly view: RenameView;
  /** Whose name stands when both renamed one thing differently; undefined leaves both as they are. */
  readonly preferred: Side | undefined;
}

export interface DifferentRename {
  readonly from: string;
  readonly source: string;
  readonly destination: string;
  readonly winner: Side | undefined;
}

/** A rename that the other side cannot follow because of the name; there the old name stays. */
export interface ImpossibleRename {
  readonly from: string;
  readonly to: string;
  /** The side that cannot hold the name. */
  readonly side: Side;
  readonly reason: string;
}

export interface ReconciledRenames {
  /** What to carry out, in order, per side that is acted on. */
  readonly steps: Readonly<Record<Side, readonly RenameStep[]>>;
  /** From the last state's paths to those that hold after the steps. */
  readonly last: PathMap;
  /** From a side's present paths to those that hold after the steps. */
  readonly sides: Readonly<Record<Side, PathMap>>;
  /** Present paths that a rename replaces, per side acted on: what is there goes to the trash. */
  readonly overwritten: Readonly<Record<Side, ReadonlySet<string>>>;
  readonly different: readonly DifferentRename[];
  readonly impossible: readonly ImpossibleRename[];
}

type Moves = Map<string, string>;

/**
 * Decides which renames of one side are carried out on the other. A rename that does not fit (its file is gone there, its
 * new name is taken, it meets a rename of the other side half-way) is dropped: what remains is an ordinary deletion and
 * creation, which is always safe and only costs a transfer.
 */
export function reconcileRenames(question: RenameQuestion): ReconciledRenames {
  const { pairs, view } = question;
  const moved: Record<Side, Moves> = { source: movesOf(pairs.source), destination: movesOf(pairs.destination) };
  const agreed = takeAgreed(moved);
  const left: Record<Side, Moves> = { source: takeInterim('source', moved), destination: takeInterim('destination', moved) };
  const different = takeDifferent(moved, question);
  const impossible = [...takeImpossible('source', moved.source, view), ...takeImpossible('destination', moved.destination, view)];
  impossible.push(...takeStranded('source', moved.source, impossible), ...takeStranded('destination', moved.destination, impossible));
  const accepted: Record<Side, Moves> = { source: accept('source', moved.source, left.destination, view), destination: new Map() };
  accepted.destination = withoutMeeting(accept('destination', moved.destination, left.source, view), accepted.source);

  // What is renamed on a side is the other side's rename, starting from where the thing is now.
  const sideMoves: Record<Side, Moves> = {
    source: located(accepted.destination, left.source),
    destination: located(accepted.source, left.destination),
  };
  const acts: Record<Side, Omit<RenameStep, 'origin'>[]> = { source: steps(sideMoves.source), destination: steps(sideMoves.destination) };
  const last: Moves = new Map([...agreed, ...accepted.source, ...accepted.destination]);
  for (const { from, winner, ...names } of different) {
    if (winner === undefined) continue;
    const loser = otherSide(winner);
    last.set(from, names[winner]);
    sideMoves[loser].set(names[loser], names[winner]);
    acts[loser].push({ from: names[loser], to: names[winner] });
  }
  const sides = { source: new PathMap(sideMoves.source), destination: new PathMap(sideMoves.destination) };
  const overwrittenOn = (side: Side): Set<string> =>
    new Set(acts[side].map((step) => step.to).filter((to) => view.now(side, to) !== undefined && sides[side].map(to) === to));
  const overwritten = { source: overwrittenOn('source'), destination: overwrittenOn('destination') };
  const order = (side: Side): RenameStep[] => orderRenames(acts[side], (path) => view.now(side, path) === undefined);
  return {
    steps: { source: order('source'), destination: order('destination') },
    last: new PathMap(last),
    sides,
    overwritten,
    different,
    impossible,
  };
}

/** Old path → new path, shallowest first. */
function movesOf(pairs: ReadonlyMap<string, Entry>): Moves {
  const moves = [...pairs].map(([to, row]) => [row.path, to] as const);
  return new Map(moves.sort(([a], [b]) => depthOf(a) - depthOf(b) || (a < b ? -1 : 1)));
}

function steps(moves: Moves): Omit<RenameStep, 'origin'>[] {
  return [...moves].map(([from, to]) => ({ from, to }));
}

/** Both sides made the same rename: nothing to do but to remember it. */
function takeAgreed(moved: Record<Side, Moves>): Moves {
  const agreed: Moves = new Map();
  for (const [from, to] of moved.source) if (moved.destination.get(from) === to) agreed.set(from, to);
  for (const from of agreed.keys()) {
    moved.source.delete(from);
    moved.destination.delete(from);
  }
  return agreed;
}

/**
 * A swap that an earlier run did not finish left something under an interim name on `side`. Nobody renamed it: it is still
 * what it was, only elsewhere. @returns where such things are, by the name they had
 */
function takeInterim(side: Side, moved: Record<Side, Moves>): Moves {
  const left: Moves = new Map();
  for (const [from, to] of moved[side]) if (isInterimOf(from, to) && moved[otherSide(side)].has(from)) left.set(from, to);
  for (const from of left.keys()) moved[side].delete(from);
  return left;
}

function located(moves: Moves, left: Moves): Moves {
  return new Map([...moves].map(([from, to]) => [left.get(from) ?? from, to]));
}

/** Takes out the renames to names that the other side cannot hold. */
function takeImpossible(side: Side, moves: Moves, view: RenameView): ImpossibleRename[] {
  const other = otherSide(side);
  const impossible: ImpossibleRename[] = [];
  for (const [from, to] of moves) {
    const parent = impossible.find((rename) => isWithin(rename.from, from) && isWithin(rename.to, to));
    const reason = parent === undefined && view.now(other, from) !== undefined ? whyImpossible(view, other, { from, to }) : undefined;
    if (reason !== undefined) impossible.push({ from, to, side: other, reason });
    if (parent !== undefined || reason !== undefined) moves.delete(from);
  }
  return impossible;
}

/** What was moved into or out of something that stays as it is has to stay with it. */
function takeStranded(side: Side, moves: Moves, impossible: readonly ImpossibleRename[]): ImpossibleRename[] {
  const stranded: ImpossibleRename[] = [];
  for (const [from, to] of moves) {
    const anchor = impossible.find((rename) => [rename.from, rename.to].some((path) => isWithin(path, to) || isWithin(path, from)));
    if (anchor === undefined) continue;
    moves.delete(from);
    stranded.push({ from, to, side: otherSide(side), reason: `it goes with ${anchor.to}` });
  }
  return stranded;
}

/** The new name itself may be refused, or that of a new folder on the way to it. */
function whyImpossible(view: RenameView, side: Side, { from, to }: { from: string; to: string }): string | undefined {
  for (const path of [to, ...ancestorsOf(to)]) {
    const reason = view.now(side, path) === undefined ? view.refuses(side, path, from) : undefined;
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** One thing, two new names: the preferred side's name stands, if the other side can take it. */
function takeDifferent(moved: Record<Side, Moves>, { view, preferred }: RenameQuestion): DifferentRename[] {
  const different: DifferentRename[] = [];
  for (const [from, source] of [...moved.source]) {
    const destination = moved.destination.get(from);
    if (destination === undefined) continue;
    moved.source.delete(from);
    moved.destination.delete(from);
    const implied = different.some((rename) => goesWith(rename, from, source, destination));
    if (implied) continue;
    const names = { source, destination };
    const fits = (winner: Side): boolean => {
      const loser = otherSide(winner);
      const apart = areApart(source, destination) && areApart(from, names[winner]);
      const free = view.now(loser, names[winner]) === undefined && view.now(winner, names[loser]) === undefined;
      return apart && free && isFolderOrRoot(view, loser, parentOf(names[winner]));
    };
    const winner = preferred !== undefined && fits(preferred) ? preferred : undefined;
    if (winner !== undefined || preferred === undefined) different.push({ from, source, destination, winner });
  }
  return different;
}

function goesWith(rename: DifferentRename, from: string, source: string, destination: string): boolean {
  const rest = from.slice(rename.from.length);
  return isWithin(rename.from, from) && source === rename.source + rest && destination === rename.destination + rest;
}

function isFolderOrRoot(view: RenameView, side: Side, path: string): boolean {
  return path === '' || view.now(side, path)?.kind === 'folder';
}

/** The renames of `side` that the other side can follow, without those that a renamed parent brings along. */
function accept(side: Side, moves: Moves, left: Moves, view: RenameView): Moves {
  const banned = new Set<string>();
  for (;;) {
    const accepted: Moves = new Map();
    const after = new PathMap(accepted);
    for (const [from, to] of moves) {
      if (after.map(from) === to) continue;
      if (!banned.has(from) && fits({ side, from, to, moves, accepted, left, view })) accepted.set(from, to);
    }
    const other = otherSide(side);
    // A target that was to be vacated by a rename that did not fit after all.
    const blocked = [...accepted].filter(
      ([, to]) => view.now(other, to) !== undefined && after.map(to) === to && !isReplaceable(view, side, to),
    );
    if (blocked.length === 0) return accepted;
    for (const [from] of blocked) banned.add(from);
  }
}

interface Candidate {
  readonly side: Side;
  readonly from: string;
  readonly to: string;
  readonly moves: Moves;
  readonly accepted: Moves;
  /** Where the other side has things that an earlier run left half-way. */
  readonly left: Moves;
  readonly view: RenameView;
}

function fits({ side, from, to, moves, accepted, left, view }: Candidate): boolean {
  const other = otherSide(side);
  if (!areApart(from, to)) return false;
  const there = view.now(other, left.get(from) ?? from);
  if (there === undefined || there.kind !== view.now(side, to)?.kind) return false;
  if (view.now(other, to) !== undefined && new PathMap(moves).map(to) === to && !isReplaceable(view, side, to)) return false;
  return hasFolderFor({ side, from, to: parentOf(to), moves, accepted, left, view });
}

/** The renamed side put a file over this one, and the other side did not touch it since: it may be replaced there too. */
function isReplaceable(view: RenameView, side: Side, path: string): boolean {
  const other = otherSide(side);
  return view.now(other, path)?.kind !== 'folder' && view.isUntouched(other, path) && !view.isUntouched(side, path);
}

/** Whether the folder `to` will be there on the other side: it is, a rename brings it, or it is new and can be made first. */
function hasFolderFor(candidate: Candidate): boolean {
  const { side, to, accepted, view } = candidate;
  if (to === '') return true;
  const other = otherSide(side);
  for (const [from, target] of accepted) {
    if (isWithin(target, to)) return view.now(other, from + to.slice(target.length))?.kind === 'folder';
  }
  const there = view.now(other, to);
  if (there !== undefined) return there.kind === 'folder' && new PathMap(accepted).map(to) === to;
  return view.now(side, to)?.kind === 'folder' && hasFolderFor({ ...candidate, to: parentOf(to) });
}

/** Keeps the renames that touch none of the other side's. */
function withoutMeeting(moves: Moves, others: Moves): Moves {
  if (moves.size === 0 || others.size === 0) return moves;
  const taken = [...others].flat();
  return new Map([...moves].filter((move) => move.every((path) => taken.every((other) => areApart(path, other)))));
}
