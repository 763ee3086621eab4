import { mergeVectors } from '../compare/causality.ts';
import { type Entry, otherSide, type Side } from '../model/entry.ts';
import { SyncError } from '../model/error.ts';
import type { Action, Conflict } from '../plan/action.ts';
import { conflictCopyPath, keeperOf } from '../plan/conflict-strategy.ts';
import type { ConflictHandler } from './pair.ts';
import type { MergePlan, PlannedMerge } from './plan-merges.ts';
import type { Steps } from './steps.ts';
import { wantedAt } from './transfer.ts';

const COPY_NAMES_MAX = 100;

export interface ConflictRunOptions {
  readonly steps: Steps;
  readonly conflictHandler: ConflictHandler | undefined;
  readonly replicas: Readonly<Record<Side, string>>;
  /** What is written in place of two versions, by path. */
  readonly merges: MergePlan['merges'];
}

/** Carries out what was decided about conflicts, asking the handler where the strategy leaves it to the user. */
export class ConflictRun {
  readonly #steps: Steps;
  readonly #handler: ConflictHandler | undefined;
  readonly #replicas: Readonly<Record<Side, string>>;
  readonly #merges: MergePlan['merges'];
  readonly #settled: Conflict[] = [];

  constructor({ steps, conflictHandler, replicas, merges }: ConflictRunOptions) {
    this.#steps = steps;
    this.#handler = conflictHandler;
    this.#replicas = replicas;
    this.#merges = merges;
  }

  /** Conflicts that the handler settled, with their outcome. */
  get settled(): readonly Conflict[] {
    return this.#settled;
  }

  async settle(action: Action): Promise<void> {
    const { conflict, source, destination } = action;
    if (conflict === undefined || source === undefined || destination === undefined) return;
    const merge = this.#merges.get(action.path);
    if (conflict.outcome === 'merged' && merge !== undefined) return this.#carryOutMerge(action, merge);
    if (conflict.outcome === 'both') return this.#keepBoth(action, conflict.winner ?? 'source');
    const answer = await this.#handler?.({ kind: conflict.kind, path: conflict.path, message: conflict.message, source, destination });
    if (answer === undefined || answer === 'skip') return;
    if (answer === 'both') {
      await this.#keepBoth(action, keeperOf({ source, destination, comparison: 'hash-then-mtime' }));
      this.#settled.push({ ...conflict, outcome: 'both', message: 'changed on both sides: both were kept, as chosen' });
    } else if (answer === 'source' || answer === 'destination') {
      await this.#take(action, answer, this.#entry(otherSide(answer), action));
      this.#settled.push({
        ...conflict,
        outcome: answer,
        message: `changed on both sides: the ${answer}'s version was chosen, the other is in the trash`,
      });
    } else {
      await this.#writeMerged(action, { bytes: answer.merged });
      this.#settled.push({ ...conflict, outcome: 'merged', message: 'changed on both sides: the merged text was written to both' });
    }
  }

  /** What is there now: a rename of this run may have moved it. */
  #entry(side: Side, action: Action): Entry | undefined {
    return this.#steps.entryAt(side, action.path, action[side]);
  }

  /** Brings one side's version over the other's. */
  async #take(action: Action, giver: Side, expected: Entry | undefined): Promise<void> {
    const from = this.#entry(giver, action) as Entry;
    this.#steps.arrived(action, giver, await this.#steps.move({ giver, from, path: action.path, expected }));
  }

  /**
   * Keeps both versions on both sides. The loser's content is first copied beside the winner's, so that it exists twice
   * before anything is replaced: a crash at any point leaves both versions, and the next run finishes.
   */
  async #keepBoth(action: Action, winner: Side): Promise<void> {
    const loser = otherSide(winner);
    const { storages, pause, committer } = this.#steps.options;
    const lost = this.#entry(loser, action) as Entry;
    const copied = await this.#copyUnderFreeName(lost, loser);
    // A power cut must not take the copy when the original has gone.
    await committer.flush(winner);
    if (action[winner]?.kind === 'folder') {
      await storages[loser].delete(lost, { signal: pause.signal });
      if (lost.kind === 'file') this.#steps.options.files[loser]--;
      await this.#take(action, winner, undefined);
    } else {
      await this.#take(action, winner, lost);
    }
    await this.#bringCopyBack(action, copied, loser);
  }

  /** Puts the copy beside the winner's version at the loser's side, unless something of the user's is in its place. */
  async #bringCopyBack(action: Action, copied: Entry, loser: Side): Promise<void> {
    const there = await this.#steps.options.storages[loser].stat(copied.path);
    const copyAction: Action = { ...action, path: copied.path, source: undefined, destination: undefined, kind: copied.kind };
    if (there === undefined) {
      const winner = otherSide(loser);
      this.#steps.arrived(
        copyAction,
        winner,
        await this.#steps.move({ giver: winner, from: copied, path: copied.path, expected: undefined }),
      );
    } else if (await this.#isCopyOf(there, copied, loser)) {
      this.#steps.agreeOn(copied.path, loser === 'source' ? there : copied, loser === 'source' ? copied : there);
    }
  }

  /** Puts the loser's content under its conflict name at the winner's side; a copy of an earlier run is taken as it is. */
  async #copyUnderFreeName(lost: Entry, loser: Side): Promise<Entry> {
    const winner = otherSide(loser);
    const { storages, files } = this.#steps.options;
    for (let attempt = 1; attempt <= COPY_NAMES_MAX; attempt++) {
      const path = conflictCopyPath(lost, this.#replicas[loser], attempt);
      const there = await storages[winner].stat(path);
      if (there === undefined) {
        const { to } = await this.#steps.move({ giver: loser, from: lost, path, expected: undefined });
        this.#steps.touched(winner, path);
        if (to.kind === 'file') files[winner]++;
        return to;
      }
      if (await this.#isCopyOf(there, lost, winner)) return there;
    }
    throw new SyncError('sync/conflict', `${lost.path} has ${COPY_NAMES_MAX} conflict copies; remove some and run again`, {
      path: lost.path,
    });
  }

  /** Whether `there` on that side has the content that `lost` has on the other. */
  async #isCopyOf(there: Entry, lost: Entry, side: Side): Promise<boolean> {
    if (there.kind !== lost.kind || there.size !== lost.size || there.target !== lost.target) return false;
    if (there.kind !== 'file') return true;
    const hash = await this.#hashOf(there, side);
    return hash !== undefined && hash === (lost.hash ?? (await this.#hashOf(lost, otherSide(side))));
  }

  async #hashOf(entry: Entry, side: Side): Promise<string | undefined> {
    const [result] = (await this.#steps.options.storages[side].hash?.([entry])) ?? [];
    return result !== undefined && 'hash' in result ? result.hash : undefined;
  }

  /** Both sides get the merged text, or the one that has not got it yet (after a run that was cut off). */
  async #carryOutMerge(action: Action, { bytes, mode, heldBy }: PlannedMerge): Promise<void> {
    if (heldBy === undefined) return this.#writeMerged(action, { bytes, mode });
    await this.#take(action, heldBy, this.#entry(otherSide(heldBy), action));
    this.#steps.options.statistics.merged++;
  }

  async #writeMerged(action: Action, { bytes, mode: wanted }: Pick<PlannedMerge, 'bytes'> & Partial<PlannedMerge>): Promise<void> {
    const { storages, environment, pause } = this.#steps.options;
    const source = this.#entry('source', action) as Entry;
    const destination = this.#entry('destination', action) as Entry;
    const mode = wanted ?? (source.kind === 'file' ? source : destination).mode;
    const attributes = { kind: 'file', size: bytes.length, mtimeMs: environment.now(), mode, hash: undefined, target: undefined } as const;
    // It comes after both versions; where only one side keeps a history, it is that side's own next version.
    const vector = source.vector && destination.vector && mergeVectors(source.vector, destination.vector);
    const merged: Entry = { ...wantedAt(action.path, source), ...attributes, vector };
    const put = (side: Side, expected: Entry): Promise<Entry> =>
      storages[side].upload(merged, once(bytes), { expected, signal: pause.signal });
    const atSource = await put('source', source);
    this.#steps.agreeOn(action.path, atSource, await put('destination', destination));
    this.#steps.options.statistics.merged++;
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
