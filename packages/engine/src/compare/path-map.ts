import { ancestorsOf, isWithin } from '../model/path.ts';

/** Where things went: each pair moves a path and everything below it; the longest matching `from` decides. */
export class PathMap {
  readonly #moves: ReadonlyMap<string, string>;

  /** @param moves from → to; kept, not copied, so that it may still grow */
  constructor(moves: ReadonlyMap<string, string>) {
    this.#moves = moves;
  }

  map(path: string): string {
    if (this.#moves.size === 0) return path;
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
      const to = this.#moves.get(end === path.length ? path : path.slice(0, end));
      if (to !== undefined) return to + path.slice(end);
    }
    return path;
  }
}

/** True when neither path holds the other. */
export function areApart(a: string, b: string): boolean {
  return !isWithin(a, b) && !isWithin(b, a);
}

/** Paths, to ask whether another one holds, is, or lies in one of them. */
export class PathSet {
  readonly #paths: ReadonlySet<string>;
  readonly #above: ReadonlySet<string>;

  constructor(paths: readonly string[]) {
    this.#paths = new Set(paths);
    this.#above = new Set(paths.flatMap((path) => [...ancestorsOf(path)]));
  }

  with(paths: readonly string[]): PathSet {
    return new PathSet([...this.#paths, ...paths]);
  }

  meets(path: string): boolean {
    if (this.#above.has(path) || this.#paths.has(path)) return true;
    for (const folder of ancestorsOf(path)) if (this.#paths.has(folder)) return true;
    return false;
  }
}
