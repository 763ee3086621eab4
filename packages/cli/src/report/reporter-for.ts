import { SyncProgressTracker } from '@cloudsync/engine';
import type { LocatedPair } from '../pair/locate-pair.ts';
import type { SyncJob } from '../sync/sync-job.ts';
import { shellWord } from '../terminal/shell-word.ts';
import { ChangeReporter } from './change-reporter.ts';
import { JsonReporter } from './json-reporter.ts';
import type { Reporter } from './reporter.ts';
import { RunReporter } from './run-reporter.ts';

/** What tells about a whole run of a pair. */
export function reporterFor({ terminal, run, pairs, reporter }: SyncJob, pair: LocatedPair, tracker = new SyncProgressTracker()): Reporter {
  if (reporter !== undefined) return reporter(pair, tracker);
  if (run.json) return new JsonReporter(terminal, pairs.length > 1 ? pair.id : undefined);
  return new RunReporter({
    terminal,
    tracker,
    verbose: run.verbose,
    quiet: run.quiet,
    dryRun: run.dryRun,
    decide: decideCommand(pair, run.stateDir),
  });
}

/** What tells about the changes that follow, one by one. */
export function changeReporterFor({ terminal, run, pairs, reporter }: SyncJob, pair: LocatedPair): Reporter {
  if (reporter !== undefined) return reporter(pair);
  if (run.json) return new JsonReporter(terminal, pairs.length > 1 ? pair.id : undefined);
  const label = pairs.length > 1 ? pair.label : undefined;
  const changes = new ChangeReporter({
    terminal,
    verbose: run.verbose,
    quiet: run.quiet,
    label,
    decide: decideCommand(pair, run.stateDir),
  });
  changes.onNote('Watching for changes (Ctrl-C ends)');
  return changes;
}

function decideCommand({ source, destination }: LocatedPair, stateDir: string | undefined): string {
  const words = [
    'cloudsync',
    'resolve-conflicts',
    source.given,
    destination.given,
    ...(stateDir === undefined ? [] : ['--state-dir', stateDir]),
  ];
  return words.map(shellWord).join(' ');
}
