import { interimPath } from '../model/interim.ts';
import { ancestorsOf, isWithin } from '../model/path.ts';
import { areApart } from './path-map.ts';

export interface PathMove {
  readonly from: string;
  readonly to: string;
}

/** One rename to carry out: `from` is where the thing is at that moment. */
export interface RenameStep extends PathMove {
  /** Where the thing was before any step. */
  readonly origin: string;
}

/**
 * Puts simultaneous moves (a set of from → to, all in the old namespace) into an order that can be carried out one by one:
 * a target is free and its folder in place when its turn comes. Swaps and longer cycles go through a name that is plain to
 * see, so that a crash in between leaves an ordinary renamed file and not a hidden one.
 * @param isFree whether a name is unused on the side that is renamed
 */
export function orderRenames(moves: readonly PathMove[], isFree: (path: string) => boolean): RenameStep[] {
  const { alone, entangled } = byEntanglement(moves);
  const steps: RenameStep[] = alone.map(({ from, to }) => ({ from, to, origin: from }));
  const pending: Pending[] = entangled.map(({ from, to }) => ({ at: from, to, origin: from, madeWay: false }));
  const move = ({ at: from, origin }: Pending, to: string): void => {
    steps.push({ from, to, origin });
    for (const other of pending) if (isWithin(from, other.at)) other.at = to + other.at.slice(from.length);
  };
  while (pending.length > 0) {
    const index = pending.findIndex((rename) => pending.every((other) => other === rename || !isInTheWay(other, rename.to)));
    if (index >= 0) {
      const [rename] = pending.splice(index, 1) as [Pending];
      if (rename.at !== rename.to) move(rename, rename.to);
      continue;
    }
    // A circle. One that blocks another makes way, once: moving what only waits would change nothing.
    const blocker = pending.find(
      (rename) => !rename.madeWay && pending.some((other) => other !== rename && !areApart(rename.at, other.to)),
    );
    if (blocker === undefined) throw new TypeError('the renames contradict each other');
    blocker.madeWay = true;
    move(
      blocker,
      freeName(blocker.at, (path) => isFree(placeBefore(steps, path))),
    );
  }
  return steps;
}

/** Most renames have nothing to do with any other and need no order, which is good, because finding one takes time. */
function byEntanglement<M extends PathMove>(moves: readonly M[]): { alone: M[]; entangled: M[] } {
  const named = new Map<string, number>();
  const above = new Set<string>();
  for (const path of moves.flatMap(({ from, to }) => [from, to])) {
    named.set(path, (named.get(path) ?? 0) + 1);
    for (const folder of ancestorsOf(path)) above.add(folder);
  }
  const isAlone = (path: string): boolean =>
    named.get(path) === 1 && !above.has(path) && ![...ancestorsOf(path)].some((folder) => named.has(folder));
  const { alone = [], entangled = [] } = Object.groupBy(moves, ({ from, to }) => (isAlone(from) && isAlone(to) ? 'alone' : 'entangled'));
  return { alone, entangled };
}

/** Where what is at `path` after the steps was before them. */
export function placeBefore(steps: readonly PathMove[], path: string): string {
  return steps.reduceRight((at, { from, to }) => (isWithin(to, at) ? from + at.slice(to.length) : at), path);
}

/** Where what was at `path` before the steps is after them. */
export function placeAfter(steps: readonly PathMove[], path: string): string {
  return steps.reduce((at, { from, to }) => (isWithin(from, at) ? to + at.slice(from.length) : at), path);
}

interface Pending {
  at: string;
  readonly to: string;
  readonly origin: string;
  /** It stands under a name in between. */
  madeWay: boolean;
}

/** True while `other` sits at or around `to`, or `to` lies in a folder that `other` has yet to bring. */
function isInTheWay(other: Pending, to: string): boolean {
  return !areApart(other.at, to) || (other.to !== to && isWithin(other.to, to));
}

function freeName(path: string, isFree: (path: string) => boolean): string {
  for (let n = 1; ; n++) {
    const candidate = interimPath(path, n);
    if (isFree(candidate)) return candidate;
  }
}
