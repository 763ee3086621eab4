import { SyncError } from '@cloudsync/engine';
import type { SyncFlags } from '../command-line/flags.ts';
import { parseCount } from '../options/count.ts';
import { parseSchedule, type Schedule } from '../options/schedule.ts';
import { type Bandwidth, parseBandwidth } from '../options/size.ts';

/** How this command runs, whatever the pair. */
export interface RunOptions {
  readonly dryRun: boolean;
  readonly force: boolean;
  readonly wait: boolean;
  readonly transfers: number | undefined;
  readonly operations: number | undefined;
  readonly bandwidth: Bandwidth | undefined;
  readonly watch: boolean;
  readonly every: Schedule | undefined;
  readonly stateDir: string | undefined;
  readonly json: boolean;
  readonly verbose: boolean;
  readonly quiet: boolean;
}

/** @throws SyncError `config/invalid` */
export function parseRunOptions(flags: SyncFlags): RunOptions {
  const { dryRun = false, watch = false, json = false, verbose = false, quiet = false } = flags;
  if (dryRun && (watch || flags.every !== undefined))
    throw new SyncError('config/invalid', '--dry-run shows one plan and ends; leave out --watch and --every');
  if (quiet && verbose) throw new SyncError('config/invalid', '--quiet and --verbose exclude each other');
  const every = flags.every === undefined ? undefined : parseSchedule(flags.every);
  if (watch && every !== undefined && 'cron' in every)
    throw new SyncError('config/invalid', '--watch takes --every as the time between two looks at everything: 10m, not a cron line');
  return {
    dryRun,
    force: flags.force ?? false,
    wait: flags.wait,
    transfers: flags.transfers === undefined ? undefined : parseCount('--transfers', flags.transfers),
    operations: flags.operations === undefined ? undefined : parseCount('--operations', flags.operations),
    bandwidth: flags.bwlimit === undefined ? undefined : parseBandwidth(flags.bwlimit),
    watch,
    every,
    stateDir: flags.stateDir,
    json,
    verbose,
    quiet,
  };
}
