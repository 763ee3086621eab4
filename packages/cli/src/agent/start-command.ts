import { EXIT, SyncError } from '@cloudsync/engine';
import { asError, worstExit } from '../command-line/failure.ts';
import type { StartFlags } from '../command-line/live/live-flags.ts';
import { deviceHome, stateHome, surroundings } from '../device/state-home.ts';
import { linksMeant } from '../links/find-link.ts';
import { LinkFile } from '../links/link-file.ts';
import { plural } from '../terminal/format.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { Agent } from './agent.ts';
import { AgentConnection } from './control/control-client.ts';
import { spawnAgent, tellParent } from './detached.ts';
import { logLine } from './log-line.ts';
import { exitCodeOfState, outcomeLine, outcomeProblems } from './outcome-text.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** `cloudsync start`. @returns the exit code */
export async function startCommand({ detach, json }: StartFlags, terminal: Terminal): Promise<number> {
  const around = surroundings();
  const home = deviceHome(around);
  // An agent without anything to do would be taken for one that works.
  linksMeant(new LinkFile(home).all(), undefined, around.cwd);
  if (detach !== true) return await runHere(json === true, terminal);
  if (json === true) throw new SyncError('config/invalid', '--json tells what happens while it runs; leave out --detach');
  await spawnAgent();
  const agent = await AgentConnection.open(home);
  const outcomes = await agent.ask('settled');
  for (const outcome of outcomes) {
    for (const line of outcomeProblems(outcome, terminal.paintErr)) terminal.err(line);
    terminal.out(outcomeLine(outcome, terminal.paintOut));
  }
  return worstExit(outcomes.map(({ state }) => exitCodeOfState(state)));
}

/** @returns the exit code, when somebody ended it */
async function runHere(json: boolean, terminal: Terminal): Promise<number> {
  const around = surroundings();
  const isDetached = process.send !== undefined;
  let agent: Agent;
  try {
    agent = await Agent.start({ around, stateHome: stateHome(undefined, around) });
  } catch (error) {
    await tellParent(asError(error));
    throw error;
  }
  const stop = stopOnSignals(agent);
  const noteDefect = (error: unknown): void => agent.log('error', `ended by a defect: ${asError(error).stack ?? error}`);
  // Nobody sees what a process in the background writes before it dies.
  process.on('uncaughtExceptionMonitor', noteDefect);
  try {
    await using running = agent;
    await tellParent(undefined);
    if (!isDetached) tell(running, json, terminal);
    await running.stopped;
  } finally {
    stop();
    process.off('uncaughtExceptionMonitor', noteDefect);
  }
  return EXIT.inSync;
}

/** For people the lines of the log; for programs each change, and the status whenever it is another one (docs/formats/agent.md). */
function tell(agent: Agent, json: boolean, terminal: Terminal): void {
  // As long as the process runs.
  const { signal } = new AbortController();
  if (!json) {
    const { links } = agent.status;
    terminal.out(`Keeping ${plural(links.length, 'linked folder')} in sync (Ctrl-C ends)`);
    void agent.onLog.during(signal, (entry) => terminal.out(logLine(entry, terminal.paintOut)));
    return;
  }
  const write = (type: string) => (event: object) => terminal.out(JSON.stringify({ time: new Date().toISOString(), type, ...event }));
  void agent.onStatus.during(signal, write('status'));
  void agent.onChange.during(signal, write('change'));
  write('status')(agent.status);
}

/** The first signal ends it cleanly, the second at once. */
function stopOnSignals(agent: Agent): () => void {
  let isStopping = false;
  const listener = (): void => {
    if (isStopping) process.exit(EXIT.cancelled);
    isStopping = true;
    agent.stop();
  };
  for (const signal of SIGNALS) process.on(signal, listener);
  return () => {
    for (const signal of SIGNALS) process.off(signal, listener);
  };
}
