import { SyncError, SyncPauseController } from '@cloudsync/engine';
import type { SyncFlags } from '../command-line/flags.ts';
import { deviceFolders, stateHome, surroundings } from '../device/state-home.ts';
import { type LocatedPair, locatePair } from '../pair/locate-pair.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { lazyVaultOpener } from '../vault/lazy-vault-opener.ts';
import { workspaceOpener } from '../workspace/workspace-opener.ts';
import { cancelOnSignals } from './interrupts.ts';
import { pairRequests } from './pair-requests.ts';
import { parseRunOptions, type RunOptions } from './run-options.ts';
import type { SyncJob } from './sync-job.ts';
import { syncOnce } from './sync-once.ts';

export interface SyncInput {
  readonly source: string | undefined;
  readonly destination: string | undefined;
  readonly flags: SyncFlags;
  readonly terminal: Terminal;
}

/**
 * `cloudsync sync`. Everything that can be wrong with the request is found before any pair is touched.
 * @returns the exit code
 */
export async function syncCommand({ source, destination, flags, terminal }: SyncInput): Promise<number> {
  const run = parseRunOptions(flags);
  if (source === undefined && flags.config === undefined) return await syncLinksOf({ flags, run, terminal });
  const around = surroundings();
  const home = stateHome(run.stateDir, around);
  const requests = await pairRequests({ source, destination, flags });
  const pairs = requests.map((request) => locatePair(request, home, around.cwd));
  assertDistinct(pairs);
  const control = new SyncPauseController();
  const job: SyncJob = {
    pairs,
    run,
    control,
    terminal,
    deviceFolders: deviceFolders(home, around),
    vaultOpener: lazyVaultOpener({ flags, terminal, stateHome: home }),
    openWorkspace: workspaceOpener({ around, stateHome: home }),
  };
  return await stoppedBySignals(control, terminal, async () => {
    if (run.watch) return await (await import('./watch.ts')).watchPairs(job);
    if (run.every !== undefined) return await (await import('./repeat.ts')).syncRepeatedly(job, run.every);
    return await syncOnce(job);
  });
}

async function syncLinksOf(request: { readonly flags: SyncFlags; readonly run: RunOptions; readonly terminal: Terminal }): Promise<number> {
  const { syncLinks } = await import('../links/sync-links.ts');
  const control = new SyncPauseController();
  return await stoppedBySignals(control, request.terminal, () => syncLinks({ ...request, control }));
}

async function stoppedBySignals(control: SyncPauseController, terminal: Terminal, work: () => Promise<number>): Promise<number> {
  const stopListening = cancelOnSignals(control, () => terminal.err('Stopping cleanly … (again to stop at once)'));
  try {
    return await work();
  } finally {
    stopListening();
  }
}

function assertDistinct(pairs: readonly LocatedPair[]): void {
  const seen = new Set<string>();
  for (const { id, source, destination } of pairs) {
    if (seen.has(id))
      throw new SyncError('config/invalid', `the pair ${source.given} and ${destination.given} is listed twice; leave one out`);
    seen.add(id);
  }
}
