import { randomFillSync } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Chunker, DEFAULT_CHUNKER } from '@cloudsync/content';
import type { Bench } from '../bench.ts';
import { withScratch } from '../bench-options.ts';
import { describeMachine } from '../machine.ts';
import { formatTable } from '../report.ts';
import { writeSection } from '../results-file.ts';
import { gearCuts } from './gear.ts';
import { measureIngest } from './ingest.ts';
import { deduplicated, fetchReleases, PACKAGE, VERSIONS } from './releases.ts';
import { type Cut, EDITS, resentPerEdit } from './resent.ts';
import { everydaySamples, poorSamples, type Sample } from './samples.ts';
import { measureCutting, measureHashing, type Speed } from './speed.ts';

const HELP = `npm run bench -- content [options]

Measures the chunker and the ingest: speed, bytes re-sent per edit beside a gear-based FastCDC, deduplication over releases of a
package (fetched with npm), content that is hard to cut, and how the main thread fares meanwhile.

  --dir DIR     where files are made, on the disk to measure; the system's temporary folder when not given
  --scale X     smaller files and samples, for a quick look; the results then mean little
  --offline     without the releases
  --write       put the results into bench/RESULTS.md
`;

interface Options {
  readonly dir: string;
  readonly scale: number;
  readonly offline: boolean;
  readonly write: boolean;
}

const GiB = 2 ** 30;
const SAMPLE_BYTES = 32 << 20;
const EDITS_PER_SAMPLE = 100;
const ROUNDS = 5;
/** Goals of issue 3. */
const RESENT_MAX = 1.15;
const GOALS = { kernel: 5, oneThread: 1.2, twoThreads: 2, delayMs: 20 };

export const contentBench: Bench = {
  name: 'content',
  about: 'the chunker and the ingest: speed, bytes re-sent, deduplication',
  help: () => HELP,
  run: async (argv) => {
    const options = readOptions(argv);
    const text = await withScratch(options.dir, (scratch) => runAll(options, scratch));
    process.stdout.write(text);
    if (options.write) writeSection('content', text);
  },
};

function readOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      dir: { type: 'string', default: tmpdir() },
      scale: { type: 'string', default: '1' },
      offline: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
    },
  });
  const scale = Number(values.scale);
  if (!(scale > 0 && scale <= 1)) throw new RangeError(`--scale takes a number above 0 up to 1, not ${JSON.stringify(values.scale)}`);
  return { dir: resolve(values.dir), scale, offline: values.offline, write: values.write };
}

async function runAll({ scale, offline }: Options, scratch: string): Promise<string> {
  const shrunk = scale === 1 ? '' : ` Shrunk to ${scale} of the size, so it says little.`;
  const opening = `## The chunker and the ingest

Made by \`npm run bench -- content --write\` on ${new Date().toISOString().slice(0, 10)}.${shrunk} Chunks of ${sizesText()}. "gear" is FastCDC with a gear hash in
JavaScript, in [src/content/gear.ts](src/content/gear.ts). Edits are made in ${EDITS_PER_SAMPLE} places of ${mebibytes(SAMPLE_BYTES * scale)}.

${describeMachine(scratch)
  .map((fact) => `- ${fact}`)
  .join('\n')}`;
  const bytes = Math.floor(SAMPLE_BYTES * scale);
  const sections = [opening, await speeds(scratch, Math.floor(GiB * scale)), resent(everydaySamples(bytes)), poor(poorSamples(bytes))];
  if (!offline) sections.push(releases(scratch));
  return `${sections.join('\n\n')}\n`;
}

async function speeds(scratch: string, bytes: number): Promise<string> {
  const path = join(scratch, 'big');
  writeNoise(path, bytes);
  const cutting = measureCutting(Math.min(bytes, 256 << 20), ROUNDS);
  const one = await measureHashing(path, bytes, { threads: 1, rounds: ROUNDS });
  const two = await measureHashing(path, bytes, { threads: 2, rounds: ROUNDS });
  const ingest = await measureIngest(path, scratch);
  const whole = mebibytes(bytes);
  return `### Speed

${formatTable(
  ['', 'measured', 'goal'],
  [
    ['kernel, over 4 MiB at a time as an ingest uses it', gigabytes(cutting.kernel), atLeast(cutting.kernel, GOALS.kernel)],
    ['kernel, over 256 MiB in memory', gigabytes(cutting.kernelInLargeMemory), ''],
    ['its twin in TypeScript', gigabytes(cutting.twin), ''],
    ['gear in JavaScript', gigabytes(cutting.gear), ''],
    [`read, cut and hash the chunks of ${whole}, one thread`, both(one), atLeast(one.clock, GOALS.oneThread)],
    [`the same, two threads`, both(two), atLeast(two.clock, GOALS.twoThreads)],
    [`ingest of ${whole} into packs on disk, encrypted, with the hash of the whole`, both(ingest.speed), ''],
    ['delay of the main thread meanwhile, 99th percentile', `${ingest.delayP99Ms.toFixed(1)} ms`, below(ingest.delayP99Ms, GOALS.delayMs)],
  ],
)}`;
}

/** Bytes that travel again for an edit, ours as a part of gear's. */
function resent(samples: readonly Sample[]): string {
  const body = samples.map(({ name, bytes }) => {
    const cells = EDITS.map((edit) => {
      const task = { edit, edits: EDITS_PER_SAMPLE, maximum: DEFAULT_CHUNKER.maximum };
      const [ours, gear] = [resentPerEdit(bytes, ourCuts, task).perEdit, resentPerEdit(bytes, gearCut, task).perEdit];
      const ratio = ours / gear;
      return `${kibibytes(ours)}, ${ratio.toFixed(2)} ×${ratio <= RESENT_MAX ? '' : ` (goal ${RESENT_MAX})`}`;
    });
    return [name, ...cells];
  });
  const head = ['', 'insert 1–200 bytes', 'delete 1–200 bytes', 'move 256 KiB'];
  return `### Bytes re-sent per edit, and as a part of gear’s\n\n${formatTable(head, body)}`;
}

function poor(samples: readonly Sample[]): string {
  const body = samples.map(({ name, bytes }) => {
    const task = { edit: 'insert', edits: EDITS_PER_SAMPLE, maximum: DEFAULT_CHUNKER.maximum } as const;
    return [name, ...[ourCuts, gearCut].flatMap((cut) => poorCells(bytes, cut, task))];
  });
  const head = ['', 'average chunk', 'of the maximum', 're-sent per insertion', 'gear: average', 'of the maximum', 're-sent'];
  return `### Content that is hard to cut\n\n${formatTable(head, body)}`;
}

function poorCells(bytes: Uint8Array, cut: Cut, task: Parameters<typeof resentPerEdit>[2]): string[] {
  const { perEdit, chunks, atMaximum } = resentPerEdit(bytes, cut, task);
  return [kibibytes(bytes.length / chunks), `${Math.round((100 * atMaximum) / chunks)} %`, kibibytes(perEdit)];
}

function releases(scratch: string): string {
  const contents = fetchReleases(scratch);
  const body = [
    ['ours', ourCuts],
    ['gear', gearCut],
  ].map(([name, cut]) => {
    const { all, kept } = deduplicated(contents, cut as Cut);
    return [name as string, mebibytes(all), mebibytes(kept), `${(all / kept).toFixed(2)} ×`];
  });
  return `### Releases of a package

The unpacked archives of ${PACKAGE} ${VERSIONS.join(', ')}, equal chunks kept once.

${formatTable(['', 'all releases', 'kept', 'deduplication'], body)}`;
}

function ourCuts(bytes: Uint8Array): number[] {
  const chunker = new Chunker();
  return [...chunker.push(bytes), ...chunker.end()];
}

function gearCut(bytes: Uint8Array): number[] {
  return gearCuts(bytes, DEFAULT_CHUNKER);
}

function writeNoise(path: string, bytes: number): void {
  const file = openSync(path, 'w');
  const block = Buffer.allocUnsafe(8 << 20);
  for (let at = 0; at < bytes; at += block.length) writeSync(file, randomFillSync(block), 0, Math.min(block.length, bytes - at));
  closeSync(file);
}

function sizesText(): string {
  const { minimum, average, maximum } = DEFAULT_CHUNKER;
  return `${minimum / 1024} to ${maximum / 1024} KiB, ${average / 1024} KiB on average`;
}

function atLeast(value: number, goal: number): string {
  return `≥ ${goal.toFixed(1)} GB/s: ${value >= goal ? 'reached' : 'missed'}`;
}

function below(value: number, goal: number): string {
  return `< ${goal} ms: ${value < goal ? 'reached' : 'missed'}`;
}

function both({ clock, processor }: Speed): string {
  return `${gigabytes(clock)}; ${processor.toFixed(2)} a second of processor time`;
}

function gigabytes(value: number): string {
  return `${value.toFixed(2)} GB/s`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}

function kibibytes(bytes: number): string {
  return `${(bytes / 1024).toFixed(0)} KiB`;
}
