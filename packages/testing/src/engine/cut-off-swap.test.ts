import type { Side } from '@cloudsync/engine';
import { describe, expect, it } from 'vitest';
import { Random } from '../random.ts';
import type { Disk, DiskTraits } from '../strict-storage/disk.ts';
import { PairOfDisks, write } from './pair-of-disks.ts';

const SIDES = ['source', 'destination'] as const;
type Step = (disk: Disk) => void;

function rotate(...paths: readonly string[]): Step {
  return (disk) => {
    const [first, ...rest] = paths as [string, ...string[]];
    disk.move(first, 'aside', 'user');
    for (const [index, path] of rest.entries()) disk.move(path, paths[index] as string, 'user');
    disk.move('aside', paths.at(-1) as string, 'user');
  };
}

const FOLDERS: Step = (disk) => {
  for (const path of ['d', 'e']) disk.put(path, { kind: 'folder' }, 'user');
};

/** Each run of a swap, killed at each of its steps, and what happens before the next. */
async function cutOff(question: {
  readonly setUp: readonly Step[];
  readonly swap: Step;
  readonly traits: Partial<DiskTraits>;
  readonly cannotRename?: Side;
  readonly inBetween?: (pair: PairOfDisks, step: number) => void;
  readonly check: (pair: PairOfDisks, whereItDied: string) => void;
}): Promise<number> {
  let sawInterim = 0;
  for (let step = 1, lived = false; !lived; step++) {
    const pair = new PairOfDisks({ traits: question.traits, cannotRename: question.cannotRename });
    for (const make of question.setUp) make(pair.disks.source);
    await pair.sync();
    question.swap(pair.disks.source);
    lived = !(await pair.sync({ diesAtStep: step })).died;
    if (Object.keys(pair.treeOf('destination')).some((path) => path.includes('.cloudsync-moving-'))) sawInterim++;
    question.inBetween?.(pair, step);
    await pair.sync();
    await pair.sync();
    question.check(pair, `death at step ${step}`);
  }
  return sawInterim;
}

const SWAPS: readonly [what: string, setUp: readonly Step[], swap: Step, after: Record<string, string>][] = [
  ['two files', [write('a', 'one'), write('b', 'two')], rotate('a', 'b'), { a: 'two', b: 'one' }],
  [
    'a circle of three in two folders',
    [FOLDERS, write('d/a', 'one'), write('e/b', 'two'), write('c', 'three')],
    rotate('d/a', 'e/b', 'c'),
    { 'd/a': 'two', 'e/b': 'three', c: 'one' },
  ],
  [
    'two folders',
    [FOLDERS, write('d/x', 'one'), write('d/y', 'two'), write('e/x', 'three')],
    rotate('d', 'e'),
    { 'd/x': 'three', 'e/x': 'one', 'e/y': 'two' },
  ],
];
const KINDS: readonly [what: string, traits: Partial<DiskTraits>][] = [
  ['with identities', {}],
  ['without identities', { ids: false }],
];

describe('a swap that is cut off at any step is finished by the next run', () => {
  for (const [what, setUp, swap, after] of SWAPS) {
    for (const [how, traits] of KINDS) {
      it(`${what}, ${how}`, async () => {
        const sawInterim = await cutOff({
          setUp,
          swap,
          traits,
          check: (pair, where) => {
            for (const side of SIDES) expect(pair.treeOf(side), `${side}, ${where}`).toEqual(after);
          },
        });
        // Folders without identities are no rename to anybody.
        expect(sawInterim > 0).toBe(traits.ids !== false);
      });
    }
  }

  it('also when the other side cannot rename', async () => {
    const [, setUp, swap, after] = SWAPS[0] as (typeof SWAPS)[number];
    const check = (pair: PairOfDisks, where: string): void => {
      for (const side of SIDES) expect(pair.treeOf(side), `${side}, ${where}`).toEqual(after);
    };
    expect(await cutOff({ setUp, swap, traits: {}, cannotRename: 'source', check })).toBeGreaterThan(0);
  });
});

it('a swap of which one step is refused is taken back at once, and made by the next run', async () => {
  const pair = new PairOfDisks();
  const { source, destination } = pair.disks;
  for (const [path, text] of Object.entries({ a: 'one', b: 'two', c: 'three' })) write(path, text)(source);
  await pair.sync();
  rotate('a', 'b', 'c')(source);
  // The user saves `c` when two of the four renames are made.
  let renames = 0;
  const onStep = (label: string): void => {
    if (label.startsWith('rename') && label.endsWith('done') && ++renames === 2) write('c', 'three, edited')(destination);
  };
  const { result } = await pair.sync({ onStep });
  expect(result?.issues.map(({ code }) => code)).toContain('storage/changed');
  expect(result?.statistics.renamed).toBe(0);
  expect(pair.treeOf('destination')).toEqual({ a: 'one', b: 'two', c: 'three, edited' });
  await pair.sync();
  for (const side of SIDES) expect(pair.treeOf(side)).toEqual({ a: 'two', b: 'three, edited', c: 'one' });
});

describe('whatever happens before the next run, no interim name stays and no content is lost', () => {
  const [, setUp, swap] = SWAPS[1] as (typeof SWAPS)[number];
  const check = (pair: PairOfDisks, where: string): void => {
    expect(pair.treeOf('source'), where).toEqual(pair.treeOf('destination'));
    expect(Object.keys(pair.treeOf('source')).filter((path) => path.includes('.cloudsync-moving-'))).toEqual([]);
    for (const content of ['one', 'two', 'three']) expect(Object.values(pair.treeOf('source')), where).toContain(content);
  };
  it.each<[string, (pair: PairOfDisks, step: number) => void]>([
    ['the swap is undone by its user', ({ disks }) => rotate('c', 'e/b', 'd/a')(disks.source)],
    ['the other user takes the free name', ({ disks }) => disks.destination.find('d/a') ?? write('d/a', 'new')(disks.destination)],
    [
      'the other user takes all names that are free',
      ({ disks }) => {
        for (const path of ['d/a', 'e/b', 'c'])
          if (disks.destination.find(path) === undefined) write(path, `new ${path}`)(disks.destination);
      },
    ],
    ['the other user renames the folder', ({ disks }) => disks.destination.move('d', 'f', 'user')],
    ['a power cut takes back a part of it', ({ disks }, step) => disks.destination.crash(new Random(step))],
    ['the last state is lost', ({ state }) => state.change('sync_metadata.json', '{}', true)],
  ])('%s', async (_what, inBetween) => {
    expect(await cutOff({ setUp, swap, traits: {}, inBetween, check })).toBeGreaterThan(0);
  });
});
