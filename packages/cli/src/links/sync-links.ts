import { EXIT, SyncError, type SyncPauseController } from '@cloudsync/engine';
import { AgentConnection } from '../agent/control/control-client.ts';
import { exitCodeOfState, outcomeLine, outcomeProblems } from '../agent/outcome-text.ts';
import { asError, errorLine, exitCodeOfError, worstExit } from '../command-line/failure.ts';
import type { SyncFlags } from '../command-line/flags.ts';
import { deviceHome, stateHome, surroundings } from '../device/state-home.ts';
import { linkOptions } from '../settings/settings.ts';
import { SettingsFile } from '../settings/settings-file.ts';
import type { RunOptions } from '../sync/run-options.ts';
import { syncOnce } from '../sync/sync-once.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { linksMeant, nameOfWorkspace } from './find-link.ts';
import { type Link, LinkFile } from './link-file.ts';
import { linkJob } from './link-job.ts';
import { pairOfLink } from './link-pair.ts';

export interface SyncLinksInput {
  readonly flags: SyncFlags;
  readonly run: RunOptions;
  readonly control: SyncPauseController;
  readonly terminal: Terminal;
}

/**
 * `cloudsync sync` without folders: one cycle of every link now, by the agent where one runs.
 * @returns the exit code
 * @throws SyncError `config/invalid` when nothing is linked, or for options that only named pairs have
 */
export async function syncLinks(input: SyncLinksInput): Promise<number> {
  const { run, terminal } = input;
  const around = surroundings();
  const home = deviceHome(around);
  const links = new LinkFile(home).all();
  if (links.length === 0)
    throw new SyncError('config/invalid', 'name two folders to sync, or link one first: cloudsync link DIR WORKSPACE');
  if (run.watch || run.every !== undefined)
    throw new SyncError('config/invalid', 'links are kept in sync by cloudsync start; --watch and --every are for two named folders');
  const agent = run.dryRun ? undefined : await AgentConnection.openIfRunning(home);
  if (agent === undefined) return await syncHere(linksMeant(links, undefined, around.cwd), input);
  const outcomes = await agent.ask('sync', { force: run.force });
  for (const outcome of outcomes) {
    if (run.json) terminal.out(JSON.stringify({ time: new Date().toISOString(), type: 'outcome', ...outcome }));
    else {
      for (const line of outcomeProblems(outcome, terminal.paintErr)) terminal.err(line);
      if (!run.quiet || exitCodeOfState(outcome.state) !== EXIT.inSync) terminal.out(outcomeLine(outcome, terminal.paintOut));
    }
  }
  return worstExit(outcomes.map(({ state }) => exitCodeOfState(state)));
}

async function syncHere(links: readonly Link[], { run, control, terminal }: SyncLinksInput): Promise<number> {
  const around = surroundings();
  const home = stateHome(run.stateDir, around);
  const settings = new SettingsFile(deviceHome(around)).read();
  const codes: number[] = [];
  for (const link of links) {
    if (link.paused) terminal.err(`${nameOfWorkspace(link.workspace)} is paused; cloudsync resume ${link.folder}`);
    if (link.paused || control.cancelled) continue;
    const options = linkOptions(link.settings, settings);
    const pair = pairOfLink(link, options, home);
    const job = linkJob({ pair, options, control, terminal, around, stateHome: home, force: run.force });
    if (links.length > 1 && !run.json && !run.quiet) terminal.out(terminal.paintOut('bold', pair.label));
    try {
      codes.push(await syncOnce({ ...job, run: { ...run, ...limitsOf(job.run) } }));
    } catch (error) {
      // What happens to one link does not keep the next from its turn.
      if (links.length === 1) throw error;
      terminal.err(errorLine(asError(error).message));
      codes.push(exitCodeOfError(error));
    }
  }
  return worstExit(codes);
}

/** The settings' limits; everything else is as it was typed. */
function limitsOf({ transfers, operations, bandwidth }: RunOptions): Pick<RunOptions, 'transfers' | 'operations' | 'bandwidth'> {
  return { transfers, operations, bandwidth };
}
