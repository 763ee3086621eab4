import type { Environment, SyncError, SyncResult } from '@cloudsync/engine';
import type { MirrorStore, WorkspaceStorage } from '@cloudsync/sdk';
import type { Trace } from '../simulation/trace.ts';
import type { Process } from '../strict-storage/process.ts';
import type { ContentLedger } from '../vault-simulator/content-ledger.ts';
import type { VirtualTime } from '../virtual-time.ts';
import type { LiveFailure } from './live-failure.ts';
import type { LivePlant } from './live-plants.ts';
import type { LiveScenario } from './live-scenario.ts';

/** What a device finds around it. */
export interface Surroundings {
  readonly scenario: LiveScenario;
  readonly plant: LivePlant | undefined;
  readonly time: VirtualTime;
  readonly trace: Trace;
  readonly ledger: ContentLedger;
  openWorkspace(opening: Opening): Promise<WorkspaceStorage>;
  /** A device has ended a cycle. */
  cycled(device: string, end: CycleEnd): void;
  /** What is thrown and is no SyncError is a bug of what is tested. */
  thrown(error: unknown): LiveFailure;
}

/** Who opens a workspace, and with what. */
export interface Opening {
  readonly device: string;
  readonly key: string;
  readonly process: Process;
  readonly mirror: MirrorStore;
  readonly environment: Environment;
}

/** How one cycle of a device ended. */
export interface CycleEnd {
  readonly result: SyncResult | undefined;
  readonly error: SyncError | undefined;
  /** The paths that it looked at; undefined: all. */
  readonly only: readonly string[] | undefined;
}
