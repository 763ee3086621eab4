import { otherSide, type Side } from '../model/entry.ts';
import { SyncError } from '../model/error.ts';
import { withinAny } from '../model/path.ts';
import type { Action, Conflict } from '../plan/action.ts';
import type { PlanRules } from '../plan/decision.ts';
import { guardDeletions, guardEmptied } from '../plan/guard.ts';
import type { Plan } from '../plan/plan.ts';
import type { Storage } from '../storage.ts';
import { AutoMerge } from './auto-merge.ts';
import { BandwidthLimit } from './bandwidth.ts';
import { Committer } from './committer.ts';
import { listable, withOneSpelling } from './composed-names.ts';
import type { CyclePlan } from './cycle-plan.ts';
import { decide } from './decide.ts';
import type { Environment } from './environment.ts';
import type { Issue, SyncProgressEvent } from './events.ts';
import { Executor } from './executor.ts';
import { meetsHalfASwap } from './heal-swaps.ts';
import { type LastState, openLastState, unusableIssue, withoutLastState } from './last-state.ts';
import { LeavingFiles } from './leaving-files.ts';
import { listInOrder } from './listing.ts';
import type { SyncConfig, SyncPair } from './pair.ts';
import type { SyncPauseController } from './pause-controller.ts';
import type { MergePlan } from './plan-merges.ts';
import type { SyncProgressTracker } from './progress-tracker.ts';
import { type Listing, type ListingAhead, readAhead } from './read-ahead.ts';
import { Replicas } from './replicas.ts';
import type { SyncResult } from './result.ts';
import { type Settings, settingsOf } from './settings.ts';
import { findChanges, type SideChanges } from './side-changes.ts';
import type { StateSide } from './state-manager.ts';
import { emptyStatistics } from './statistics.ts';
import { Steps } from './steps.ts';
import type { Survey } from './survey.ts';
import { Transport } from './transfer.ts';

const SIDES = ['source', 'destination'] as const;
const DEFAULT_REPLICAS = { source: 'source', destination: 'destination' };

export interface CycleTools {
  readonly transfers: number;
  readonly operations: number;
  readonly pause: SyncPauseController;
  readonly tracker: SyncProgressTracker;
  readonly environment: Environment;
}

type Stop = NonNullable<SyncResult['stopped']>;

/** One cycle of one pair, from the first look to the committed state. */
export class Cycle {
  readonly #pair: SyncPair;
  readonly #settings: Settings;
  readonly #config: SyncConfig;
  readonly #tools: CycleTools;
  readonly #storages: Readonly<Record<Side, Storage>>;
  readonly #statistics = emptyStatistics();
  readonly #issues: Issue[] = [];
  readonly #autoMerge: AutoMerge;
  readonly #startedMs: number;
  /** Only these paths are looked at; undefined for all. */
  #only: readonly string[] | undefined;
  /** Listings that began while the other side was opening. */
  readonly #ahead = new Map<Side, ListingAhead>();

  constructor(pair: SyncPair, config: SyncConfig, tools: CycleTools) {
    this.#pair = pair;
    this.#config = config;
    this.#settings = settingsOf(pair, config);
    this.#tools = tools;
    this.#storages = withOneSpelling(pair.source, pair.destination);
    this.#startedMs = tools.environment.now();
    this.#autoMerge = new AutoMerge({
      pair,
      merges: this.#settings.resolution === 'auto-merge',
      storages: this.#storages,
      atOnce: tools.transfers,
      pause: tools.pause,
    });
    this.#only = listable(this.#settings.only, [pair.source, pair.destination]);
  }

  async run(): Promise<SyncResult> {
    try {
      return await this.#run();
    } catch (error) {
      const { pause } = this.#tools;
      const isCancel = SyncError.is(error, 'sync/cancelled') || error === pause.signal.reason;
      if (!pause.cancelled || !isCancel) throw error;
      return this.#end({ actions: [], conflicts: [] });
    }
  }

  async #run(): Promise<SyncResult> {
    const { source, destination } = this.#storages;
    const [sourceIdentity, destinationIdentity] = await this.#whileListing(() => Promise.all([source.identity(), destination.identity()]));
    const sides = {
      source: { url: source.url, identity: sourceIdentity },
      destination: { url: destination.url, identity: destinationIdentity },
    };
    const { last, changes } = await this.#scan(await openLastState(this.#pair.state, sides));
    if (this.#tools.pause.cancelled) return this.#end({ actions: [], conflicts: [] });
    const files = this.#countFiles(last, changes);
    const emptied = this.#emptied(last, files);
    if (emptied !== undefined) {
      this.#tellUnusable(last, []);
      return this.#end({ actions: [], conflicts: [], stopped: emptied });
    }

    const {
      cyclePlan: decided,
      seen,
      asked,
    } = await decide({
      changes,
      rules: this.#rules(last),
      storages: this.#storages,
      state: this.#pair.state,
      symlinks: this.#settings.symlinks,
      signal: this.#tools.pause.signal,
      report: (issue) => this.#report(issue),
    });
    const { cyclePlan, merges } = await this.#autoMerge.plan(decided, seen.known.now, asked);
    const conflicts = [...cyclePlan.conflicts, ...cyclePlan.plan.conflicts];
    const actions = actionsOf(cyclePlan);
    const tooMany = guardDeletions({
      maxDelete: this.#settings.maxDelete,
      deleted: cyclePlan.plan.deletedFiles,
      files,
      urls: { source: source.url, destination: destination.url },
    });
    const stopped: Stop | undefined = tooMany === undefined ? undefined : { code: 'guard/max-delete', message: tooMany };
    this.#announce(actions, conflicts);
    if (stopped !== undefined || this.#settings.dryRun) {
      this.#tellUnusable(last, []);
      return this.#end({ actions, conflicts, stopped });
    }
    // Only a run that goes on may touch the state: a disk that is mounted again finds what was agreed with it.
    if (last.unusable !== undefined) this.#tellUnusable(last, await this.#pair.state.setAside(last.unusable.reason));
    return this.#carryOut({ changes, cyclePlan, merges, seen, sides, files, actions, conflicts });
  }

  async #scan(last: LastState): Promise<{ last: LastState; changes: Record<Side, SideChanges> }> {
    const { state } = this.#pair;
    const scanBoth = async (): Promise<Record<Side, SideChanges>> => {
      const scans = { source: this.#scanSide('source'), destination: this.#scanSide('destination') };
      // Both have ended before either's failure is acted on: a second scan must not run beside the first.
      await Promise.allSettled([scans.source, scans.destination]);
      const changes = { source: await scans.source, destination: await scans.destination };
      if (this.#only === undefined || !(await meetsHalfASwap({ changes, storages: this.#storages }))) return changes;
      this.#only = undefined;
      return scanBoth();
    };
    try {
      return { last, changes: await scanBoth() };
    } catch (error) {
      return { last: withoutLastState(state, error), changes: await scanBoth() };
    }
  }

  async #scanSide(side: Side): Promise<SideChanges> {
    const storage = this.#storages[side];
    const { ignore } = this.#settings;
    const only = this.#only;
    this.#emit({ type: 'scan_start', side, url: storage.url });
    const changes = await findChanges({
      side,
      ignore,
      rows: this.#pair.state.rows(side, only),
      batches: this.#listing(side),
      isListed: only && withinAny(only),
      onFiles: (files) => this.#emit({ type: 'scan_progress', side, files }),
    });
    this.#emit({ type: 'scan_complete', side, files: changes.files, changes: changes.now.size + changes.gone.size });
    return changes;
  }

  /** A side that is still being opened is waited for; the other one is listed meanwhile. */
  async #whileListing<T>(work: () => Promise<T>): Promise<T> {
    for (const side of SIDES) if (this.#pair[otherSide(side)].opening === true) this.#ahead.set(side, readAhead(this.#listing(side)));
    try {
      return await work();
    } catch (error) {
      await Promise.all(Array.from(this.#ahead.values(), (listing) => listing.drop()));
      throw error;
    }
  }

  #listing(side: Side): Listing {
    const ahead = this.#ahead.get(side);
    this.#ahead.delete(side);
    if (ahead !== undefined) return ahead;
    const { ignore, symlinks } = this.#settings;
    const signal = this.#tools.pause.signal;
    return listInOrder(this.#storages[side], { ignore, symlinks, only: this.#only, tombstones: this.#areCausal, signal });
  }

  /** Causes instead of clocks, where both sides know them. */
  get #areCausal(): boolean {
    const { source, destination } = this.#storages;
    return source.abilities.causality === true && destination.abilities.causality === true;
  }

  /** A partial listing tells what changed; the rest is as it was. */
  #countFiles(last: LastState, changes: Record<Side, SideChanges>): Record<Side, number> {
    const count = (side: Side): number => {
      const { files, now, last: rows, gone } = changes[side];
      if (this.#only === undefined) return files;
      const made = [...now.values()].filter((entry) => entry.kind === 'file' && rows.get(entry.path)?.kind !== 'file').length;
      const lost = [...rows.values()].filter(
        (row) => row.kind === 'file' && (gone.has(row.path) || now.get(row.path)?.kind !== 'file'),
      ).length;
      return last.files[side] + made - lost;
    };
    const files = { source: count('source'), destination: count('destination') };
    this.#statistics.sourceFiles = files.source;
    this.#statistics.destinationFiles = files.destination;
    return files;
  }

  #tellUnusable({ unusable }: LastState, kept: readonly string[]): void {
    if (unusable !== undefined) this.#report(unusableIssue(unusable, kept));
  }

  #emptied(last: LastState, files: Readonly<Record<Side, number>>): Stop | undefined {
    if (this.#settings.maxDelete === 'off') return undefined;
    for (const side of SIDES) {
      const other = side === 'source' ? 'destination' : 'source';
      const message = guardEmptied(side, { url: this.#storages[side].url, now: files[side], before: last.files[side] });
      if (message !== undefined && files[other] > 0) return { code: 'guard/emptied-root', message };
    }
    return undefined;
  }

  #rules(last: LastState): PlanRules {
    const { mode, resolution, comparison, initial } = this.#settings;
    const first = { merge: mode, 'source-wins': 'source-to-destination', 'destination-wins': 'destination-to-source' } as const;
    return {
      mode: mode === 'two-way' && last.isFirst ? first[initial] : mode,
      resolution,
      comparison,
      unite: last.unusable !== undefined,
      replicas: this.#pair.replicas ?? DEFAULT_REPLICAS,
    };
  }

  #announce(actions: readonly Action[], conflicts: readonly Conflict[]): void {
    const transfers = actions.filter(
      ({ type, kind, attributesOnly }) => /^(UP|DOWN)LOAD/.test(type) && kind !== 'folder' && !attributesOnly,
    );
    const totalBytes = transfers.reduce((sum, action) => sum + action.bytes, 0);
    this.#config.onPlan?.(actions);
    this.#emit({
      type: 'sync_start',
      totalActions: actions.length,
      totalFiles: transfers.length,
      totalBytes,
      dryRun: this.#settings.dryRun,
    });
    for (const conflict of conflicts) this.#emit({ type: 'conflict', conflict });
    if (!this.#settings.dryRun) return;
    for (const { type, path, from, bytes, reason } of actions) this.#emit({ type: 'planned', action: type, path, from, bytes, reason });
  }

  async #carryOut(run: {
    changes: Record<Side, SideChanges>;
    cyclePlan: CyclePlan;
    merges: MergePlan['merges'];
    seen: Survey;
    sides: Record<Side, StateSide>;
    files: Record<Side, number>;
    actions: readonly Action[];
    conflicts: readonly Conflict[];
  }): Promise<SyncResult> {
    const { environment, pause, transfers, operations } = this.#tools;
    const { bandwidth } = this.#config;
    const limit = (bytesPerSecond: number | undefined): BandwidthLimit | undefined =>
      bytesPerSecond === undefined ? undefined : new BandwidthLimit(bytesPerSecond, environment);
    const autoMerge = this.#autoMerge;
    const committer = new Committer({
      state: this.#pair.state,
      storages: this.#storages,
      sides: run.sides,
      now: environment.now,
      watch: this.#pair.agreedTexts && autoMerge,
    });
    const steps = new Steps({
      storages: this.#storages,
      transport: new Transport({
        storages: this.#storages,
        limits: { source: limit(bandwidth?.upload), destination: limit(bandwidth?.download) },
        signal: pause.signal,
        leaving: new LeavingFiles(run.cyclePlan.plan.deletions),
      }),
      committer,
      statistics: this.#statistics,
      emit: (event) => this.#emit(event),
      pause,
      environment,
      attempts: this.#settings.attempts,
      files: run.files,
    });
    const { conflictHandler, replicas = DEFAULT_REPLICAS } = this.#pair;
    const report = (issue: Issue): void => this.#report(issue);
    const sharesHistory = this.#settings.mode === 'two-way';
    const executor = new Executor({ steps, report, transfers, operations, conflictHandler, sharesHistory, replicas, merges: run.merges });
    let settled: readonly Conflict[] = [];
    await autoMerge.begin(run.merges, run.actions.length > 0);
    for (const agreement of run.seen.forgotten) committer.note(agreement);
    const acquainted = new Replicas({ storages: this.#storages, sides: run.sides, names: replicas });
    if (run.actions.length > 0 && this.#areCausal) await acquainted.introduce();
    try {
      settled = await executor.run(run.cyclePlan.plan, run.cyclePlan.renames);
      // A one-way mode never touches the giving side, and what it keeps at the other is not its business to forget.
      if (this.#areCausal && sharesHistory && !pause.cancelled)
        await acquainted.shareDeletions(run.changes, (side) => committer.flush(side));
    } finally {
      await committer.finish(run.files);
    }
    await autoMerge.finish(!this.#issues.some((issue) => issue.severity === 'failed'), report);
    this.#statistics.sourceFiles = run.files.source;
    this.#statistics.destinationFiles = run.files.destination;
    if (this.#hasSeenAll) await acquainted.acknowledge();
    const outcomes = new Map(settled.map((conflict) => [conflict.path, conflict]));
    return this.#end({ actions: run.actions, conflicts: run.conflicts.map((conflict) => outcomes.get(conflict.path) ?? conflict) });
  }

  /** Everything was listed, and all of it arrived. */
  get #hasSeenAll(): boolean {
    return this.#only === undefined && !this.#tools.pause.cancelled && !this.#issues.some((issue) => issue.severity === 'failed');
  }

  #end({
    actions,
    conflicts,
    stopped,
  }: {
    actions: readonly Action[];
    conflicts: readonly Conflict[];
    stopped?: Stop | undefined;
  }): SyncResult {
    const statistics = this.#statistics;
    statistics.conflicts = conflicts.length;
    statistics.conflictsLeft = conflicts.filter((conflict) => conflict.outcome === 'unresolved').length;
    statistics.failed = this.#issues.filter((issue) => issue.severity === 'failed').length;
    statistics.notes = this.#issues.length - statistics.failed;
    statistics.durationMs = this.#tools.environment.now() - this.#startedMs;
    const cancelled = this.#tools.pause.cancelled;
    this.#emit({ type: 'sync_complete', statistics, dryRun: this.#settings.dryRun, cancelled, stopped });
    return { statistics, actions, conflicts, issues: this.#issues, cancelled, stopped };
  }

  #report(issue: Issue): void {
    this.#issues.push(issue);
    this.#emit({ type: 'issue', issue });
  }

  #emit(event: SyncProgressEvent): void {
    this.#tools.tracker.emit(event);
  }
}

/** What a dry run prints and a run carries out, in that order. */
function actionsOf({ plan, renames }: CyclePlan): Action[] {
  const phases: (keyof Plan & ('clearing' | 'folders' | 'transfers' | 'deletions' | 'attributes'))[] = [
    'clearing',
    'folders',
    'transfers',
    'deletions',
    'attributes',
  ];
  return [
    ...renames.heals.map((step) => step.action),
    ...plan.foldersFirst,
    ...renames.steps.map((step) => step.action),
    ...phases.flatMap((phase) => plan[phase]),
  ];
}
