import { EXIT } from '@cloudsync/engine';
import { asError, worstExit } from '../command-line/failure.ts';
import type { StartFlags } from '../command-line/live/live-flags.ts';
import { deviceHome, stateHome, surroundings } from '../device/state-home.ts';
import { linksMeant } from '../links/find-link.ts';
import { LinkFile } from '../links/link-file.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { Agent } from './agent.ts';
import { AgentConnection } from './control/control-client.ts';
import { spawnAgent, tellParent } from './detached.ts';
import { logLine } from './log-line.ts';
import { exitCodeOfState, outcomeLine } from './outcome-text.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** `cloudsync start`. @returns the exit code */
export async function startCommand({ detach }: StartFlags, terminal: Terminal): Promise<number> {
  const around = surroundings();
  const home = deviceHome(around);
  // An agent without anything to do would be taken for one that works.
  linksMeant(new LinkFile(home).all(), undefined, around.cwd);
  if (detach !== true) return await runHere(terminal);
  await spawnAgent();
  const agent = await AgentConnection.open(home);
  const outcomes = await agent.ask('settled');
  for (const outcome of outcomes) terminal.out(outcomeLine(outcome, terminal.paintOut));
  return worstExit(outcomes.map(({ state }) => exitCodeOfState(state)));
}

/** @returns the exit code, when somebody ended it */
async function runHere(terminal: Terminal): Promise<number> {
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
  try {
    await using running = agent;
    await tellParent(undefined);
    if (!isDetached) {
      terminal.out(`Keeping ${running.status.links.length} linked folders in sync (Ctrl-C ends)`);
      const shown = new AbortController();
      void running.onLog.during(shown.signal, (entry) => terminal.out(logLine(entry, terminal.paintOut)));
    }
    await running.stopped;
  } finally {
    stop();
  }
  return EXIT.inSync;
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
