import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeMachine } from './machine.ts';
import { measure } from './measure.ts';
import { formatOverview, formatRow, type RowReport, reportRow } from './report.ts';
import { runScenario } from './run-scenario.ts';
import { type Row, type Scenario, scenarios } from './scenarios.ts';
import { findTools, type Tool } from './tools.ts';

const RESULTS = fileURLToPath(new URL('../RESULTS.md', import.meta.url));

const HELP = `npm run bench -- local [options]

Keeps two local folders the same with CloudSync and with every tool that is installed (rsync, unison, rclone).

  --rows IDS    only these, comma-separated: small-first, small-unchanged, small-changed, big-first, big-unchanged,
                big-inserted, many-unchanged
  --tools IDS   CloudSync beside only these: rsync, rsync-fsync, unison, rclone-sync, rclone-bisync
  --reps N      repetitions, 3 when not given
  --dir DIR     where the trees are made, on the disk to measure; the system's temporary folder when not given
  --scale X     shrink the trees, for a quick look; the results then mean little
  --write       put the results into bench/RESULTS.md
`;

interface Options {
  readonly tools: readonly Tool[];
  readonly rows: ReadonlySet<string>;
  readonly repetitions: number;
  readonly dir: string;
  readonly scale: number;
  readonly write: boolean;
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options === undefined) return;
  const scratch = mkdtempSync(join(options.dir, 'cloudsync-bench-'));
  const removeScratch = (): void => rmSync(scratch, { recursive: true, force: true });
  process.once('SIGINT', () => {
    removeScratch();
    process.exit(130);
  });
  try {
    const text = await runAll(options, scratch);
    process.stdout.write(text);
    if (options.write) writeFileSync(RESULTS, text);
  } finally {
    removeScratch();
  }
}

function readOptions(): Options | undefined {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rows: { type: 'string' },
      tools: { type: 'string' },
      reps: { type: 'string', default: '3' },
      dir: { type: 'string', default: tmpdir() },
      scale: { type: 'string', default: '1' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help || positionals.length !== 1 || positionals[0] !== 'local') {
    process.stdout.write(HELP);
    process.exitCode = values.help ? 0 : 2;
    return undefined;
  }
  const scale = positive(values.scale, '--scale');
  const known = scenarios(scale).flatMap(rowsOf);
  const [cloudsync, ...others] = findTools();
  return {
    rows: new Set(chosen(values.rows, known, '--rows').map((row) => row.id)),
    tools: [cloudsync, ...chosen(values.tools, others, '--tools')],
    repetitions: positive(values.reps, '--reps'),
    dir: resolve(values.dir),
    scale,
    write: values.write,
  };
}

function positive(text: string, option: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new RangeError(`${option} takes a number above 0, not ${JSON.stringify(text)}`);
  return value;
}

function chosen<Item extends { readonly id: string }>(ids: string | undefined, from: readonly Item[], option: string): readonly Item[] {
  if (ids === undefined) return from;
  return ids
    .split(',')
    .filter(Boolean)
    .map((id) => {
      const found = from.find((item) => item.id === id);
      if (found === undefined) throw new RangeError(`${option}: ${id} is not one of ${from.map((item) => item.id).join(', ')} here`);
      return found;
    });
}

function rowsOf(scenario: Scenario): Row[] {
  return scenario.steps.flatMap((step) => step.row ?? []);
}

async function runAll(options: Options, scratch: string): Promise<string> {
  const opening = introduction(options, scratch);
  const emptyNode = await measure({ argv: [process.execPath, '--eval', ''] }, scratch);
  const reports: RowReport[] = [];
  const sections: string[] = [];
  for (const scenario of scenarios(options.scale)) {
    const folder = mkdtempSync(join(scratch, 'scenario-'));
    const results = await runScenario(scenario, { ...options, scratch: folder, say: (line) => process.stderr.write(`${line}\n`) });
    for (const row of rowsOf(scenario)) {
      const ofRow = results.get(row.id);
      if (ofRow === undefined) continue;
      const report = reportRow(row, ofRow);
      reports.push(report);
      sections.push(formatRow(report) + memoryPerFile(report, scenario, emptyNode.peakBytes));
    }
    rmSync(folder, { recursive: true });
  }
  return `${[opening, formatOverview(reports, options.tools), '## Row by row', ...sections].join('\n\n')}\n`;
}

/** The goal of issue 2 for the big tree: under 500 bytes a file above an empty Node process. */
function memoryPerFile({ row, lines }: RowReport, scenario: Scenario, emptyNodeBytes: number | undefined): string {
  const ours = lines.find((line) => line.tool.id === 'cloudsync')?.peakBytes;
  if (row.id !== 'many-unchanged' || ours === undefined || emptyNodeBytes === undefined) return '';
  const bytes = (ours - emptyNodeBytes) / scenario.files;
  return `\n\nCloudSync above an empty Node process (${(emptyNodeBytes / 1e6).toFixed(0)} MB): ${bytes.toFixed(0)} bytes of memory a file; goal under 500: ${bytes < 500 ? 'reached' : 'missed'}.`;
}

function introduction(options: Options, scratch: string): string {
  const shrunk = options.scale === 1 ? '' : ` The trees were shrunk to ${options.scale} of their size, so they say little.`;
  return `# Two local folders, measured side by side

Made by \`npm run bench -- local --write\` on ${new Date().toISOString().slice(0, 10)}; ${options.repetitions} repetitions, the tools in turn within each.${shrunk}
Every run was followed by a comparison of the two folders: names, content, permission bits, mtimes.
A time is only good beside the other times of the same run: another machine gives other times and about the same ratios.
"0.40 ×" means that CloudSync needs 0.40 of that tool's time (median of the ratios within each repetition). Goals are those of the issue that
this bench comes from; [README.md](README.md) says what they are and what stands in the way of those that are missed.
Times include the start of the process. Caches are warm, and what earlier runs wrote is on disk before the next one starts.
Peak memory is that of the tool's biggest process, in the worst repetition.

${describeMachine(scratch).map(asItem).join('\n')}

How each tool was called:

${options.tools.map((tool) => asItem(`${tool.title} ${tool.version}: \`${tool.how}\` (${tool.note})`)).join('\n')}`;
}

function asItem(text: string): string {
  return `- ${text}`;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`bench: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
