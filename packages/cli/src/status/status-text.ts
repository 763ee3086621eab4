import type { LockHolder } from '@cloudsync/storages';
import type { LastRun, RunResult } from '../pair/last-run.ts';
import { formatAgo, formatCount, plural } from '../terminal/format.ts';
import { printable } from '../terminal/printable.ts';
import type { Colour, Paint } from '../terminal/terminal.ts';
import type { ShownLink } from './link-status-text.ts';

/** One pair as `cloudsync status --json` prints it. */
export interface PairStatus {
  readonly pair: string;
  readonly source: string | undefined;
  readonly destination: string | undefined;
  readonly mode: string | undefined;
  /** ISO 8601. */
  readonly lastSync: string | undefined;
  readonly result: RunResult | 'unreadable';
  readonly message: string | undefined;
  readonly files: LastRun['files'];
  readonly failed: number;
  readonly conflictsLeft: number;
  /** The run that works on the pair now. */
  readonly running: LockHolder | undefined;
  /** The process that keeps the pair in sync. */
  readonly watching: LockHolder | undefined;
  /** For a folder that is linked with a workspace. */
  readonly link: ShownLink | undefined;
}

const RESULTS: Record<PairStatus['result'], readonly [Colour, string]> = {
  unfinished: ['yellow', 'the first sync has not ended yet'],
  'in-sync': ['green', 'in sync'],
  'paths-failed': ['red', 'some paths failed'],
  'conflicts-left': ['yellow', 'conflicts left'],
  stopped: ['red', 'nothing was synced'],
  cancelled: ['yellow', 'cancelled; the next sync goes on'],
  error: ['red', 'failed'],
  unreadable: ['yellow', 'the record of the last run cannot be read; the next sync writes it again'],
};

/** A few lines about a pair, for people. */
export function statusLines(status: PairStatus, nowMs: number, paint: Paint): string[] {
  const { source, destination, mode, lastSync, files, failed, conflictsLeft, running, watching } = status;
  const [colour, result] = RESULTS[status.result];
  const detail = [failed > 0 && plural(failed, 'path'), conflictsLeft > 0 && plural(conflictsLeft, 'conflict')].filter(
    (part) => part !== false,
  );
  const because = status.message === undefined ? '' : `: ${printable(status.message)}`;
  const lines: (readonly [string, string] | false)[] = [
    lastSync !== undefined && ['Last sync', formatAgo(Date.parse(lastSync), nowMs)],
    ['Status', paint(colour, result) + (detail.length > 0 ? ` (${detail.join(', ')})` : because)],
    files !== undefined && [
      'Files',
      files.source === files.destination ? formatCount(files.source) : `${formatCount(files.source)} and ${formatCount(files.destination)}`,
    ],
    mode !== undefined && ['Mode', mode],
    running !== undefined && ['Running', holderText(running, nowMs)],
    watching !== undefined && ['Watching', holderText(watching, nowMs)],
    conflictsLeft > 0 && ['Decide', 'cloudsync resolve-conflicts'],
  ];
  const head = source === undefined || destination === undefined ? status.pair : `${printable(source)} ↔ ${printable(destination)}`;
  return [paint('bold', head), ...lines.filter((line) => line !== false).map(([name, text]) => `  ${`${name}:`.padEnd(11)} ${text}`)];
}

function holderText({ pid, host, since }: LockHolder, nowMs: number): string {
  return `process ${pid} on ${printable(host)}, started ${formatAgo(Date.parse(since), nowMs)}`;
}
