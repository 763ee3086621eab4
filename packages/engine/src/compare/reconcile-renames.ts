import { type Entry, otherSide, type Side } from '../model/entry.ts';
import { ancestorsOf, depthOf, isWithin, joinPath, nameOf, parentOf } from '../model/path.ts';
import { areApart, PathMap, PathSet } from './path-map.ts';
import { orderRenames, type RenameStep } from './rename-order.ts';

/** What the matcher needs to know of the two sides; paths are the sides' own, before any rename of this plan. */
export interface RenameView {
  /** What a side has at a path now. */
  now(side: Side, path: string): Entry | undefined;
  /** True when nothing changed at that path of that side since the last state. */
  isUntouched(side: Side, path: string): boolean;
  /** True when a path holds another file than the last state says: by identity, and where there is none, any change. */
  isReplaced(side: Side, path: string): boolean;
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
  const different = takeDifferent(moved, question);
  const disputed = new PathSet(different.flatMap((rename) => [rename.from, rename.source, rename.destination]));
  const impossible = [...takeImpossible('source', moved.source, question), ...takeImpossible('destination', moved.destination, question)];
  impossible.push(...takeStranded('source', moved.source, impossible), ...takeStranded('destination', moved.destination, impossible));
  const source = accept({ side: 'source', moves: moved.source, taken: disputed, view });
  const taken = disputed.with([...source].flat());
  const destination = accept({ side: 'destination', moves: moved.destination, taken, view });
  const accepted = { source, destination };

  // What is renamed on a side is the other side's rename.
  const sideMoves: Record<Side, Moves> = { source: new Map(accepted.destination), destination: new Map(accepted.source) };
  const acts: Record<Side, Omit<RenameStep, 'origin'>[]> = { source: steps(sideMoves.source), destination: steps(sideMoves.destination) };
  const last: Moves = new Map([...agreed, ...accepted.source, ...accepted.destination]);
  for (const { from, winner, ...names } of different) {
    if (winner === undefined) continue;
    const loser = otherSide(winner);
    last.set(from, names[winner]);
    sideMoves[loser].set(names[loser], names[winner]);
    acts[loser].push({ from: names[loser], to: names[winner] });
  }
  leaveReplacedRows(last);
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

/** Where a rename replaced something in a folder that was renamed as well, the row of what was replaced does not go along. */
function leaveReplacedRows(last: Moves): void {
  const origins = new PathMap(new Map([...last].map(([from, to]) => [to, from])));
  for (const [from, to] of [...last]) {
    const replaced = joinPath(origins.map(parentOf(to)), nameOf(to));
    if (replaced !== to && replaced !== from && !last.has(replaced)) last.set(replaced, replaced);
  }
}

/** Takes out the renames to names that the other side cannot hold. */
function takeImpossible(side: Side, moves: Moves, { pairs, view }: RenameQuestion): ImpossibleRename[] {
  const other = otherSide(side);
  const impossible: ImpossibleRename[] = [];
  for (const [from, to] of moves) {
    const parent = impossible.find((rename) => isWithin(rename.from, from) && isWithin(rename.to, to));
    const reason = parent === undefined && view.now(other, from) !== undefined ? whyImpossible(view, other, { from, to }) : undefined;
    // With another identity it only has the same content: then the old one was deleted, and that can travel.
    const [row, now] = [pairs[side].get(to), view.now(side, to)];
    const isSame = row?.id === undefined || now?.id === undefined || row.id === now.id;
    if (reason !== undefined && isSame) impossible.push({ from, to, side: other, reason });
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
    // A folder is made before anything leaves the name that it needs.
    const leaves = path === to ? from : path;
    const reason = view.now(side, path) === undefined ? view.refuses(side, path, leaves) : undefined;
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
      const allowed = view.refuses(loser, names[winner], names[loser]) === undefined;
      return apart && free && allowed && isFolderOrRoot(view, loser, parentOf(names[winner]));
    };
    const winner = preferred === undefined ? undefined : [preferred, otherSide(preferred)].find(fits);
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

interface Followed {
  readonly side: Side;
  readonly moves: Moves;
  /** Paths that other renames have to do with: these keep apart from them. */
  readonly taken: PathSet;
  readonly view: RenameView;
}

/** The renames of `side` that the other side can follow, without those that a renamed parent brings along. */
function accept(question: Followed): Moves {
  const { moves, taken } = question;
  const banned = new Set([...moves].filter((move) => move.some((path) => taken.meets(path))).map(([from]) => from));
  const wanted = new PathMap(moves);
  for (;;) {
    const accepted: Moves = new Map();
    const after = new PathMap(accepted);
    const candidate = { ...question, after, wanted, origins: new Map<string, string>() };
    // One may make room, or bring the folder, for another that comes before it.
    for (let before = -1; accepted.size > before; ) {
      before = accepted.size;
      for (const [from, to] of moves) {
        if (after.map(from) === to || banned.has(from) || !fits({ ...candidate, from, to })) continue;
        accepted.set(from, to);
        candidate.origins.set(to, from);
      }
    }
    // Each fitted what was accepted before it; now each has to fit what was accepted after it.
    const blocked = [...accepted].filter(([from, to]) => isOccupied({ ...candidate, from, to }) || !hasFolderFor(parentOf(to), candidate));
    if (blocked.length === 0) return accepted;
    for (const [from] of blocked) banned.add(from);
  }
}

interface Acceptance extends Followed {
  /** Where what the other side has goes. */
  readonly after: PathMap;
  /** Where it would go if every rename were accepted. */
  readonly wanted: PathMap;
  /** From where what comes to a new name. */
  readonly origins: Moves;
}

interface Candidate extends Acceptance {
  readonly from: string;
  readonly to: string;
}

function fits(candidate: Candidate): boolean {
  const { side, from, to, wanted, view } = candidate;
  const other = otherSide(side);
  if (!areApart(from, to)) return false;
  const there = view.now(other, from);
  if (there === undefined || there.kind !== view.now(side, to)?.kind) return false;
  // Another file stands at the old name there: saved anew, or an earlier run already did this by other means.
  if (view.isReplaced(other, from)) return false;
  if (view.now(other, to) !== undefined && wanted.map(to) === to && !isReplaceable(view, side, to)) return false;
  return hasFolderFor(parentOf(to), candidate);
}

/** Whether something that may not be replaced will be at `to` on the other side: it stays there, or comes with its folder. */
function isOccupied({ side, to, after, origins, view }: Candidate): boolean {
  const other = otherSide(side);
  if (view.now(other, to) !== undefined && after.map(to) === to && !isReplaceable(view, side, to)) return true;
  const brought = joinPath(new PathMap(origins).map(parentOf(to)), nameOf(to));
  return brought !== to && view.now(other, brought) !== undefined && after.map(brought) === to;
}

/** Whether a folder will be at `path` on the other side: it is, a rename brings it, or it is new and can be made first. */
function hasFolderFor(path: string, acceptance: Acceptance): boolean {
  const { side, after, origins, view } = acceptance;
  if (path === '') return true;
  const other = otherSide(side);
  const brought = new PathMap(origins).map(path);
  if (brought !== path) return view.now(other, brought)?.kind === 'folder' && after.map(brought) === path;
  const there = view.now(other, path);
  if (there !== undefined) return there.kind === 'folder' && after.map(path) === path;
  return view.now(side, path)?.kind === 'folder' && hasFolderFor(parentOf(path), acceptance);
}

/** The renamed side put a file over this one, and the other side did not touch it since: it may be replaced there too. */
function isReplaceable(view: RenameView, side: Side, path: string): boolean {
  const other = otherSide(side);
  return view.now(other, path)?.kind !== 'folder' && view.isUntouched(other, path) && !view.isUntouched(side, path);
}
