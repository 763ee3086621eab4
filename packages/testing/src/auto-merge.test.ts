import { AgreedTexts, type MergeBases, type Side, SyncEngine, type SyncPair, type SyncResult, SyncStateManager } from '@cloudsync/engine';
import { beforeEach, describe, expect, it } from 'vitest';
import { bytesOf, sha256, textOf } from './content.ts';
import { Disk } from './strict-storage/disk.ts';
import { MemoryStateDirectory, StateFiles } from './strict-storage/memory-state-directory.ts';
import { StrictStorage, type StrictStorageOptions } from './strict-storage/strict-storage.ts';

const BASE = 'one\ntwo\nthree\nfour\n';
const [BY_A, BY_B, MERGED] = [BASE.replace('one', 'ONE'), BASE.replace('four', 'FOUR'), 'ONE\ntwo\nthree\nFOUR\n'];

let disks: Record<Side, Disk>;
let files: StateFiles;
let now: number;

beforeEach(() => {
  now = Date.UTC(2026, 0, 1);
  const disk = (name: string): Disk => new Disk({ name, now: () => now });
  disks = { source: disk('source'), destination: disk('destination') };
  files = new StateFiles();
});

function write(side: Side, path: string, text: string): void {
  now += 60_000;
  disks[side].put(path, { kind: 'file', bytes: bytesOf(text) }, 'user');
}

function read(path: string): (string | undefined)[] {
  return (['source', 'destination'] as const).map((side) => {
    const node = disks[side].find(path)?.node;
    return node?.kind === 'file' ? textOf(node.bytes) : undefined;
  });
}

interface Run {
  readonly pair?: Partial<SyncPair>;
  readonly destination?: Partial<StrictStorageOptions>;
}

/** One run of an engine that keeps no texts unless it is told to. */
function sync({ pair, destination }: Run = {}): Promise<SyncResult> {
  const open = (side: Side): StrictStorage =>
    new StrictStorage({ disk: disks[side], url: side, ...(side === 'destination' ? destination : {}) });
  const state = new SyncStateManager(new MemoryStateDirectory({ files }));
  const storages = { source: open('source'), destination: open('destination') };
  const environment = { now: () => now + 60_000, sleep: async () => undefined, random: () => 0 };
  return new SyncEngine({ environment }).syncPair({ ...storages, state, conflictResolution: 'auto-merge', ...pair }, { maxDelete: 'off' });
}

const texts = (): AgreedTexts => new AgreedTexts(new MemoryStateDirectory({ files }));
const outcomes = ({ conflicts }: SyncResult): string[] => conflicts.map(({ outcome }) => outcome);

describe('where the base comes from', () => {
  const versions: MergeBases = {
    read: async (hashes) => new Map([[sha256(bytesOf(BASE)), bytesOf(BASE)] as const].filter(([hash]) => hashes.has(hash))),
  };

  async function edited(run: Run): Promise<SyncResult> {
    write('source', 'a', BASE);
    await sync(run);
    write('source', 'a', BY_A);
    write('destination', 'a', BY_B);
    return sync(run);
  }

  it('from the versions that another place keeps', async () => {
    expect(outcomes(await edited({ pair: { mergeBases: versions } }))).toEqual(['merged']);
    expect(read('a')).toEqual([MERGED, MERGED]);
    expect([...files.files.keys()].filter((name) => /agreed|underway/.test(name))).toEqual([]);
  });

  it('from nowhere: both are kept, and the message is that of keep-both', async () => {
    const { conflicts } = await edited({});
    expect(conflicts).toMatchObject([{ outcome: 'both', message: expect.not.stringContaining('not merged') }]);
  });

  it('from the texts of the pair, which are kept under the hash of either side', async () => {
    const run = (): Run => ({ pair: { agreedTexts: texts() }, destination: { hashes: 'none' } });
    write('source', 'a', BASE);
    await sync(run());
    write('source', 'a', BY_A);
    write('destination', 'a', BY_B);
    expect(outcomes(await sync(run()))).toEqual(['merged']);
  });

  it('from the texts of the pair, not of one that was synced with another strategy meanwhile', async () => {
    const run = (resolution: SyncPair['conflictResolution']): Run => ({ pair: { agreedTexts: texts(), conflictResolution: resolution } });
    write('source', 'a', 'something else\n');
    await sync(run('auto-merge'));
    expect(await texts().standing()).toEqual({ whole: true, settled: true });
    write('source', 'a', BASE);
    await sync(run('newest-wins'));
    expect(await texts().standing()).toEqual({ whole: false, settled: false });
    write('source', 'a', BY_A);
    write('destination', 'a', BY_B);
    expect(await sync(run('auto-merge'))).toMatchObject({ conflicts: [{ message: expect.stringContaining('is not known') }] });
  });
});

describe('what is written', () => {
  it('has one time on both sides, the time of the merge, and both old versions are in the trash', async () => {
    const run = (): Run => ({ pair: { agreedTexts: texts() } });
    write('source', 'a', BASE);
    await sync(run());
    write('source', 'a', BY_A);
    write('destination', 'a', BY_B);
    const { statistics } = await sync(run());
    expect(statistics).toMatchObject({ conflicts: 1, merged: 1, conflictsLeft: 0, failed: 0 });
    expect([disks.source.entry('a')?.mtimeMs, disks.destination.entry('a')?.mtimeMs]).toEqual([now + 60_000, now + 60_000]);
    const trashed = [disks.source, disks.destination].map(({ trash }) =>
      trash.map(({ node }) => (node.kind === 'file' ? textOf(node.bytes) : '')),
    );
    expect(trashed).toEqual([[BY_A], [BY_B]]);
    expect((await sync(run())).actions).toEqual([]);
  });

  it('goes only to the side that lacks it, when one side’s edits are among the other’s', async () => {
    const run = (): Run => ({ pair: { agreedTexts: texts() } });
    write('source', 'a', BASE);
    await sync(run());
    write('source', 'a', MERGED);
    const { mtimeMs } = disks.source.entry('a') ?? { mtimeMs: 0 };
    write('destination', 'a', BY_B);
    expect(outcomes(await sync(run()))).toEqual(['merged']);
    expect(read('a')).toEqual([MERGED, MERGED]);
    expect(disks.source.trash).toEqual([]);
    expect(disks.destination.entry('a')?.mtimeMs).toBe(mtimeMs);
  });

  it('is the edit where the other side deleted: a file that one side deleted and the other edited survives', async () => {
    const run = (): Run => ({ pair: { agreedTexts: texts() } });
    write('source', 'a', BASE);
    await sync(run());
    disks.source.remove('a', 'user');
    write('destination', 'a', BY_B);
    await sync(run());
    expect(read('a')).toEqual([BY_B, BY_B]);
  });
});
