import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OURS } from '../contestant.ts';
import type { Measurement } from '../measure.ts';
import type { Goals } from '../report.ts';
import type { ScenarioReport } from '../report-scenarios.ts';
import type { Folders } from '../run-scenario.ts';
import type { Step } from '../scenario.ts';
import { scenarioBench } from '../scenario-bench.ts';
import { treeDifference } from '../tree-difference.ts';
import { ourLiveTool } from './cloudsync-live.ts';
import type { LivePlaces, LiveTool } from './live-tool.ts';
import { type LiveStep, liveScenarios } from './scenarios.ts';
import { syncthing } from './syncthing.ts';
import { type WireBytes, wireBytes } from './wire.ts';

/** Goals of issue 4: seconds that CloudSync may take, whatever others take. */
const SECONDS_MAX: Readonly<Record<string, number>> = {
  edit: 0.015,
  'edit-p95': 0.04,
  'many-edit': 0.015,
  'many-edit-p95': 0.04,
  'many-idle': 0.15,
  burst: 1,
  first: 8,
  'big-first': 8,
  'big-inserted': 3,
  'big-renamed': 0.5,
};
const WIRE_BYTES_MAX: Readonly<Record<string, number>> = { 'big-inserted': 2 ** 20, 'big-renamed': 64 * 2 ** 10 };
const SAME_MS_MAX = 30_000;
const LOOK_AGAIN_MS = 100;

const goals: Goals = (tool, row) => (tool.id === OURS || row.id === 'many-idle' ? undefined : 1);

/** What went over the wire last, by row and tool. */
const wire = new Map<string, WireBytes>();

export const liveBench = scenarioBench<LiveTool>({
  name: 'live',
  about: 'two devices that stay in sync, beside Syncthing',
  description: `Keeps the folders of two devices on this machine in sync, with CloudSync through a server, and with Syncthing from one to the other
(Debian's package syncthing). Bytes on the wire are those that the kernel counts (ss, of Debian's package iproute2).`,
  title: 'Live',
  checks: `Each tool has its own two folders and its own daemons, which talk over loopback. A time ends when the last file is complete on the
second device's disk; after it the two folders were compared: names, content, permission bits, mtimes. Peak memory is that of all
daemons of a tool together.`,
  findTools: () => [ourLiveTool(), ...syncthing()],
  scenarios: liveScenarios,
  runStep: liveSteps(),
  goals,
  otherGoals,
});

/** Starts the daemons, does what the row is about, stops them: no row pays for another, and nothing is left running. */
function liveSteps(): (tool: LiveTool, step: Step, folders: Folders) => Promise<Measurement> {
  /** Of the last step of each tool. */
  const lastTimes = new Map<string, readonly number[]>();
  return async (tool, step, { source, own }) => {
    // All steps of these scenarios are.
    const { row, fresh, perform, part = 0.5, sameAsBefore } = step as LiveStep;
    const earlier = sameAsBefore ? lastTimes.get(own) : undefined;
    if (earlier !== undefined) return { seconds: atPart(earlier, part), peakBytes: undefined };
    const places = { a: join(own, 'a'), b: join(own, 'b'), state: join(own, 'state') };
    const ready = join(own, 'ready');
    if (fresh) startAfresh(own, source, ready);
    const pair = await tool.start(places);
    try {
      const before = wireBytes(pair.wirePorts);
      const times = await perform({ pair, places, ready });
      const peakBytes = pair.daemons.reduce((sum, daemon) => sum + daemon.peakBytes, 0);
      await becomeSame(tool, places);
      const after = wireBytes(pair.wirePorts);
      if (row && before && after) wire.set(`${row.id} ${tool.id}`, { up: after.up - before.up, down: after.down - before.down });
      lastTimes.set(own, times);
      return { seconds: atPart(times, part), peakBytes };
    } finally {
      await pair.stop();
    }
  };
}

function startAfresh(own: string, source: string, ready: string): void {
  rmSync(own, { recursive: true, force: true });
  mkdirSync(own, { recursive: true });
  cpSync(source, ready, { recursive: true, preserveTimestamps: true });
}

/** The file that a time is about came last, but attributes of folders may come after it. */
async function becomeSame(tool: LiveTool, { a, b }: LivePlaces): Promise<void> {
  const started = performance.now();
  for (;;) {
    const difference = treeDifference(a, b);
    if (difference === undefined) return;
    if (performance.now() - started > SAME_MS_MAX) throw new Error(`${tool.title} did not bring everything over: ${difference}`);
    await sleep(LOOK_AGAIN_MS);
  }
}

/** The time that this part of all times does not exceed. */
function atPart(times: readonly number[], part: number): number {
  const sorted = [...times].sort((x, y) => x - y);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] as number;
}

/** Goals that are no ratios. */
async function otherGoals({ row, lines }: ScenarioReport): Promise<string | undefined> {
  const ours = lines.find(({ tool }) => tool.id === OURS);
  const secondsMax = SECONDS_MAX[row.id];
  const verdicts: string[] = [];
  if (ours && secondsMax !== undefined) verdicts.push(`at most ${secondsMax} s: ${reached(ours.medianSeconds <= secondsMax)}`);
  const bytesMax = WIRE_BYTES_MAX[row.id];
  const sent = wire.get(`${row.id} ${OURS}`);
  if (sent && bytesMax !== undefined)
    verdicts.push(`under ${bytesMax / 1024} KiB on the wire each way: ${reached(Math.max(sent.up, sent.down) < bytesMax)}`);
  const traffic = lines.flatMap(({ tool }) => {
    const bytes = wire.get(`${row.id} ${tool.id}`);
    return bytes === undefined ? [] : [`${tool.title} ${kibibytes(bytes.up)} up, ${kibibytes(bytes.down)} down`];
  });
  const texts = [
    ...(verdicts.length === 0 ? [] : [`CloudSync’s other goals: ${verdicts.join('; ')}.`]),
    ...(traffic.length === 0 ? [] : [`On the wire: ${traffic.join('; ')}.`]),
  ];
  return texts.length === 0 ? undefined : texts.join('\n');
}

function kibibytes(bytes: number): string {
  return `${(bytes / 1024).toLocaleString('en-US', { maximumFractionDigits: 0 })} KiB`;
}

function reached(isReached: boolean): string {
  return isReached ? 'reached' : 'missed';
}
