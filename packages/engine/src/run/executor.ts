import { type Entry, otherSide, type Side } from '../model/entry.ts';
import { SyncError } from '../model/error.ts';
import { ancestorsOf } from '../model/path.ts';
import type { Doomed } from '../model/tree-schema.ts';
import type { Action, Conflict } from '../plan/action.ts';
import type { Plan } from '../plan/plan.ts';
import type { CopyJob } from '../storage.ts';
import { ConflictRun } from './conflict-run.ts';
import type { Issue } from './events.ts';
import { issueOf } from './facts.ts';
import { restoreFolderTimes } from './folder-times.ts';
import type { ConflictHandler } from './pair.ts';
import type { MergePlan } from './plan-merges.ts';
import type { MovedRow, PlannedRename, PlannedRenames } from './planned-renames.ts';
import { giverOf, type Steps } from './steps.ts';
import { wantedAt } from './transfer.ts';
import { runBounded } from './work.ts';

const BATCH_FILES = 1024;
const BATCH_BYTES = 32 * 1024 * 1024;
/** A file of this size is worth a call of its own. */
const BATCHED_FILE_BYTES = 4 * 1024 * 1024;

export interface ExecutorOptions {
  readonly steps: Steps;
  readonly report: (issue: Issue) => void;
  readonly transfers: number;
  readonly operations: number;
  readonly conflictHandler: ConflictHandler | undefined;
  /** False where a mode never touches the giving side. */
  readonly sharesHistory: boolean;
  /** How the sides are called in the names of conflict copies. */
  readonly replicas: Readonly<Record<Side, string>>;
  /** What is written in place of two versions, by path. */
  readonly merges: MergePlan['merges'];
}

/** Carries a plan out, phase by phase. One path's failure is data and stops only what depends on it. */
export class Executor {
  readonly #options: ExecutorOptions;
  readonly #steps: Steps;
  readonly #conflicts: ConflictRun;
  /** Paths whose failure takes everything below them along. */
  readonly #blocked = new Set<string>();

  constructor(options: ExecutorOptions) {
    this.#options = options;
    this.#steps = options.steps;
    this.#conflicts = new ConflictRun(options);
  }

  /** @returns the conflicts that the user settled during the run */
  async run(plan: Plan, renames: PlannedRenames): Promise<readonly Conflict[]> {
    const { operations, transfers } = this.#options;
    const { pause } = this.#steps.options;
    if (!(await this.#renameAll(renames.heals))) return [];
    await this.#each(plan.foldersFirst, 1);
    if (!(await this.#renameAll(renames.steps))) return [];
    this.#rememberMoves(renames.moves);
    for (const agreement of plan.agreements) if (!this.#isBlocked(agreement.path)) this.#steps.agreeAsScanned(agreement);
    await this.#each(plan.clearing, 1);
    await this.#each(plan.folders, 1);
    await runBounded(this.#batches(plan.transfers), (batch) => this.#transferBatch(batch), { atOnce: transfers, pause });
    const doomed = plan.deletions.filter((action) => action.kind !== 'folder');
    await this.#announce(doomed);
    await this.#each(doomed, operations);
    await this.#each(
      plan.deletions.filter((action) => action.kind === 'folder'),
      1,
    );
    await this.#each(plan.attributes, operations);
    if (this.#options.sharesHistory && !pause.cancelled) await this.#steps.shareHistories();
    if (!pause.cancelled) await restoreFolderTimes(this.#steps, operations);
    return this.#conflicts.settled;
  }

  /**
   * One after the other. A swap counts as one operation: once something has its interim name, a cancel waits for the end, and
   * when a step fails, all of it is taken back and nothing that took part is agreed on.
   * @returns false when a cancel came first
   */
  async #renameAll(steps: readonly PlannedRename[]): Promise<boolean> {
    const { pause } = this.#steps.options;
    const swapping: PlannedRename[] = [];
    for (const rename of steps) {
      if (swapping.length === 0) await pause.whenRunning();
      if (pause.cancelled && swapping.length === 0) return false;
      await this.#act(rename.action, () => this.#steps.rename(rename));
      if (rename.interim || swapping.length > 0) swapping.push(rename);
    }
    const done = swapping.filter(({ action }) => !this.#isBlocked(action.path));
    if (done.length === swapping.length) return true;
    for (const { action } of swapping) this.#blocked.add(action.path).add(action.from ?? action.path);
    await this.#takeBack(done);
    return true;
  }

  /** What cannot be taken back now is put right by the next run (heal-swaps.ts). */
  async #takeBack(done: readonly PlannedRename[]): Promise<void> {
    for (const { action, ...rename } of done.toReversed()) {
      const { path, from = path } = action;
      try {
        // What it had replaced is in the trash, so its place is free again.
        await this.#steps.rename({ ...rename, action: { ...action, path: from, from: path }, expected: undefined, interim: true });
      } catch (error) {
        if (!SyncError.is(error)) throw error;
        return;
      }
      if (!rename.interim) this.#steps.options.statistics.renamed--;
    }
  }

  async #announce(deletions: readonly Action[]): Promise<void> {
    const { pause, committer } = this.#steps.options;
    const doomed = deletions.filter(({ path }) => !this.#isBlocked(path));
    if (doomed.length === 0 || pause.cancelled) return;
    await committer.announce(doomed.map((action): Doomed => ({ path: action.path, deleteAt: sideActedOn(action) })));
  }

  #each(actions: readonly Action[], atOnce: number): Promise<void> {
    return runBounded(actions, (action) => this.#act(action, () => this.#perform(action)), { atOnce, pause: this.#steps.options.pause });
  }

  /** The last state follows the renames; what did not succeed keeps its old row. */
  #rememberMoves(moves: readonly MovedRow[]): void {
    const { committer } = this.#steps.options;
    const done = moves.filter((move) => !this.#isBlocked(move.to));
    for (const { from } of done) committer.note({ path: from, source: undefined, destination: undefined });
    for (const { to, last, unchanged } of done) {
      // Only the stamp follows what was done here: attributes count once they have travelled.
      const row = (side: Side): Entry =>
        unchanged.includes(side) ? { ...last[side], version: this.#steps.entryAt(side, to, last[side])?.version } : last[side];
      committer.note({ path: to, source: row('source'), destination: row('destination') });
    }
  }

  #isBlocked(path: string): boolean {
    if (this.#blocked.size === 0) return false;
    if (this.#blocked.has(path)) return true;
    for (const folder of ancestorsOf(path)) if (this.#blocked.has(folder)) return true;
    return false;
  }

  /** Runs one action: events around it, failures as issues. */
  async #act(action: Action, perform: () => Promise<void>): Promise<void> {
    if (this.#isBlocked(action.path)) return;
    this.#emit('start', action);
    try {
      await perform();
      this.#emit('complete', action);
    } catch (error) {
      this.#fail(action, error);
    }
  }

  #fail(action: Action, error: unknown): void {
    const { pause } = this.#steps.options;
    const cancelled = pause.cancelled && (SyncError.is(error, 'sync/cancelled') || error === pause.signal.reason);
    if (!cancelled) this.#options.report(issueOf(error, { path: action.path, side: sideActedOn(action) }));
    const othersDepend = action.kind === 'folder' || action.from !== undefined || /^(DELETE|CONFLICT)/.test(action.type);
    if (othersDepend) this.#blocked.add(action.path);
  }

  #emit(moment: 'start' | 'complete', action: Action): void {
    const { type, path, from, kind, attributesOnly = false, bytes } = action;
    if (type === 'CONFLICT' || type === 'NO_ACTION') return;
    const verb = type.slice(0, type.indexOf('_')).toLowerCase() as 'upload' | 'download' | 'delete' | 'rename';
    this.#steps.options.emit({ type: `${verb}_${moment}`, action: type, path, from, kind, attributesOnly, totalBytes: bytes });
  }

  async #perform(action: Action): Promise<void> {
    if (action.type === 'CONFLICT') await this.#conflicts.settle(action);
    else if (action.type.startsWith('DELETE')) await this.#steps.delete(action);
    else if (action.attributesOnly) await this.#steps.updateAttributes(action);
    else await this.#steps.transfer(action);
  }

  /** Small files that a copier can take together travel together; everything else travels alone. */
  *#batches(actions: readonly Action[]): Generator<Action[]> {
    const open: Record<Side, { actions: Action[]; bytes: number }> = {
      source: { actions: [], bytes: 0 },
      destination: { actions: [], bytes: 0 },
    };
    for (const action of actions) {
      const giver = action.type === 'CONFLICT' ? undefined : giverOf(action);
      const fits =
        giver !== undefined &&
        action.kind === 'file' &&
        action.bytes < BATCHED_FILE_BYTES &&
        this.#steps.options.transport.hasCopier(giver);
      if (!fits) {
        yield [action];
        continue;
      }
      const batch = open[giver];
      batch.actions.push(action);
      batch.bytes += action.bytes;
      if (batch.actions.length < BATCH_FILES && batch.bytes < BATCH_BYTES) continue;
      yield batch.actions;
      open[giver] = { actions: [], bytes: 0 };
    }
    for (const batch of Object.values(open)) if (batch.actions.length > 0) yield batch.actions;
  }

  async #transferBatch(batch: readonly Action[]): Promise<void> {
    const [first] = batch;
    if (first === undefined) return;
    if (batch.length === 1) return this.#act(first, () => this.#perform(first));
    const giver = giverOf(first);
    const actions = batch.filter((action) => !this.#isBlocked(action.path));
    for (const action of actions) this.#emit('start', action);
    const jobs = actions.map((action): CopyJob => {
      const from = this.#steps.entryAt(giver, action.path, action[giver]) as Entry;
      return { from, to: wantedAt(action.path, from), expected: this.#steps.replacedBy(action) };
    });
    const results = await this.#steps.options.transport.copyMany(giver, jobs, { onReused: this.#steps.onReused });
    for (const [index, action] of actions.entries()) {
      const result = results[index];
      if (result === undefined) continue;
      if ('error' in result) {
        // By itself it gets the retries that a batch does not have.
        if (SyncError.is(result.error) && result.error.retryable) await this.#act(action, () => this.#perform(action));
        else this.#fail(action, result.error);
        continue;
      }
      this.#steps.arrived(action, giver, result);
      this.#emit('complete', action);
    }
  }
}

function sideActedOn(action: Action): Side {
  return /^(UP|DOWN)LOAD/.test(action.type) ? otherSide(giverOf(action)) : action.type.endsWith('_SOURCE') ? 'source' : 'destination';
}
