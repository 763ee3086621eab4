import { type ConflictHandler, SyncError, SyncPauseController } from '@cloudsync/engine';
import { worstExit } from '../command-line/failure.ts';
import type { ResolveFlags } from '../command-line/flags.ts';
import { deviceFolders, stateHome, surroundings } from '../device/state-home.ts';
import type { LastRun } from '../pair/last-run.ts';
import { locatePair } from '../pair/locate-pair.ts';
import { exitCodeOfResult } from '../sync/exit-code.ts';
import { cancelOnSignals } from '../sync/interrupts.ts';
import type { PairSession } from '../sync/pair-session.ts';
import type { SyncJob } from '../sync/sync-job.ts';
import { withSession } from '../sync/with-session.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { lazyVaultOpener } from '../vault/lazy-vault-opener.ts';
import { workspaceOpener } from '../workspace/workspace-opener.ts';
import { pairsOfRequest } from './pairs-of-request.ts';
import { runsToResolve, scriptedAnswers, scriptedHandler } from './scripted-answers.ts';

export interface ResolveInput {
  readonly source: string | undefined;
  readonly destination: string | undefined;
  readonly flags: ResolveFlags;
  readonly terminal: Terminal;
}

/** `cloudsync resolve-conflicts`: syncs the pairs that have conflicts left, with an answer for each. @returns the exit code */
export async function resolveCommand({ source, destination, flags, terminal }: ResolveInput): Promise<number> {
  const around = surroundings();
  const home = stateHome(flags.stateDir, around);
  const answers = await scriptedAnswers(flags);
  const runs = runsToResolve(await pairsOfRequest({ source, destination, stateHome: home, cwd: around.cwd }), answers?.paths);
  if (runs.length === 0) {
    if (flags.quiet !== true) terminal.out('No conflicts are left.');
    return 0;
  }
  if (answers === undefined && !terminal.interactive) {
    throw new SyncError(
      'config/invalid',
      'there is no terminal to ask on; use --path PATH or --all, with --use source, destination, both or FILE',
    );
  }
  const control = new SyncPauseController();
  const stopListening = cancelOnSignals(control, () => terminal.err('Stopping cleanly … (again to stop at once)'));
  try {
    const job = resolveJob({ runs, home, control, flags, terminal: answers === undefined ? { ...terminal, live: false } : terminal });
    const handlerFor = async (session: PairSession): Promise<ConflictHandler> => {
      if (answers !== undefined) return scriptedHandler(answers);
      const { askingHandler } = await import('./asked-answers.ts');
      return askingHandler({
        source: session.source,
        destination: session.destination,
        columns: terminal.columns(),
        onGiveUp: () => control.cancel(),
      });
    };
    return await resolveAll(job, handlerFor);
  } finally {
    stopListening();
  }
}

interface JobInput {
  readonly runs: readonly LastRun[];
  readonly home: string;
  readonly control: SyncPauseController;
  readonly flags: ResolveFlags;
  readonly terminal: Terminal;
}

/** The pairs are synced as they were last time, but for the conflicts. */
function resolveJob({ runs, home, control, flags, terminal }: JobInput): SyncJob {
  const around = surroundings();
  return {
    pairs: runs.map(({ source, destination, options }) => locatePair({ source, destination, options }, home, around.cwd)),
    run: {
      dryRun: false,
      force: false,
      wait: flags.wait,
      transfers: undefined,
      operations: undefined,
      bandwidth: undefined,
      watch: false,
      every: undefined,
      stateDir: flags.stateDir,
      json: false,
      verbose: false,
      quiet: flags.quiet ?? false,
    },
    control,
    terminal,
    deviceFolders: deviceFolders(home, around),
    vaultOpener: lazyVaultOpener({ flags, terminal, stateHome: home }),
    openWorkspace: workspaceOpener({ around, stateHome: home }),
  };
}

async function resolveAll(job: SyncJob, handlerFor: (session: PairSession) => Promise<ConflictHandler>): Promise<number> {
  const codes: number[] = [];
  for (const pair of job.pairs) {
    const resolve = async (session: PairSession): Promise<number> =>
      exitCodeOfResult(await session.cycle({ conflictHandler: await handlerFor(session) }));
    codes.push(await withSession(job, pair, resolve));
  }
  return worstExit(codes);
}
