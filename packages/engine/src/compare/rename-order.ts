import { isWithin, joinPath, nameOf, parentOf } from '../model/path.ts';

/** One rename to carry out: `from` is where the thing is at that moment. */
export interface RenameStep {
  readonly from: string;
  readonly to: string;
  /** Where the thing was before any step. */
  readonly origin: string;
}

/**
 * Puts simultaneous moves (a set of from → to, all in the old namespace) into an order that can be carried out one by one:
 * a target is free and its folder in place when its turn comes. Swaps and longer cycles go through a name that is plain to
 * see, so that a crash in between leaves an ordinary renamed file and not a hidden one.
 * @param isFree whether a name is unused on the side that is renamed
 */
export function orderRenames(moves: readonly Omit<RenameStep, 'origin'>[], isFree: (path: string) => boolean): RenameStep[] {
  const pending: Pending[] = moves.map(({ from, to }) => ({ at: from, to, origin: from }));
  const steps: RenameStep[] = [];
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
    const stuck = pending[0] as Pending;
    move(stuck, freeName(stuck.at, isFree));
  }
  return steps;
}

interface Pending {
  at: string;
  readonly to: string;
  readonly origin: string;
}

/** True while `other` sits at or around `to`, or `to` lies in a folder that `other` has yet to bring. */
function isInTheWay(other: Pending, to: string): boolean {
  return isWithin(other.at, to) || isWithin(to, other.at) || (other.to !== to && isWithin(other.to, to));
}

function freeName(path: string, isFree: (path: string) => boolean): string {
  for (let n = 1; ; n++) {
    const candidate = joinPath(parentOf(path), `${interimStem(path)}${n}`);
    if (isFree(candidate)) return candidate;
  }
}

function interimStem(path: string): string {
  return `${nameOf(path).slice(0, 60)}.moving-`;
}

/** True when `to` is a name that a swap of an interrupted run left `from` under. */
export function isInterimOf(from: string, to: string): boolean {
  const name = nameOf(to);
  const stem = interimStem(from);
  return name.startsWith(stem) && /^\d+$/.test(name.slice(stem.length));
}
