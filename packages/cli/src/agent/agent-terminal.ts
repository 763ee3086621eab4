import { paintFor, type Terminal } from '../terminal/terminal.ts';
import type { LogEntry } from './control/messages.ts';

/** Nobody sits before the agent: what a command would print goes to the log. */
export function agentTerminal(log: (entry: LogEntry) => void): Terminal {
  const write = (level: LogEntry['level']) => (text: string) => log({ time: new Date().toISOString(), level, text });
  return {
    out: write('info'),
    err: write('warn'),
    showLive: () => undefined,
    clearLive: () => undefined,
    live: false,
    interactive: false,
    canAsk: false,
    columns: () => 80,
    paintOut: paintFor(false),
    paintErr: paintFor(false),
  };
}
