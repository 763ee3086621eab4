import { isDeepStrictEqual } from 'node:util';
import { Credentials } from '../account/credentials.ts';
import { parseWorkspaceUrl } from '../account/workspace-address.ts';
import { makeStateFolder } from '../device/state-folder.ts';
import { deviceHome, type Surroundings } from '../device/state-home.ts';
import { type Link, LinkFile } from '../links/link-file.ts';
import { linkOptions } from '../settings/settings.ts';
import { SettingsFile } from '../settings/settings-file.ts';
import { turnstile } from '../sync/turnstile.ts';
import { takeAgentLock } from './agent-lock.ts';
import { agentTerminal } from './agent-terminal.ts';
import { ControlServer } from './control/control-server.ts';
import type { AgentRequest, AgentStatus, LogEntry, Outcome, SyncedChange } from './control/messages.ts';
import { controlSocketPath } from './control/socket-path.ts';
import { LinkActivity } from './link-activity.ts';
import { LinkRunner, type LinkSetup } from './link-runner.ts';
import { Listeners } from './listeners.ts';
import { LogFile } from './log-file.ts';
import { reportSync } from './report-sync.ts';

export interface AgentOptions {
  readonly around: Surroundings;
  readonly stateHome: string;
}

/** Keeps all links of a device in sync, in one process, and answers commands over the control socket. */
export class Agent implements AsyncDisposable {
  readonly #options: AgentOptions;
  readonly #home: string;
  readonly #log: LogFile;
  readonly #since = new Date().toISOString();
  readonly #runners = new Map<string, LinkRunner>();
  readonly #inTurn = turnstile();
  readonly #stopped = Promise.withResolvers<void>();
  readonly #resources = new AsyncDisposableStack();
  /** A status is told at the end of the turn in which it changed, however often that was. */
  #isStatusDue = false;
  readonly onStatus = new Listeners<AgentStatus>();
  readonly onChange = new Listeners<SyncedChange>();
  readonly onLog = new Listeners<LogEntry>();

  private constructor(options: AgentOptions, home: string, log: LogFile) {
    this.#options = options;
    this.#home = home;
    this.#log = log;
  }

  /** Takes the device, opens the socket and begins to sync. @throws SyncError `agent/running`, `agent/failed` */
  static async start(options: AgentOptions): Promise<Agent> {
    const home = deviceHome(options.around);
    makeStateFolder(home);
    await using starting = new AsyncDisposableStack();
    starting.use(await takeAgentLock(home));
    const agent = new Agent(options, home, new LogFile({ home }));
    starting.defer(() => agent.#log.close());
    starting.use(await ControlServer.listen(controlSocketPath(home), (request, tell, gone) => agent.#answer(request, tell, gone)));
    await agent.reload();
    agent.#resources.use(starting.move());
    agent.log('info', `started with ${agent.#runners.size} ${agent.#runners.size === 1 ? 'link' : 'links'}`);
    return agent;
  }

  get status(): AgentStatus {
    return { pid: process.pid, since: this.#since, links: [...this.#runners.values()].map(({ status }) => status) };
  }

  /** Resolves when somebody asked it to stop. */
  get stopped(): Promise<void> {
    return this.#stopped.promise;
  }

  stop(): void {
    this.#stopped.resolve();
  }

  log(level: LogEntry['level'], text: string): void {
    this.#write({ time: new Date().toISOString(), level, text });
  }

  /** Reads links and settings again: what changed is stopped, and started as it is now. */
  async reload(): Promise<void> {
    await this.#inTurn(async () => {
      const wanted = this.#setups();
      for (const [folder, { setup, status }] of this.#runners) {
        const isSame = isDeepStrictEqual(setup, wanted.get(folder));
        // Whoever changes something has a look at what waits: it is tried at once.
        if (!isSame || status.state === 'error' || status.state === 'offline') await this.#stopRunner(folder);
      }
      for (const [folder, setup] of wanted) if (!this.#runners.has(folder)) this.#runners.set(folder, this.#newRunner(setup));
    });
    this.#statusChanged();
  }

  /** Ends what runs; what is half done is finished by the next start. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inTurn(() => Promise.all([...this.#runners.keys()].map((folder) => this.#stopRunner(folder))));
    this.log('info', 'stopped');
    await this.#resources.disposeAsync();
  }

  /** What is to be run, by folder. */
  #setups(): Map<string, LinkSetup> {
    const settings = new SettingsFile(this.#home).read();
    const credentials = new Credentials(this.#home);
    const setup = (link: Link): LinkSetup => ({
      link,
      options: linkOptions(link.settings, settings),
      account: credentials.forHostIfAny(parseWorkspaceUrl(link.workspace).host),
    });
    return new Map(new LinkFile(this.#home).all().map((link) => [link.folder, setup(link)]));
  }

  async #stopRunner(folder: string): Promise<void> {
    await this.#runners.get(folder)?.stop();
    this.#runners.delete(folder);
  }

  #newRunner(setup: LinkSetup): LinkRunner {
    const log = (entry: LogEntry): void => this.#write(entry);
    const { folder, workspace } = setup.link;
    const activity = new LinkActivity({
      folder,
      workspace,
      log,
      onStatus: () => this.#statusChanged(),
      onChange: (change) => this.onChange.tell(change),
      onReport: (report) => void reportSync(setup, report),
      isChangeTold: () => !this.onChange.isEmpty,
    });
    return new LinkRunner({ setup, activity, terminal: agentTerminal(log), ...this.#options });
  }

  #write(entry: LogEntry): void {
    this.#log.write(entry);
    this.onLog.tell(entry);
  }

  #statusChanged(): void {
    if (this.#isStatusDue || this.onStatus.isEmpty) return;
    this.#isStatusDue = true;
    setImmediate(() => {
      this.#isStatusDue = false;
      this.onStatus.tell(this.status);
    });
  }

  async #answer(request: AgentRequest, tell: (event: unknown) => void, gone: AbortSignal): Promise<unknown> {
    switch (request.method) {
      case 'status':
        return this.status;
      case 'watch':
        tell(this.status);
        return await this.onStatus.during(gone, tell);
      case 'changes':
        return await this.onChange.during(gone, tell);
      case 'log':
        return await this.onLog.during(gone, tell);
      case 'sync':
        return await this.#ofRunners(request.folders, (runner) => runner.sync(request.force === true));
      case 'settled':
        return await this.#ofRunners(undefined, (runner) => runner.settled());
      case 'reload':
        return await this.reload();
      case 'stop':
        return this.stop();
    }
  }

  async #ofRunners(folders: readonly string[] | undefined, ask: (runner: LinkRunner) => Promise<Outcome>): Promise<Outcome[]> {
    const runners = [...this.#runners.values()].filter(({ setup }) => folders?.includes(setup.link.folder) ?? true);
    return await Promise.all(runners.map(ask));
  }
}
