import { SyncError } from '@cloudsync/engine';
import { isDamage } from '../vault.ts';

/** What a check found wrong with one object of a vault. */
export interface Finding {
  /** The blob, or `chunk <id>` for one that is in no blob. */
  readonly object: string;
  readonly problem: string;
  /** True when nothing that a version needs is touched: leftovers that are damaged, packs that wait for a prune. */
  readonly harmless: boolean;
  readonly affects: Affected;
}

export interface Affected {
  /** Sequences, ascending. */
  readonly snapshots: readonly number[];
  /** The first of them. */
  readonly paths: readonly string[];
  readonly morePaths: number;
}

/** True for an error that is about one object. A flipped byte can make it look like one of a newer format or of newer keys. */
export function isObjectProblem(error: unknown): error is SyncError {
  return isDamage(error) || SyncError.is(error, 'vault/newer-version') || SyncError.is(error, 'vault/wrong-key');
}

const PATHS_MAX = 1000;

interface Collected {
  readonly object: string;
  readonly problem: string;
  readonly harmless: boolean;
  readonly snapshots: Set<number>;
  readonly paths: Set<string>;
}

/** Collects findings; one for each object and problem. */
export class Findings {
  readonly #found = new Map<string, Collected>();

  /** @param affected the version and path that suffer from it; told again and again for one problem */
  add(object: string, problem: string, affected: { readonly snapshot?: number; readonly path?: string } = {}): void {
    const { snapshot, path } = affected;
    const found = this.#find(object, problem, false);
    if (snapshot !== undefined) found.snapshots.add(snapshot);
    if (path !== undefined) found.paths.add(path);
  }

  addHarmless(object: string, problem: string): void {
    this.#find(object, problem, true);
  }

  list(): Finding[] {
    const found = [...this.#found.values()].sort((a, b) => Number(a.harmless) - Number(b.harmless) || (a.object < b.object ? -1 : 1));
    return found.map(({ object, problem, harmless, snapshots, paths }) => ({
      object,
      problem,
      harmless,
      affects: {
        snapshots: [...snapshots].sort((a, b) => a - b),
        paths: [...paths].slice(0, PATHS_MAX),
        morePaths: Math.max(0, paths.size - PATHS_MAX),
      },
    }));
  }

  #find(object: string, message: string, harmless: boolean): Collected {
    const problem = withoutAdvice(message);
    const key = `${object}\n${problem}`;
    const found = this.#found.get(key) ?? { object, problem, harmless, snapshots: new Set<number>(), paths: new Set<string>() };
    this.#found.set(key, found);
    return found;
  }
}

/** Messages end with what to do; a report says that once. */
function withoutAdvice(message: string): string {
  const advice = message.lastIndexOf('; ');
  return advice < 0 ? message : message.slice(0, advice);
}
