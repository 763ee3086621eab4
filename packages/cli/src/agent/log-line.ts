import { formatTime } from '../terminal/format.ts';
import { printable } from '../terminal/printable.ts';
import type { Paint } from '../terminal/terminal.ts';
import type { LogEntry } from './control/messages.ts';

/** `2026-11-21 15:04:05 notes: → new      plan.txt  (12 B)  9 ms`. */
export function logLine({ time, level, link, text }: LogEntry, paint: Paint): string {
  const said = printable(link === undefined ? text : `${link}: ${text}`);
  return `${paint('dim', formatTime(Date.parse(time)))} ${level === 'info' ? said : paint(level === 'warn' ? 'yellow' : 'red', said)}`;
}
