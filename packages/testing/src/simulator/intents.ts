import { ancestorsOf, type Side } from '@cloudsync/engine';
import type { Disk } from '../strict-storage/disk.ts';
import { describeNode } from './view.ts';

/** One act of a user: every path it made, changed or removed, and the contents it was about. */
interface Act {
  readonly side: Side | 'engine';
  /** Grows with every run that did not tell the state all that it did: before, during (each act by itself) and after it. */
  epoch: number;
  readonly paths: readonly string[];
  readonly keys: readonly string[];
}

/** A path that only one side's user had anything to do with, and what he left there. */
export interface Intent {
  readonly side: Side;
  readonly path: string;
  readonly wanted: string;
}

/**
 * What users did since both sides were last equal. Where only one side's user touched a path, and nothing related to it, both
 * sides must end with exactly what he left there: edits arrive, deletions are not undone, renames are neither lost nor
 * doubled. Acts are related when their paths hold each other or when they concern the same content.
 *
 * After a run that died, the other side may hold what the state does not know. If its author then deletes or changes it, both
 * sides seem to have made the path, and uniting them is all that can be done: related acts from before and after such a run
 * are not certain, and neither is what users do to what such a run made.
 */
export class Intents {
  readonly #keyOf: (path: string) => string;
  readonly #acts: Act[] = [];
  /** By the key of a path: how it was spelled, and what was left there last; nothing is certain where spellings meet. */
  readonly #wanted = new Map<string, { path: string; wanted: string } | 'many'>();
  #epoch = 0;
  /** The epoch before the run that is under way. */
  #epochBefore: number | undefined;
  /** The first reason why nothing can be said about single paths this time. */
  spoiled: string | undefined;

  /** @param keyOf paths that are one path on either side have one key */
  constructor(keyOf: (path: string) => string) {
    this.#keyOf = keyOf;
  }

  /** Notes an act that is done, looking at the disk for what it left. */
  note(side: Side, disk: Disk, act: { paths: readonly string[]; keys: readonly string[] }): void {
    if (this.#epochBefore !== undefined) this.#epoch++;
    this.#acts.push({ side, epoch: this.#epoch, paths: act.paths.map(this.#keyOf), keys: act.keys });
    for (const path of act.paths) {
      const key = this.#keyOf(path);
      const before = this.#wanted.get(key);
      const wanted = describeNode(disk.find(path)?.node, disk.traits.modes);
      this.#wanted.set(key, before !== undefined && (before === 'many' || before.path !== path) ? 'many' : { path, wanted });
    }
  }

  runBegins(): void {
    this.#epochBefore = this.#epoch;
  }

  /** @param isTold the state knows everything that the run did */
  runEnds(isTold: boolean): void {
    const before = this.#epochBefore ?? this.#epoch;
    this.#epochBefore = undefined;
    if (!isTold) {
      this.#epoch++;
      return;
    }
    for (const act of this.#acts) act.epoch = Math.min(act.epoch, before);
    this.#epoch = before;
  }

  /** What a run did without telling the state. */
  noteUntold(paths: readonly string[]): void {
    if (paths.length > 0) this.#acts.push({ side: 'engine', epoch: this.#epoch, paths: paths.map(this.#keyOf), keys: [] });
  }

  spoil(reason: string): void {
    this.spoiled ??= reason;
  }

  clear(): void {
    this.#acts.length = 0;
    this.#wanted.clear();
    this.spoiled = undefined;
  }

  /** The paths whose end is certain. */
  certain(): Intent[] {
    if (this.spoiled !== undefined) return [];
    const groups = new Groups();
    for (const [index, { paths, keys }] of this.#acts.entries()) {
      for (const path of paths) groups.join(index, `at ${path}`);
      for (const key of keys) groups.join(index, `of ${key}`);
    }
    // A folder above two acts relates them only if it was acted on itself.
    for (const [index, { paths }] of this.#acts.entries()) {
      for (const path of paths) for (const folder of ancestorsOf(path)) groups.joinIfHeld(index, `at ${folder}`);
    }
    const origins = new Map<number, Set<string>>();
    for (const [index, { side, epoch }] of this.#acts.entries()) {
      const root = groups.find(index);
      origins.set(root, (origins.get(root) ?? new Set()).add(`${side} ${epoch}`));
    }
    const intents = new Map<string, Intent>();
    for (const [index, { side, paths }] of this.#acts.entries()) {
      if (side === 'engine' || origins.get(groups.find(index))?.size !== 1) continue;
      for (const key of paths) {
        const left = this.#wanted.get(key);
        if (left !== undefined && left !== 'many') intents.set(key, { side, ...left });
      }
    }
    return [...intents.values()];
  }
}

/** Disjoint sets of acts, joined through what they have in common. */
class Groups {
  readonly #parent: number[] = [];
  readonly #holder = new Map<string, number>();

  find(index: number): number {
    let root = index;
    while (this.#at(root) !== root) root = this.#at(root);
    return root;
  }

  join(index: number, thing: string): void {
    const holder = this.#holder.get(thing);
    if (holder === undefined) this.#holder.set(thing, index);
    else this.#union(index, holder);
  }

  joinIfHeld(index: number, thing: string): void {
    const holder = this.#holder.get(thing);
    if (holder !== undefined) this.#union(index, holder);
  }

  #at(index: number): number {
    return this.#parent[index] ?? index;
  }

  #union(a: number, b: number): void {
    const [first, second] = [this.find(a), this.find(b)];
    if (first !== second) this.#parent[first] = second;
  }
}
