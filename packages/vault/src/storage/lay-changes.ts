import { ancestorsOf, mergeVectors, parentOf } from '@cloudsync/engine';
import type { Row } from '../tree/row.ts';
import type { Tree } from '../tree/tree.ts';
import { areSameThings, liveRow } from './row-entry.ts';
import type { StagedChange, StagedChanges } from './staged-tree.ts';

export interface ChangesToLay {
  readonly staged: StagedChanges;
  /** The tree that they were made on. */
  readonly from: Tree;
  readonly onto: Tree;
  /** Paths whose content is not in the vault any more. */
  readonly unavailable?: readonly string[];
}

/** Staged changes on top of what another writer did. */
export interface LaidChanges {
  readonly kept: StagedChanges;
  /** Paths whose change would undo something of the other writer's. */
  readonly refused: readonly string[];
}

/**
 * Lays changes that were made on one tree over another that grew out of it. A path that both changed to the same is no conflict; one that
 * both changed differently keeps what the other made of it. What depends on a refused change is refused with it: the other end of a
 * rename, what lies in a folder that is not there, the deletion of a folder that holds something.
 */
export async function layChanges({ staged, from, onto, unavailable = [] }: ChangesToLay): Promise<LaidChanges> {
  const theirs = new Map<string, Row | undefined>();
  for await (const { path, after } of from.diff(onto)) theirs.set(path, after);
  return new Laying(staged, theirs).run(unavailable);
}

class Laying {
  readonly #kept: Map<string, StagedChange>;
  readonly #refused = new Map<string, StagedChange>();
  readonly #theirs: ReadonlyMap<string, Row | undefined>;
  /** Staged paths by the ids that their rows have or had. */
  readonly #pathsOfId = new Map<string, string[]>();

  constructor(staged: StagedChanges, theirs: ReadonlyMap<string, Row | undefined>) {
    this.#kept = new Map(staged);
    this.#theirs = theirs;
    for (const [path, change] of staged)
      for (const id of idsOf(change)) this.#pathsOfId.set(id, [...(this.#pathsOfId.get(id) ?? []), path]);
  }

  run(unavailable: readonly string[]): LaidChanges {
    for (const path of unavailable) this.#refuse(path);
    for (const [path, their] of this.#theirs) {
      this.#meet(path, their);
      this.#meetId(path, their);
    }
    while (this.#refuseOrphans() || this.#refuseRemovals());
    return { kept: this.#kept, refused: [...this.#refused.keys()] };
  }

  /** Both changed one path. */
  #meet(path: string, their: Row | undefined): void {
    const mine = this.#kept.get(path);
    if (mine === undefined) return;
    if (their === undefined || mine.after === undefined || !areSameThings(mine.after, their)) {
      this.#refuse(path);
      return;
    }
    const vector = mergeVectors(mine.after.vector, their.vector) ?? their.vector;
    if (vector === their.vector) this.#kept.delete(path);
    else this.#kept.set(path, { before: their, after: { ...their, vector } });
  }

  /** Both moved one thing, to different places: it stays where the other put it. */
  #meetId(path: string, their: Row | undefined): void {
    const id = liveRow(their)?.id;
    if (id === undefined) return;
    for (const mine of this.#pathsOfId.get(id) ?? [])
      if (mine !== path && liveRow(this.#kept.get(mine)?.after)?.id === id) this.#refuse(mine);
  }

  #refuse(path: string): void {
    const change = this.#kept.get(path);
    if (change === undefined) return;
    this.#kept.delete(path);
    this.#refused.set(path, change);
    for (const id of idsOf(change)) for (const linked of this.#pathsOfId.get(id) ?? []) this.#refuse(linked);
  }

  /** What would lie in something that is no folder. @returns whether there was any */
  #refuseOrphans(): boolean {
    const before = this.#refused.size;
    for (const [path, { after }] of [...this.#kept]) {
      const parent = parentOf(path);
      if (liveRow(after) !== undefined && parent !== '' && this.#isChanged(parent) && this.#outcome(parent)?.kind !== 'folder')
        this.#refuse(path);
    }
    return this.#refused.size > before;
  }

  /** Folders that are taken away although something is in them now. @returns whether there was any */
  #refuseRemovals(): boolean {
    const before = this.#refused.size;
    for (const path of [...this.#theirs.keys(), ...this.#refused.keys()]) {
      if (this.#kept.has(path) || liveRow(this.#outcome(path)) === undefined) continue;
      for (const folder of ancestorsOf(path)) if (this.#kept.has(folder) && this.#outcome(folder)?.kind !== 'folder') this.#refuse(folder);
    }
    return this.#refused.size > before;
  }

  #isChanged(path: string): boolean {
    return this.#kept.has(path) || this.#refused.has(path) || this.#theirs.has(path);
  }

  /** What a changed path will hold. */
  #outcome(path: string): Row | undefined {
    const kept = this.#kept.get(path);
    if (kept !== undefined) return kept.after;
    return this.#theirs.has(path) ? this.#theirs.get(path) : this.#refused.get(path)?.before;
  }
}

function idsOf({ before, after }: StagedChange): Set<string> {
  return new Set([liveRow(before)?.id, liveRow(after)?.id].filter((id) => id !== undefined));
}
