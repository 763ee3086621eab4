import { usesHash } from '../compare/comparison-mode.ts';
import { areApart } from '../compare/path-map.ts';
import { type PathMove, placeAfter, placeBefore } from '../compare/rename-order.ts';
import { displacedIn, matchById } from '../compare/renames.ts';
import { type Entry, otherSide, type Side } from '../model/entry.ts';
import { interimPath, isInterim, pathBeforeInterim } from '../model/interim.ts';
import { comparePaths, parentOf } from '../model/path.ts';
import { conflictCopyPath } from '../plan/conflict-strategy.ts';
import type { PlanRules } from '../plan/decision.ts';
import { giverOf } from '../plan/mode.ts';
import type { Storage } from '../storage.ts';
import { changesAfter } from './changes-after.ts';
import type { PlannedRename } from './planned-renames.ts';
import type { SideChanges } from './side-changes.ts';
import type { SyncStateManager } from './state-manager.ts';

export interface HealQuestion {
  readonly changes: Readonly<Record<Side, SideChanges>>;
  readonly storages: Readonly<Record<Side, Pick<Storage, 'stat' | 'hash' | 'rename'>>>;
  readonly state: Pick<SyncStateManager, 'pick'>;
  readonly rules: Pick<PlanRules, 'mode' | 'comparison' | 'replicas'>;
}

export interface Healing {
  /** To be carried out before anything else, in this order. */
  readonly steps: readonly PlannedRename[];
  /** The same, by side. */
  readonly moves: Readonly<Record<Side, readonly PathMove[]>>;
  /** The changes as the scans would have found them after the steps. */
  readonly changes: Readonly<Record<Side, SideChanges>>;
}

/**
 * A swap that was cut off leaves something under an interim name. Nobody renamed it so, and it never travels under that name:
 * it gets its name back, and what the swap had put there goes back as well, as if the swap had not begun; the plan begins
 * it anew if it is still wanted. Where that cannot be, because users did something in the meantime, it goes on to the name
 * that the swap was to give it, and if that is taken, too, it becomes a conflict copy.
 *
 * The names themselves are the journal: they are on disk exactly when a step of a swap is, whatever a power cut took, and
 * they outlive a last state that is lost.
 */
export async function healSwaps(question: HealQuestion): Promise<Healing> {
  const steps: PlannedRename[] = [];
  const moves: Record<Side, readonly PathMove[]> = { source: [], destination: [] };
  const changes = { ...question.changes };
  for (const side of ['destination', 'source'] as const) {
    // One-way modes never touch the giving side; whatever is there is what is given.
    if (giverOf(question.rules.mode) === side || question.storages[side].rename === undefined) continue;
    const interims = interimsIn(changes[side]);
    if (interims.length === 0) continue;
    const ward = new Ward(side, question);
    for (const interim of interims) await ward.heal(interim);
    steps.push(...ward.steps);
    moves[side] = ward.moves;
    const hashesTell = usesHash(question.rules.comparison);
    changes[side] = await changesAfter(ward.moves, changes[side], { state: question.state, hashesTell });
  }
  return { steps, moves, changes };
}

/** What stands under an interim name and was never agreed so, folders before what is in them. */
function interimsIn({ now, last }: Pick<SideChanges, 'now' | 'last'>): Entry[] {
  const found: Entry[] = [];
  for (const entry of now.values()) if (isInterim(entry.path) && !last.has(entry.path)) found.push(entry);
  return found.sort((a, b) => comparePaths(a.path, b.path));
}

/**
 * Whether a partial listing met traces of a cut-off swap: then only a whole listing tells what is renamed and what is gone.
 */
export async function meetsHalfASwap({ changes, storages }: Pick<HealQuestion, 'changes' | 'storages'>): Promise<boolean> {
  for (const side of ['source', 'destination'] as const) {
    if (interimsIn(changes[side]).length > 0) return true;
    for (const path of changes[side].gone) {
      if (changes[side].gone.has(parentOf(path))) continue;
      if ((await storages[side].stat(interimPath(path, 1))) !== undefined) return true;
    }
  }
  return false;
}

/** One side's names while its swaps are healed: where things are now, and where they will be after the steps so far. */
class Ward {
  readonly steps: PlannedRename[] = [];
  readonly moves: PathMove[] = [];
  readonly #side: Side;
  readonly #question: HealQuestion;
  readonly #changes: SideChanges;
  readonly #storage: HealQuestion['storages'][Side];
  /** New path → the row of what was renamed to it. */
  readonly #renamed: ReadonlyMap<string, Entry>;

  constructor(side: Side, question: HealQuestion) {
    this.#side = side;
    this.#question = question;
    this.#changes = question.changes[side];
    this.#storage = question.storages[side];
    const { now, last, gone } = this.#changes;
    this.#renamed = matchById(
      displacedIn(last, new Map<string, Entry | undefined>([...now, ...[...gone].map((path) => [path, undefined] as const)])),
    );
  }

  async heal(interim: Entry): Promise<void> {
    const from = placeAfter(this.moves, interim.path);
    const home = pathBeforeInterim(from, this.#changes.gone);
    const back = this.#isWelcome(interim, home) ? await this.#wayBack(from, home) : undefined;
    if (back !== undefined) {
      for (const step of back) this.#take({ ...step, reason: 'a swap was cut off; this takes it back' });
      return;
    }
    const onward = this.#wantedAt(home);
    if (onward !== undefined && areApart(from, onward) && (await this.#isFree(onward))) {
      this.#take({ from, to: onward, reason: 'a swap was cut off; this ends it' });
      return;
    }
    this.#take({ from, to: await this.#spareName(interim, home), reason: `a swap was cut off, and ${home} is something else now` });
  }

  /** Without a last state to tell, it does not take a name under which the other side has something else. */
  #isWelcome(interim: Entry, home: string): boolean {
    if (this.#changes.last.has(home)) return true;
    const there = this.#question.changes[otherSide(this.#side)].now.get(home);
    return there === undefined || (there.kind === interim.kind && there.size === interim.size);
  }

  /** Home, after what the swap put there went back to where it came from, and so on to the first free name; else undefined. */
  async #wayBack(from: string, home: string): Promise<PathMove[] | undefined> {
    const moves: PathMove[] = [{ from, to: home }];
    for (let place = home; !(await this.#isFree(place)); ) {
      const origin = await this.#originOf(place);
      if (origin === undefined || moves.some((move) => !areApart(move.from, origin) || !areApart(move.to, origin))) return undefined;
      moves.unshift({ from: place, to: origin });
      place = origin;
    }
    return moves;
  }

  /** From where what is at `place` was renamed: by identity, and where there is none by content. */
  async #originOf(place: string): Promise<string | undefined> {
    const entry = this.#changes.now.get(placeBefore(this.moves, place));
    if (entry === undefined) return undefined;
    if (entry.id !== undefined) return this.#renamed.get(entry.path)?.path;
    if (entry.kind !== 'file' || entry.size === 0) return undefined;
    const others = [...this.#changes.last.values()].filter(({ path }) => path !== entry.path);
    const alike = others.filter(({ kind, size, hash }) => kind === 'file' && size === entry.size && hash !== undefined);
    if (alike.length === 0) return undefined;
    const hash = await this.#hashOf(entry);
    return hash === undefined ? undefined : alike.find((row) => row.hash === hash)?.path;
  }

  async #hashOf(entry: Entry): Promise<string | undefined> {
    if (entry.hash !== undefined || !usesHash(this.#question.rules.comparison)) return entry.hash;
    const [result] = (await this.#storage.hash?.([entry])) ?? [];
    return result !== undefined && 'hash' in result ? result.hash : undefined;
  }

  /** Where the other side has what both sides had at `path`. */
  #wantedAt(path: string): string | undefined {
    const { last, now } = this.#question.changes[otherSide(this.#side)];
    const id = last.get(path)?.id;
    return id === undefined ? undefined : [...now.values()].find((entry) => entry.id === id && entry.path !== path)?.path;
  }

  async #spareName(interim: Entry, home: string): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      const path = conflictCopyPath({ ...interim, path: home }, this.#question.rules.replicas[this.#side], attempt);
      if ((await this.#isFree(path)) && !this.#question.changes[otherSide(this.#side)].now.has(path)) return path;
    }
  }

  /** Whether something can be renamed to `path`: nothing is there, listed or hidden, and there is a folder for it. */
  async #isFree(path: string): Promise<boolean> {
    if ((await this.#at(path)) !== undefined) return false;
    const folder = parentOf(path);
    return folder === '' || (await this.#at(folder))?.kind === 'folder';
  }

  /** What will be at a path after the steps so far. */
  async #at(path: string): Promise<Entry | undefined> {
    const before = placeBefore(this.moves, path);
    if (placeAfter(this.moves, before) !== path) return undefined;
    return this.#changes.now.get(before) ?? (await this.#storage.stat(before));
  }

  #take({ from, to, reason }: PathMove & { readonly reason: string }): void {
    const entry = this.#changes.now.get(placeBefore(this.moves, from));
    if (entry === undefined) throw new TypeError(`nothing was listed at ${from}`);
    const type = this.#side === 'source' ? 'RENAME_SOURCE' : 'RENAME_DESTINATION';
    const action = { type, path: to, from, kind: entry.kind, [this.#side]: entry, bytes: 0, reason } as const;
    this.moves.push({ from, to });
    this.steps.push({ action, side: this.#side, entry, expected: undefined, interim: false });
  }
}
