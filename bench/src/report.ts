import type { Measurement } from './measure.ts';
import type { RowResults } from './run-scenario.ts';
import type { Row } from './scenarios.ts';
import type { Tool } from './tools.ts';

export interface RowReport {
  readonly row: Row;
  readonly lines: readonly ToolReport[];
}

export interface ToolReport {
  readonly tool: Tool;
  readonly medianSeconds: number;
  readonly fastestSeconds: number;
  readonly slowestSeconds: number;
  /** How many of this tool's times CloudSync takes: median of the ratios within each repetition. Below 1 it is faster. */
  readonly cloudsyncRatio: number | undefined;
  readonly peakBytes: number | undefined;
}

/** Boils the measurements of a row down, one line a tool in the order they ran. */
export function reportRow(row: Row, results: RowResults): RowReport {
  const ours = [...results].find(([tool]) => tool.id === 'cloudsync')?.[1];
  return { row, lines: [...results].map(([tool, measurements]) => reportTool(tool, measurements, ours)) };
}

function reportTool(tool: Tool, measurements: readonly Measurement[], ours: readonly Measurement[] | undefined): ToolReport {
  const seconds = measurements.map((each) => each.seconds);
  const peaks = measurements.flatMap((each) => each.peakBytes ?? []);
  return {
    tool,
    medianSeconds: median(seconds),
    fastestSeconds: Math.min(...seconds),
    slowestSeconds: Math.max(...seconds),
    cloudsyncRatio: ours && median(seconds.map((theirs, repetition) => (ours[repetition] as Measurement).seconds / theirs)),
    peakBytes: peaks.length === 0 ? undefined : Math.max(...peaks),
  };
}

/** @throws RangeError when there is nothing to take the middle of */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('the median of nothing');
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] as number;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] as number;
  return (lower + upper) / 2;
}

/** The goals of issue 2: the most that CloudSync may take of a tool's time. */
function goalFor(tool: Tool, row: Row): number | undefined {
  if (tool.id === 'unison' || tool.id === 'rclone-bisync') return 0.5;
  if (tool.id === 'rsync' && row.id.endsWith('-first')) return 1;
  if (tool.id === 'rsync' && row.id.endsWith('-unchanged')) return 1.5;
  return undefined;
}

/** All ratios in one table: a row of the bench a line, a tool a column. A goal that was missed carries its limit. */
export function formatOverview(reports: readonly RowReport[], tools: readonly Tool[]): string {
  const others = tools.filter((tool) => tool.id !== 'cloudsync');
  const body = reports.map(({ row, lines }) => [row.title, ...others.map((tool) => ratioCell(lines, tool, row))]);
  return `## CloudSync’s time as a part of theirs\n\n${formatTable(['', ...others.map((tool) => tool.title)], body)}`;
}

function ratioCell(lines: readonly ToolReport[], tool: Tool, row: Row): string {
  const line = lines.find((each) => each.tool.id === tool.id);
  if (line?.cloudsyncRatio === undefined) return '';
  const goal = goalFor(tool, row);
  const missed = goal !== undefined && line.cloudsyncRatio > goal;
  return `${line.cloudsyncRatio.toFixed(2)} ×${missed ? ` (goal ${goal.toFixed(1)})` : ''}`;
}

/** One row of the bench, as a Markdown table that reads well in a terminal too. */
export function formatRow({ row, lines }: RowReport): string {
  const table = lines.map((line) => [
    line.tool.title,
    `${line.medianSeconds.toFixed(3)} s`,
    `${line.fastestSeconds.toFixed(3)} – ${line.slowestSeconds.toFixed(3)}`,
    line.tool.id === 'cloudsync' || line.cloudsyncRatio === undefined ? '' : `${line.cloudsyncRatio.toFixed(2)} ×`,
    verdict(line, row),
    line.peakBytes === undefined ? 'not measured' : `${(line.peakBytes / 1e6).toFixed(0)} MB`,
  ]);
  return `### ${row.title}\n\n${formatTable(['tool', 'median', 'fastest – slowest', 'CloudSync takes', 'goal', 'peak memory'], table)}`;
}

function verdict(line: ToolReport, row: Row): string {
  const goal = goalFor(line.tool, row);
  if (goal === undefined || line.cloudsyncRatio === undefined) return '';
  return `≤ ${goal.toFixed(1)} ×: ${line.cloudsyncRatio <= goal ? 'reached' : 'missed'}`;
}

function formatTable(head: readonly string[], body: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...body.map((cells) => (cells[column] as string).length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] as number)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}
