import { EXIT, SyncError, type SyncErrorCode, SyncPauseController } from '@cloudsync/engine';
import type { WorkspaceStorage } from '@cloudsync/sdk';
import type { Account } from '../account/credentials.ts';
import { asError } from '../command-line/failure.ts';
import type { Surroundings } from '../device/state-home.ts';
import type { Link } from '../links/link-file.ts';
import { linkJob } from '../links/link-job.ts';
import { pairOfLink } from '../links/link-pair.ts';
import { pairId } from '../pair/pair-id.ts';
import type { LinkOptions } from '../settings/settings.ts';
import { needsSomebody } from '../sync/pair-session.ts';
import { PairWatch } from '../sync/pair-watch.ts';
import type { SyncJob } from '../sync/sync-job.ts';
import { timesOf } from '../sync/times.ts';
import { turnstile } from '../sync/turnstile.ts';
import { withSession } from '../sync/with-session.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { LinkStatus, Outcome } from './control/messages.ts';
import type { LinkActivity } from './link-activity.ts';

const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 60_000;
/** setTimeout counts in 31 bits. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** Only another key helps. */
const NEEDS_LOGIN: ReadonlySet<SyncErrorCode> = new Set<SyncErrorCode>([
  'account/not-logged-in',
  'server/unauthenticated',
  'server/key-expired',
  'server/key-revoked',
]);

/** What a link is run with; when one of it is another, the link is run anew. */
export interface LinkSetup {
  readonly link: Link;
  readonly options: LinkOptions;
  /** What leads to its server, as far as somebody is logged in there. */
  readonly account: Account | undefined;
}

export interface LinkRunnerOptions {
  readonly setup: LinkSetup;
  readonly activity: LinkActivity;
  readonly terminal: Terminal;
  readonly around: Surroundings;
  readonly stateHome: string;
}

/**
 * Keeps one link in sync until it is told to stop: watches it, or syncs it on its schedule or when asked. Whatever goes wrong is
 * told and tried again later, so that a server or a disk that comes back is enough.
 */
export class LinkRunner {
  readonly #parts: LinkRunnerOptions;
  readonly #nextTime: () => number;
  readonly #ended: Promise<void>;
  #control = new SyncPauseController();
  #attempt: Promise<number> | undefined;
  #watch: PairWatch | undefined;
  #storage: WorkspaceStorage | undefined;
  #wake = Promise.withResolvers<void>();
  #refusal: SyncError | undefined;
  #isStopping = false;
  #isForced = false;
  #retryMs = RETRY_FIRST_MS;

  /** Begins at once. */
  constructor(parts: LinkRunnerOptions) {
    this.#parts = parts;
    this.#nextTime = timesOf(parts.setup.options.schedule);
    this.#ended = this.#run();
  }

  get setup(): LinkSetup {
    return this.#parts.setup;
  }

  get status(): LinkStatus {
    const { link, options } = this.setup;
    const { activity } = this.#parts;
    const { folder, workspace } = link;
    return { folder, workspace, pair: pairId(folder, workspace), mode: options.mode, ...activity.facts };
  }

  /** When the first cycle has ended, or there will be none for now. */
  async settled(): Promise<Outcome> {
    const { activity } = this.#parts;
    if (activity.facts.cycles === 0 && !this.#rests) await activity.nextOutcome;
    return activity.outcome;
  }

  /** One cycle now, with all that the server has now. @param force goes on although a guard would stop */
  async sync(force: boolean): Promise<Outcome> {
    const { link } = this.setup;
    const { activity } = this.#parts;
    if (link.paused) return activity.outcome;
    if (this.#watch !== undefined && !force) await this.#syncWatched(this.#watch);
    else await this.#syncAnew(force);
    return activity.outcome;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#control.cancel();
    this.#wake.resolve();
    await this.#ended;
  }

  /** Nothing will happen until somebody asks. */
  get #rests(): boolean {
    const { link, options } = this.setup;
    return link.paused || options.mode === 'manual' || (options.mode === 'scheduled' && 'cron' in options.schedule);
  }

  async #run(): Promise<void> {
    const { link } = this.setup;
    const { activity } = this.#parts;
    if (this.#rests) activity.enter(link.paused ? 'paused' : 'waiting');
    let waitMs = link.paused ? Number.POSITIVE_INFINITY : this.#rests ? this.#msToNext() : 0;
    while (!this.#isStopping) {
      await this.#sleep(waitMs);
      if (this.#isStopping) break;
      this.#wake = Promise.withResolvers();
      this.#attempt = this.#try();
      waitMs = await this.#attempt;
      this.#attempt = undefined;
    }
  }

  /** @returns ms until it is to be tried again */
  async #try(): Promise<number> {
    const { options } = this.setup;
    const { activity } = this.#parts;
    const { cycles } = activity.facts;
    this.#control = new SyncPauseController();
    try {
      const code = options.mode === 'realtime' ? await this.#keepInSync() : await this.#syncOnce();
      if (this.#refusal !== undefined) return this.#failed(this.#refusal);
      if (options.mode !== 'realtime') return this.#msToNext();
      if (code === EXIT.guard) return this.#nextRetry();
      return 0;
    } catch (error) {
      if (this.#refusal !== undefined) return this.#failed(this.#refusal);
      if (this.#control.cancelled) return 0;
      if (activity.facts.cycles > cycles + 1) this.#retryMs = RETRY_FIRST_MS;
      const retryMs = this.#failed(asError(error));
      return options.mode === 'realtime' ? retryMs : Math.min(retryMs, this.#msToNext());
    } finally {
      this.#watch = undefined;
      this.#storage = undefined;
      this.#refusal = undefined;
    }
  }

  async #keepInSync(): Promise<number> {
    const job = this.#job();
    this.#watch = new PairWatch(job, pairOf(job), turnstile());
    return await this.#watch.run();
  }

  async #syncOnce(): Promise<number> {
    const job = this.#job();
    await withSession(job, pairOf(job), (session) => session.cycle());
    return EXIT.inSync;
  }

  #job(): SyncJob {
    const { link, options } = this.setup;
    const { activity, stateHome } = this.#parts;
    const pair = pairOfLink(link, options, stateHome);
    const job = linkJob({ ...this.#parts, options, pair, control: this.#control, force: this.#isForced });
    this.#isForced = false;
    return {
      ...job,
      reporter: (_, tracker) => activity.follow(tracker),
      openWorkspace: async (root, directory) => {
        const storage = await job.openWorkspace(root, directory);
        this.#storage = storage;
        const stopListening = storage.onState(({ status, error }) => {
          if (status === 'connected') activity.back();
          else if (status === 'connecting') this.#connectionLost(error);
        });
        // A connection that this side closes is no server that went away.
        const close = storage.close.bind(storage);
        storage.close = async () => {
          stopListening();
          await close();
        };
        return storage;
      },
    };
  }

  /** What refuses this key or workspace is not asked again and again: the connection is given up. */
  #connectionLost(error: SyncError | undefined): void {
    this.#parts.activity.away(error);
    if (error?.retryable !== false) return;
    this.#refusal = error;
    this.#control.cancel();
  }

  /** @returns ms until it is tried again: never with a key that was refused, before somebody asks or logs in */
  #failed(error: Error): number {
    this.#parts.activity.onError(error);
    const retryMs = this.#nextRetry();
    return SyncError.is(error) && NEEDS_LOGIN.has(error.code) ? Number.POSITIVE_INFINITY : retryMs;
  }

  async #syncWatched(watch: PairWatch): Promise<void> {
    const attempt = this.#attempt;
    const cycle = async (): Promise<void> => {
      try {
        await this.#storage?.refresh();
        await watch.syncNow();
      } catch (error) {
        // Whatever it is, the reporter was told of it, or is when the watch has ended.
        if (needsSomebody(error)) await attempt;
      }
    };
    await Promise.race([cycle(), attempt]);
  }

  async #syncAnew(force: boolean): Promise<void> {
    if (this.#watch !== undefined) this.#control.cancel();
    await this.#attempt;
    const { nextOutcome } = this.#parts.activity;
    this.#isForced = force;
    this.#wake.resolve();
    await Promise.race([nextOutcome, this.#ended]);
  }

  #msToNext(): number {
    return this.setup.options.mode === 'scheduled' ? Math.max(0, this.#nextTime() - Date.now()) : Number.POSITIVE_INFINITY;
  }

  #nextRetry(): number {
    const retryMs = this.#retryMs;
    this.#retryMs = Math.min(retryMs * 2, RETRY_MAX_MS);
    return retryMs * (0.75 + Math.random() / 2);
  }

  async #sleep(ms: number): Promise<void> {
    const until = Date.now() + ms;
    let isAwake = false;
    const awake = this.#wake.promise.then(() => {
      isAwake = true;
    });
    while (!isAwake && Date.now() < until) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, Math.min(until - Date.now(), TIMER_MAX_MS));
      await Promise.race([promise, awake]);
      clearTimeout(timer);
    }
  }
}

function pairOf({ pairs }: SyncJob) {
  const [pair] = pairs;
  if (pair === undefined) throw new Error('a job of a link has one pair');
  return pair;
}
