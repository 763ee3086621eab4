import type { Entry, Side } from '../model/entry.ts';
import type { Action } from '../plan/action.ts';

/**
 * The files that a plan deletes, by side and content. What comes to such a side with the same content need not travel: that is how a file
 * that was renamed arrives where each path has a history of its own.
 */
export class LeavingFiles {
  readonly #byHash: Readonly<Record<Side, Map<string, Entry>>> = { source: new Map(), destination: new Map() };

  constructor(deletions: readonly Action[]) {
    for (const action of deletions) {
      const side = action.type === 'DELETE_SOURCE' ? 'source' : 'destination';
      const entry = action[side];
      if (entry?.kind === 'file' && isSha256(entry.hash)) this.#byHash[side].set(entry.hash, entry);
    }
  }

  /** A file at `side` that is about to go and has the content of `wanted`. */
  twinOf(side: Side, wanted: Entry): Entry | undefined {
    const twin = isSha256(wanted.hash) ? this.#byHash[side].get(wanted.hash) : undefined;
    return twin?.size === wanted.size ? twin : undefined;
  }
}

/** Other kinds of hashes are not made to tell any two contents apart. */
function isSha256(hash: string | undefined): hash is string {
  return hash !== undefined && !hash.includes(':');
}
