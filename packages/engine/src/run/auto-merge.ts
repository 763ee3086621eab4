import type { Side } from '../model/entry.ts';
import { SyncError } from '../model/error.ts';
import type { Agreement } from '../model/tree-schema.ts';
import type { Storage } from '../storage.ts';
import type { CommitWatch } from './committer.ts';
import type { CyclePlan } from './cycle-plan.ts';
import type { Issue } from './events.ts';
import type { Known } from './facts.ts';
import { TextKeeper } from './keep-texts.ts';
import { type MergeBases, sha256 } from './merge-bases.ts';
import type { MergeUnderway } from './merges-underway.ts';
import type { SyncPair } from './pair.ts';
import type { SyncPauseController } from './pause-controller.ts';
import { type MergePlan, type MergeQuestion, type PlannedMerge, planMerges } from './plan-merges.ts';

export interface AutoMergeOptions {
  readonly pair: SyncPair;
  /** Whether conflicts of this run are to be merged; a run that does not merge only says that texts may be missing. */
  readonly merges: boolean;
  readonly storages: Readonly<Record<Side, Storage>>;
  readonly atOnce: number;
  readonly pause: SyncPauseController;
}

/** What AUTO_MERGE adds to a cycle: merges in the plan, a note of them while they are written, and texts for the next ones. */
export class AutoMerge implements CommitWatch {
  readonly #options: AutoMergeOptions;
  readonly #keeper: TextKeeper | undefined;
  readonly #agreed = new Set<string>();
  #underway: readonly MergeUnderway[] = [];

  constructor(options: AutoMergeOptions) {
    const { pair, merges, storages, atOnce, pause } = options;
    this.#options = options;
    const texts = pair.agreedTexts;
    if (texts !== undefined) this.#keeper = new TextKeeper({ texts, keeps: merges, state: pair.state, storages, atOnce, pause });
  }

  /** @param storages the sides, asked by the paths that `now` knows */
  async plan(cyclePlan: CyclePlan, now: Known['now'], storages: MergeQuestion['storages']): Promise<MergePlan> {
    const { pair, merges, atOnce, pause } = this.#options;
    const bases = [pair.mergeBases, pair.agreedTexts, ...this.#versions()].filter((place) => place !== undefined);
    if (!merges || bases.length === 0) return { cyclePlan, merges: new Map() };
    this.#underway = (await pair.agreedTexts?.underway.read()) ?? [];
    const hashBytes = pair.agreedTexts?.hashBytes ?? sha256;
    const standing = await pair.agreedTexts?.standing();
    const careful = standing?.settled !== true;
    return planMerges({ cyclePlan, now, storages, bases, underway: this.#underway, careful, hashBytes, atOnce, pause });
  }

  /** Where a side keeps versions, they are looked through last: that takes longest. */
  #versions(): MergeBases[] {
    const { source, destination } = this.#options.storages;
    return [source, destination].flatMap((storage) => {
      const oldContents = storage.oldContents?.bind(storage);
      return oldContents === undefined ? [] : [{ read: oldContents }];
    });
  }

  /** Before anything is written. @param hasWork whether anything will be */
  async begin(merges: ReadonlyMap<string, PlannedMerge>, hasWork: boolean): Promise<void> {
    if (hasWork) await this.#keeper?.committing();
    // Where a side holds the outcome already there is one write, which is done or not.
    const twoWrites = [...merges.values()].filter((merge) => merge.heldBy === undefined);
    if (twoWrites.length === 0) return;
    const kept = this.#underway.filter(({ path }) => !merges.has(path));
    this.#underway = [...kept, ...twoWrites.map((merge) => merge.underway)];
    await this.#options.pair.agreedTexts?.underway.write(this.#underway);
  }

  noted(agreement: Agreement): void {
    this.#agreed.add(agreement.path);
    this.#keeper?.noted(agreement);
  }

  async committing(): Promise<void> {
    // What a run agrees on without merging makes notes of merges meaningless.
    if (!this.#options.merges) await this.#options.pair.agreedTexts?.underway.write([]);
    await this.#keeper?.committing();
  }

  /**
   * After everything is agreed and committed. That texts could not be kept is told; it makes nothing wrong.
   * @param settled no path failed
   */
  async finish(settled: boolean, report: (issue: Issue) => void): Promise<void> {
    try {
      const left = this.#underway.filter(({ path }) => !this.#agreed.has(path));
      if (left.length < this.#underway.length) await this.#options.pair.agreedTexts?.underway.write(left);
      await this.#keeper?.finish(settled);
    } catch (error) {
      if (!SyncError.is(error) || error.code === 'sync/cancelled') throw error;
      const message = `texts for later merges could not be kept: ${error.message}`;
      report({ severity: 'note', path: '', code: error.code, message });
    }
  }
}
