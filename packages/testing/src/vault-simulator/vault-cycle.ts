import { SyncEngine, SyncError, SyncProgressTracker, type SyncResult } from '@cloudsync/engine';
import type { Random } from '../random.ts';
import { Process } from '../strict-storage/process.ts';
import { StuckError } from '../virtual-time.ts';
import { VaultFailure } from './vault-failure.ts';
import type { Link } from './vault-scenario.ts';
import type { VaultPlace, VaultWorld } from './vault-world.ts';

export interface VaultRun {
  readonly link: Link;
  readonly random: Random;
  /** How likely a call of a blob store fails. */
  readonly errors: number;
  readonly diesAtStep: number | undefined;
}

export interface RunOutcome {
  readonly link: Link;
  /** Undefined when the process died or the run could not begin or end. */
  readonly result: SyncResult | undefined;
  readonly error: SyncError | undefined;
  readonly died: boolean;
  readonly steps: number;
}

/** Lets some links run, all at once: their steps take turns as the random numbers say. */
export async function runLinks(world: VaultWorld, runs: readonly VaultRun[]): Promise<RunOutcome[]> {
  const outcomes = await world.time.run(Promise.all(runs.map((run) => runLink(world, run)))).catch((error: unknown) => {
    if (error instanceof StuckError) throw new VaultFailure('engine never hangs', error.message);
    throw thrown(error);
  });
  world.time.clear();
  return outcomes;
}

async function runLink(world: VaultWorld, { link, random, errors, diesAtStep }: VaultRun): Promise<RunOutcome> {
  const process = new Process({ time: world.time, stepMs: () => random.next() * 3, diesAtStep });
  const dying = process.death.then(() => undefined);
  let result: SyncResult | undefined;
  let error: unknown;
  try {
    result = await Promise.race([sync(world, { link, process, random, errors }), dying]);
  } catch (reason) {
    error = reason;
  }
  if (error !== undefined && !SyncError.is(error)) throw thrown(error);
  world.plant?.spoil?.((world.vaults[link.vault] as VaultPlace).disk);
  if (result === undefined) world.distrust(link);
  const syncError = error as SyncError | undefined;
  world.trace.add(`${link.name}: ${describe(result, syncError, process.dead)}`);
  return { link, result, error: syncError, died: process.dead, steps: process.steps };
}

async function sync(
  world: VaultWorld,
  { link, process, random, errors }: { link: Link; process: Process; random: Random; errors: number },
): Promise<SyncResult> {
  const connected = await world.connect(link, { process, random, errors });
  // Conflicts count from when they are told: a run that fails afterwards may have settled them.
  const progressTracker = new SyncProgressTracker((event) => {
    if (event.type !== 'conflict') return;
    for (const entry of [event.conflict.source, event.conflict.destination]) world.ledger.contested(entry?.hash);
  });
  const engine = new SyncEngine({ environment: world.time, progressTracker });
  const result = await engine.syncPair(
    {
      ...connected,
      syncMode: 'two-way',
      conflictResolution: world.plant?.resolution ?? 'keep-both',
      replicas: { source: 'here', destination: 'there' },
    },
    { maxDelete: 'off' },
  );
  world.remember(link, connected);
  return result;
}

function describe(result: SyncResult | undefined, error: SyncError | undefined, died: boolean): string {
  if (died) return 'the process died';
  if (error !== undefined) return `${error.code} ${error.message}`;
  if (result === undefined) return 'nothing';
  const actions = result.actions.map(
    ({ type, path, from, attributesOnly }) => `${type}${attributesOnly ? ' attributes' : ''} ${from ?? ''} ${path}`,
  );
  const issues = result.issues.map(({ code, path }) => `${code} ${path}`);
  const conflicts = result.conflicts.map(({ kind, path }) => `${kind} ${path}`);
  return JSON.stringify({ actions, issues, conflicts });
}

function thrown(error: unknown): VaultFailure {
  return new VaultFailure('engine never throws', error instanceof Error ? (error.stack ?? error.message) : String(error));
}
