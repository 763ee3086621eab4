import { type Contestant, OURS } from './contestant.ts';
import type { Measurement } from './measure.ts';
import type { RowResults } from './run-scenario.ts';
import type { Row } from './scenario.ts';

export interface RowReport {
  readonly row: Row;
  readonly lines: readonly ToolReport[];
}

export interface ToolReport {
  readonly tool: Contestant;
  readonly medianSeconds: number;
  readonly fastestSeconds: number;
  readonly slowestSeconds: number;
  /** How many of this tool's times CloudSync takes: median of the ratios within each repetition. Below 1 it is faster. */
  readonly cloudsyncRatio: number | undefined;
  readonly peakBytes: number | undefined;
  /** By how much what the tool stores grew, at most. */
  readonly storedBytes: number | undefined;
}

/** The most that CloudSync may take of a tool's time in a row, as the issues ask for; undefined where they ask nothing. */
export type Goals = (tool: Contestant, row: Row) => number | undefined;

/** Boils the measurements of a row down, one line a tool in the order they ran. */
export function reportRow(row: Row, results: RowResults): RowReport {
  const ours = [...results].find(([tool]) => tool.id === OURS)?.[1];
  return { row, lines: [...results].map(([tool, measurements]) => reportTool(tool, measurements, ours)) };
}

function reportTool(tool: Contestant, measurements: readonly Measurement[], ours: readonly Measurement[] | undefined): ToolReport {
  const seconds = measurements.map((each) => each.seconds);
  return {
    tool,
    medianSeconds: median(seconds),
    fastestSeconds: Math.min(...seconds),
    slowestSeconds: Math.max(...seconds),
    cloudsyncRatio: ours && median(seconds.map((theirs, repetition) => (ours[repetition] as Measurement).seconds / theirs)),
    peakBytes: largest(measurements.map((each) => each.peakBytes)),
    storedBytes: largest(measurements.map((each) => each.storedBytes)),
  };
}

function largest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

/** @throws RangeError when there is nothing to take the middle of */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('the median of nothing');
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] as number;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] as number;
  return (lower + upper) / 2;
}

/** All ratios in one table: a row of the bench a line, a tool a column. A goal that was missed carries its limit. */
export function formatOverview(reports: readonly RowReport[], tools: readonly Contestant[], goals: Goals): string {
  const others = tools.filter((tool) => tool.id !== OURS);
  const body = reports.map(({ row, lines }) => [
    row.title,
    ...others.map(({ id }) => {
      const line = lines.find(({ tool }) => tool.id === id);
      return line === undefined ? '' : ratioCell(line, goals(line.tool, row));
    }),
  ]);
  return formatTable(['', ...others.map((tool) => tool.title)], body);
}

function ratioCell({ cloudsyncRatio }: ToolReport, goal: number | undefined): string {
  if (cloudsyncRatio === undefined) return '';
  const missed = goal !== undefined && cloudsyncRatio > goal;
  return `${cloudsyncRatio.toFixed(2)} ×${missed ? ` (goal ${goal.toFixed(1)})` : ''}`;
}

/** One row of the bench, as a Markdown table that reads well in a terminal too. */
export function formatRow({ row, lines }: RowReport, goals: Goals): string {
  const stores = lines.some((line) => line.storedBytes !== undefined);
  const table = lines.map((line) => [
    line.tool.title,
    `${line.medianSeconds.toFixed(3)} s`,
    `${line.fastestSeconds.toFixed(3)} – ${line.slowestSeconds.toFixed(3)}`,
    line.tool.id === OURS || line.cloudsyncRatio === undefined ? '' : `${line.cloudsyncRatio.toFixed(2)} ×`,
    verdict(line, goals(line.tool, row)),
    line.peakBytes === undefined ? 'not measured' : `${(line.peakBytes / 1e6).toFixed(0)} MB`,
    ...(stores ? [line.storedBytes === undefined ? '' : `${(line.storedBytes / 1e6).toFixed(3)} MB`] : []),
  ]);
  const head = ['tool', 'median', 'fastest – slowest', 'CloudSync takes', 'goal', 'peak memory', ...(stores ? ['stored anew'] : [])];
  return `### ${row.title}\n\n${formatTable(head, table)}`;
}

function verdict({ cloudsyncRatio }: ToolReport, goal: number | undefined): string {
  if (goal === undefined || cloudsyncRatio === undefined) return '';
  return `≤ ${goal.toFixed(1)} ×: ${cloudsyncRatio <= goal ? 'reached' : 'missed'}`;
}

export function formatTable(head: readonly string[], body: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...body.map((cells) => (cells[column] as string).length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] as number)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}
