import { type Entry, otherSide, type Side } from '../model/entry.ts';
import { SyncError } from '../model/error.ts';
import { ancestorsOf, parentOf } from '../model/path.ts';
import type { Agreement } from '../model/tree-schema.ts';
import type { Action, Conflict } from '../plan/action.ts';
import type { Plan } from '../plan/plan.ts';
import type { CopyJob, Storage } from '../storage.ts';
import type { Committer } from './committer.ts';
import { settleConflict } from './conflict-run.ts';
import type { Environment } from './engine.ts';
import type { Issue, SyncProgressEvent } from './events.ts';
import { issueOf } from './facts.ts';
import type { ConflictHandler } from './pair.ts';
import type { SyncPauseController } from './pause-controller.ts';
import type { MovedRow, PlannedRename, PlannedRenames } from './planned-renames.ts';
import { withRetries } from './retry.ts';
import type { SyncStatistics } from './statistics.ts';
import { type Arrived, type Transport, wantedAt } from './transfer.ts';
import { runBounded } from './work.ts';

const BATCH_FILES = 64;
const BATCH_BYTES = 4 * 1024 * 1024;

export interface ExecutorOptions {
  readonly storages: Readonly<Record<Side, Storage>>;
  readonly transport: Transport;
  readonly committer: Committer;
  readonly statistics: SyncStatistics;
  readonly emit: (event: SyncProgressEvent) => void;
  readonly report: (issue: Issue) => void;
  readonly pause: SyncPauseController;
  readonly environment: Environment;
  readonly transfers: number;
  readonly operations: number;
  readonly attempts: number;
  readonly conflictHandler: ConflictHandler | undefined;
  /** How the sides are called in the names of conflict copies. */
  readonly replicas: Readonly<Record<Side, string>>;
  /** Files on each side, kept up to date for the last state. */
  readonly files: Record<Side, number>;
}

/** Carries a plan out, phase by phase. One path's failure is data and stops only what depends on it. */
export class Executor {
  readonly options: ExecutorOptions;
  /** Entries that this run changed, newer than what the scan saw. */
  readonly #fresh: Readonly<Record<Side, Map<string, Entry>>> = { source: new Map(), destination: new Map() };
  /** Paths whose failure takes everything below them along. */
  readonly #blocked = new Set<string>();
  readonly #touchedFolders: Readonly<Record<Side, Set<string>>> = { source: new Set(), destination: new Set() };
  readonly settled: Conflict[] = [];

  constructor(options: ExecutorOptions) {
    this.options = options;
  }

  async run(plan: Plan, renames: PlannedRenames): Promise<void> {
    const { operations, transfers, pause } = this.options;
    const inOrder = { atOnce: 1, pause };
    await runBounded(plan.foldersFirst, (action) => this.#act(action, () => this.#transfer(action)), inOrder);
    await runBounded(renames.steps, (rename) => this.#act(rename.action, () => this.#rename(rename)), inOrder);
    if (pause.cancelled) return;
    this.#rememberMoves(renames.moves);
    for (const agreement of plan.agreements) this.#agree(agreement);
    await runBounded(plan.clearing, (action) => this.#act(action, () => this.#perform(action)), inOrder);
    await runBounded(plan.folders, (action) => this.#act(action, () => this.#transfer(action)), inOrder);
    await runBounded(this.#batches(plan.transfers), (batch) => this.#transferBatch(batch), { atOnce: transfers, pause });
    const files = plan.deletions.filter((action) => action.kind !== 'folder');
    const folders = plan.deletions.filter((action) => action.kind === 'folder');
    await runBounded(files, (action) => this.#act(action, () => this.#perform(action)), { atOnce: operations, pause });
    await runBounded(folders, (action) => this.#act(action, () => this.#perform(action)), inOrder);
    await runBounded(plan.attributes, (action) => this.#act(action, () => this.#perform(action)), { atOnce: operations, pause });
    if (!pause.cancelled) await this.#restoreFolderTimes();
  }

  /** What is at a path now, as far as this run knows. */
  entryAt(side: Side, path: string, scanned: Entry | undefined): Entry | undefined {
    return this.#fresh[side].get(path) ?? scanned;
  }

  /** Notes an agreement with what this run wrote laid over what the scan saw. */
  agreeOn(path: string, source: Entry | undefined, destination: Entry | undefined): void {
    if (source !== undefined) this.#fresh.source.set(path, source);
    if (destination !== undefined) this.#fresh.destination.set(path, destination);
    this.options.committer.note({ path, source, destination });
    this.options.committer.commitSometimes(this.options.files);
  }

  touched(side: Side, path: string): void {
    this.#touchedFolders[side].add(parentOf(path));
  }

  retrying<T>(attempt: () => Promise<T>): Promise<T> {
    const { attempts, environment, pause } = this.options;
    return withRetries(attempt, { attempts, environment, signal: pause.signal });
  }

  /** The last state follows the renames; what did not succeed keeps its old row. */
  #rememberMoves(moves: readonly MovedRow[]): void {
    const done = moves.filter((move) => !this.#isBlocked(move.to));
    for (const { from } of done) this.options.committer.note({ path: from, source: undefined, destination: undefined });
    for (const { to, last } of done) this.options.committer.note({ path: to, ...last });
  }

  #agree({ path, source, destination }: Agreement): void {
    if (this.#isBlocked(path)) return;
    const latest = (side: Side, entry: Entry | undefined): Entry | undefined => {
      const fresh = entry && this.#fresh[side].get(path);
      return fresh === undefined ? entry : { ...fresh, hash: fresh.hash ?? entry?.hash, target: fresh.target ?? entry?.target };
    };
    this.options.committer.note({ path, source: latest('source', source), destination: latest('destination', destination) });
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
    const verb = verbOf(action);
    this.#emit(verb, 'start', action);
    try {
      await perform();
      this.#emit(verb, 'complete', action);
    } catch (error) {
      this.#fail(action, error);
    }
  }

  #fail(action: Action, error: unknown): void {
    const { pause, report } = this.options;
    const cancelled = pause.cancelled && (SyncError.is(error, 'sync/cancelled') || error === pause.signal.reason);
    if (!cancelled) report(issueOf(error, { path: action.path, side: sideActedOn(action) }));
    const isDeletion = action.type === 'DELETE_SOURCE' || action.type === 'DELETE_DESTINATION';
    if (action.kind === 'folder' || action.from !== undefined || isDeletion || action.type === 'CONFLICT') this.#blocked.add(action.path);
  }

  #emit(verb: Verb, moment: 'start' | 'complete', action: Action): void {
    if (verb === undefined) return;
    this.options.emit({
      type: `${verb}_${moment}`,
      action: action.type,
      path: action.path,
      from: action.from,
      kind: action.kind,
      attributesOnly: action.attributesOnly ?? false,
      totalBytes: action.bytes,
    });
  }

  async #perform(action: Action): Promise<void> {
    if (action.type === 'CONFLICT') await settleConflict(this, action);
    else if (action.type === 'DELETE_SOURCE' || action.type === 'DELETE_DESTINATION') await this.#delete(action);
    else if (action.attributesOnly) await this.#updateAttributes(action);
    else await this.#transfer(action);
  }

  async #rename({ action, side, entry, expected, interim }: PlannedRename): Promise<void> {
    const storage = this.options.storages[side];
    if (storage.rename === undefined || action.from === undefined) throw new SyncError('storage/unsupported', `${storage.url} cannot rename`, { path: action.path });
    const from = this.#fresh[side].get(action.from) ?? { ...entry, path: action.from };
    const rename = storage.rename.bind(storage);
    const renamed = await this.retrying(() => rename(from, action.path, { expected, signal: this.options.pause.signal }));
    this.#fresh[side].delete(action.from);
    this.#fresh[side].set(action.path, { ...renamed, hash: renamed.hash ?? entry.hash });
    this.touched(side, action.from);
    this.touched(side, action.path);
    if (!interim) this.options.statistics.renamed++;
  }

  async #delete(action: Action): Promise<void> {
    const side = action.type === 'DELETE_SOURCE' ? 'source' : 'destination';
    const { storages, statistics, files, pause } = this.options;
    const entry = this.entryAt(side, action.path, action[side]);
    if (entry === undefined) return;
    await this.retrying(() => storages[side].delete(entry, { signal: pause.signal }));
    this.agreeOn(action.path, undefined, undefined);
    this.touched(side, action.path);
    if (entry.kind === 'folder') statistics.foldersDeleted++;
    else if (side === 'source') statistics.deletedAtSource++;
    else statistics.deletedAtDestination++;
    if (entry.kind === 'file') files[side]--;
  }

  async #updateAttributes(action: Action): Promise<void> {
    const side = sideActedOn(action);
    const storage = this.options.storages[side];
    const entry = this.entryAt(side, action.path, action[side]);
    if (entry === undefined || action.attributes === undefined || storage.update === undefined) return;
    const attributes = action.attributes;
    const update = storage.update.bind(storage);
    const updated = await this.retrying(() => update(entry, attributes));
    const result = { ...updated, hash: updated.hash ?? entry.hash, target: updated.target ?? entry.target };
    this.#fresh[side].set(action.path, result);
    const both = { source: this.entryAt('source', action.path, action.source), destination: this.entryAt('destination', action.path, action.destination) };
    this.agreeOn(action.path, both.source, both.destination);
    this.options.statistics.attributesUpdated++;
  }

  /** Brings the giver's entry to the receiver and agrees on it. */
  async #transfer(action: Action): Promise<void> {
    const giver = giverOf(action);
    const from = this.entryAt(giver, action.path, action[giver]);
    if (from === undefined) return;
    const receiver = otherSide(giver);
    const arrived = await this.move({ giver, from, path: action.path, expected: this.entryAt(receiver, action.path, this.#replaced(action, receiver)) });
    this.arrived(action, giver, arrived);
  }

  /** What a transfer replaces; of another kind than folder-like things it was cleared away before. */
  #replaced(action: Action, receiver: Side): Entry | undefined {
    const there = action[receiver];
    return there !== undefined && there.kind !== action.kind && (there.kind === 'folder' || action.kind === 'folder') ? undefined : there;
  }

  async move({ giver, from, path, expected }: { giver: Side; from: Entry; path: string; expected: Entry | undefined }): Promise<Arrived> {
    const type = giver === 'source' ? 'upload_progress' : 'download_progress';
    const to = wantedAt(path, from);
    return this.retrying(() => {
      let bytesTransferred = 0;
      const onBytes = (bytes: number): void => {
        bytesTransferred += bytes;
        this.options.emit({ type, path, bytesTransferred, totalBytes: from.size });
      };
      return this.options.transport.move({ giver, from, to, expected }, onBytes);
    });
  }

  arrived(action: Action, giver: Side, { from, to }: Arrived): void {
    const { statistics, files } = this.options;
    const receiver = otherSide(giver);
    const pair = giver === 'source' ? { source: from, destination: to } : { source: to, destination: from };
    this.agreeOn(action.path, pair.source, pair.destination);
    this.touched(receiver, action.path);
    if (action[receiver]?.kind !== 'file' && to.kind === 'file') files[receiver]++;
    if (to.kind === 'folder') {
      statistics.foldersCreated++;
      this.#touchedFolders[receiver].add(action.path);
    } else if (giver === 'source') {
      statistics.uploaded++;
      statistics.bytesUploaded += to.size;
    } else {
      statistics.downloaded++;
      statistics.bytesDownloaded += to.size;
    }
  }

  /** Small files that a copier can take together travel together; everything else travels alone. */
  *#batches(actions: readonly Action[]): Generator<Action[]> {
    const open: Record<Side, { actions: Action[]; bytes: number }> = { source: { actions: [], bytes: 0 }, destination: { actions: [], bytes: 0 } };
    for (const action of actions) {
      const giver = action.type === 'CONFLICT' ? undefined : giverOf(action);
      const batchable = giver !== undefined && action.kind === 'file' && action.bytes < BATCH_BYTES && this.options.transport.hasCopier(giver);
      if (!batchable) {
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
    for (const { actions: rest } of Object.values(open)) if (rest.length > 0) yield rest;
  }

  async #transferBatch(batch: readonly Action[]): Promise<void> {
    const [first] = batch;
    if (first === undefined) return;
    if (batch.length === 1) return this.#act(first, () => this.#perform(first));
    const giver = giverOf(first);
    const receiver = otherSide(giver);
    const actions = batch.filter((action) => !this.#isBlocked(action.path));
    const jobs: CopyJob[] = [];
    for (const action of actions) {
      this.#emit(verbOf(action), 'start', action);
      const from = this.entryAt(giver, action.path, action[giver]) as Entry;
      jobs.push({ from, to: wantedAt(action.path, from), expected: this.entryAt(receiver, action.path, this.#replaced(action, receiver)) });
    }
    const results = await this.options.transport.copyMany(giver, jobs);
    for (const [index, action] of actions.entries()) {
      const result = results[index];
      if (result === undefined) continue;
      if ('error' in result) {
        if (SyncError.is(result.error) && result.error.retryable) await this.#act(action, () => this.#perform(action));
        else this.#fail(action, result.error);
        continue;
      }
      this.arrived(action, giver, result);
      this.#emit(verbOf(action), 'complete', action);
    }
  }

  /** A folder shows the time of its last change of content; after the content came over, so does the time, and its mode. */
  async #restoreFolderTimes(): Promise<void> {
    const { storages, pause, operations } = this.options;
    for (const side of ['source', 'destination'] as const) {
      const storage = storages[side];
      const other = storages[otherSide(side)];
      if (storage.update === undefined || storage.abilities.mtimeStepMs === undefined || other.abilities.mtimeStepMs === undefined) continue;
      const update = storage.update.bind(storage);
      const folders = [...this.#touchedFolders[side]].filter((path) => path !== '' && !this.#touchedFolders[otherSide(side)].has(path));
      await runBounded(folders.sort((a, b) => (a < b ? 1 : -1)), async (path) => {
        try {
          const [here, there] = [await storage.stat(path), await other.stat(path)];
          if (here?.kind !== 'folder' || there?.kind !== 'folder' || here.mtimeMs === there.mtimeMs) return;
          await update(here, { mtimeMs: there.mtimeMs });
        } catch (error) {
          // A folder's time is a nicety: whatever is in the way of it shows elsewhere.
          if (!SyncError.is(error)) throw error;
        }
      }, { atOnce: operations, pause });
    }
  }
}

type Verb = 'upload' | 'download' | 'delete' | 'rename' | undefined;

function verbOf({ type }: Action): Verb {
  if (type === 'CONFLICT' || type === 'NO_ACTION') return undefined;
  return type.slice(0, type.indexOf('_')).toLowerCase() as Verb;
}

function giverOf({ type }: Action): Side {
  return type.startsWith('UPLOAD') ? 'source' : 'destination';
}

function sideActedOn({ type }: Action): Side {
  return type.startsWith('DOWNLOAD') || type.endsWith('_SOURCE') ? 'source' : 'destination';
}
