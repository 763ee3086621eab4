import { count, type Row, type Scenario, type Step, scaled } from '../scenario.ts';
import { bigFile, smallFiles } from '../shapes.ts';
import { burst, edits, idle, insertByte, type Job, renameTree, treeComes } from './jobs.ts';

/** A step of two devices that are in sync. */
export interface LiveStep extends Step {
  /** What is timed, in seconds; more than one where the same is done again and again. */
  perform(job: Job): Promise<readonly number[]>;
  /** Which of the times counts: one of this part of them is shorter. Default: half. */
  readonly part?: number;
  /** True when it only tells another part of what the step before it timed. */
  readonly sameAsBefore?: boolean;
}

export interface LiveScenario extends Scenario {
  readonly steps: readonly LiveStep[];
}

const BURST_FILES = 2_000;

/** `scale` shrinks everything for a quick look; 1 is what the results are about. */
export function liveScenarios(scale: number): LiveScenario[] {
  return [fewFiles(scale), manyFiles(scale), firstSync(scale), big(scale)];
}

/** The tree comes to device A, and from there to B. */
function comes(row: Row | undefined): LiveStep {
  return { row, fresh: true, writes: true, perform: async (job) => [await treeComes(job)] };
}

function step(row: Row, perform: (job: Job) => Promise<number>): LiveStep {
  return { row, writes: true, perform: async (job) => [await perform(job)] };
}

function editSteps(id: string, tree: string): LiveStep[] {
  return [
    { row: { id, title: `4 KiB edited among ${tree}, the time of half of the edits` }, writes: true, perform: edits },
    {
      row: { id: `${id}-p95`, title: `4 KiB edited among ${tree}, the time of 95 of 100` },
      writes: true,
      perform: edits,
      part: 0.95,
      sameAsBefore: true,
    },
  ];
}

function fewFiles(scale: number): LiveScenario {
  const shape = smallFiles({ files: 1_000, size: 4096 }, scale);
  const files = scaled(BURST_FILES, scale);
  const row = { id: 'burst', title: `${count(files)} new files of 4 KiB at once` };
  return { ...shape, steps: [comes(undefined), ...editSteps('edit', shape.tree), step(row, (job) => burst(job, files))] };
}

function manyFiles(scale: number): LiveScenario {
  const shape = smallFiles({ files: 100_000, size: 256 }, scale);
  const row = { id: 'many-idle', title: `CPU time of device A while nothing happens for 30 s, ${shape.tree}` };
  return { ...shape, steps: [comes(undefined), ...editSteps('many-edit', shape.tree), step(row, idle)] };
}

function firstSync(scale: number): LiveScenario {
  const shape = smallFiles({ files: 20_000, size: 4096 }, scale);
  return { ...shape, steps: [comes({ id: 'first', title: `${shape.tree}, first sync` })] };
}

function big(scale: number): LiveScenario {
  const shape = bigFile(scale);
  return {
    ...shape,
    steps: [
      comes({ id: 'big-first', title: `${shape.tree}, first sync` }),
      step({ id: 'big-inserted', title: `${shape.tree}, one byte inserted in the middle` }, insertByte),
      step({ id: 'big-renamed', title: `${shape.tree}, its folder renamed` }, renameTree),
    ],
  };
}
