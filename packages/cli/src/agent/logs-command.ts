import type { LogsFlags } from '../command-line/live/live-flags.ts';
import { deviceHome, surroundings } from '../device/state-home.ts';
import { parseCount } from '../options/count.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { AgentConnection } from './control/control-client.ts';
import type { LogEntry } from './control/messages.ts';
import { readLog } from './log-file.ts';
import { logLine } from './log-line.ts';

const LINES = 50;

/** `cloudsync logs`. @returns the exit code */
export async function logsCommand({ follow, lines, json }: LogsFlags, terminal: Terminal): Promise<number> {
  const home = deviceHome(surroundings());
  const count = lines === undefined ? LINES : parseCount('--lines', lines);
  const show = (entry: LogEntry): void => terminal.out(json === true ? JSON.stringify(entry) : logLine(entry, terminal.paintOut));
  const agent = follow === true ? await AgentConnection.open(home) : undefined;
  readLog(home, count).forEach(show);
  if (agent !== undefined) for await (const entry of agent.events('log')) show(entry);
  return 0;
}
