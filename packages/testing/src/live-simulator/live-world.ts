import type { SyncError, SyncResult } from '@cloudsync/engine';
import { openWorkspaceStorage, type WorkspaceStorage } from '@cloudsync/sdk';
import type { Random } from '../random.ts';
import type { Round } from '../simulation/simulator.ts';
import type { Trace } from '../simulation/trace.ts';
import { ContentLedger } from '../vault-simulator/content-ledger.ts';
import { VirtualTime } from '../virtual-time.ts';
import { Device } from './device.ts';
import { HistoryWatch } from './history-watch.ts';
import { LiveFailure } from './live-failure.ts';
import type { LivePlant } from './live-plants.ts';
import type { LiveScenario } from './live-scenario.ts';
import type { LiveTally } from './live-tally.ts';
import { Network } from './network.ts';
import { ServerMachine } from './server-machine.ts';
import type { ServerTemplate } from './server-template.ts';
import type { CycleEnd, Opening, Surroundings } from './surroundings.ts';

export interface LiveWorldOptions {
  readonly random: Random;
  readonly scenario: LiveScenario;
  readonly round: Round<LiveTally>;
  readonly plant: LivePlant | undefined;
  readonly template: ServerTemplate;
}

/** Devices with their users, a server, and what lies between them. */
export class LiveWorld implements Surroundings {
  readonly scenario: LiveScenario;
  readonly trace: Trace;
  readonly tally: LiveTally;
  readonly plant: LivePlant | undefined;
  readonly time: VirtualTime;
  readonly ledger = new ContentLedger();
  readonly history: HistoryWatch;
  readonly network: Network;
  readonly server: ServerMachine;
  readonly devices: readonly Device[];
  readonly #template: ServerTemplate;
  /** The server has forgotten what it had told. */
  wasRestored = false;
  readonly #failed = Promise.withResolvers<never>();

  constructor({ random, scenario, round, plant, template }: LiveWorldOptions) {
    this.scenario = scenario;
    this.trace = round.trace;
    this.tally = round.tally;
    this.plant = plant;
    this.#template = template;
    this.time = new VirtualTime(random.fork('environment'), template.nowMs);
    this.history = new HistoryWatch(round.tally);
    const skew = random.fork('skew');
    const skewMs = (): number => (skew.next() - 0.5) * scenario.skewMs;
    this.network = new Network({
      time: this.time,
      random: random.fork('network'),
      tally: round.tally,
      delayMs: scenario.delayMs,
      tap: (device) => this.history.tap(device),
    });
    this.server = new ServerMachine({
      time: this.time,
      random: random.fork('server'),
      skewMs: skewMs(),
      template: template.files,
      workspace: template.workspace,
      onProblem: (problem) => void this.thrown(new Error(`the server: ${problem}`)),
    });
    this.devices = Array.from({ length: scenario.devices }, (_, index) => {
      const name = `device ${index}`;
      const key = template.keys[index % template.keys.length] as string;
      return new Device({ name, key, skewMs: skewMs(), world: this, random: random.fork(name) });
    });
  }

  /** The user who is not the owner. */
  get editor(): string {
    return this.#template.editor;
  }

  /** Rejects when something that nobody awaits has failed. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  openWorkspace({ device, key, process, mirror, environment }: Opening): Promise<WorkspaceStorage> {
    return openWorkspaceStorage({
      endpoint: 'http://server.invalid',
      apiKey: key,
      workspace: this.#template.workspace,
      device: { id: device.replace(/\D/g, '').padStart(32, '0'), name: device },
      mirror,
      environment,
      dial: this.network.dial(device, process),
    });
  }

  /** A device has ended a cycle. */
  cycled(name: string, { result, error, only }: CycleEnd): void {
    this.tally.countCycle(result, error?.code);
    if (only !== undefined) this.tally.partialCycles++;
    this.trace.add(`${name}: ${describe(result, error)}`);
  }

  /** What is thrown and is no SyncError is a bug of what is tested. */
  thrown(error: unknown): LiveFailure {
    if (error instanceof LiveFailure) return error;
    const failure = new LiveFailure('nobody throws', error instanceof Error ? (error.stack ?? error.message) : String(error));
    this.#failed.reject(failure);
    return failure;
  }
}

function describe(result: SyncResult | undefined, error: SyncError | undefined): string {
  if (error !== undefined) return `${error.code} ${error.message}`;
  if (result === undefined) return 'nothing';
  const actions = result.actions.map(
    ({ type, path, from, attributesOnly }) => `${type}${attributesOnly ? ' attributes' : ''} ${from ?? ''} ${path}`,
  );
  const issues = result.issues.map(({ code, path, message }) => `${code} ${path} ${message}`);
  const conflicts = result.conflicts.map(({ kind, path }) => `${kind} ${path}`);
  return JSON.stringify({ actions, issues, conflicts });
}
