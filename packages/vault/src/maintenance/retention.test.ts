import { describe, expect, it } from 'vitest';
import { type DatedSnapshot, keepNewestVersions, type OlderVersion, type RetentionPolicy, retain } from './retention.ts';

/** Snapshots at these times (UTC), numbered from 1. */
function at(...times: string[]): DatedSnapshot[] {
  return times.map((time, index) => ({ sequence: index + 1, timeMs: Date.parse(`${time}Z`) }));
}

function keptBy(snapshots: readonly DatedSnapshot[], policy: RetentionPolicy, timeZone = 'UTC'): Record<number, string> {
  const kept = retain(snapshots, policy, { timeZone }).filter((each) => each.kept);
  return Object.fromEntries(kept.map(({ snapshot, reasons }) => [snapshot.sequence, reasons.join(', ')]));
}

const year = at(
  '2024-06-01T10:00', // 1
  '2024-12-29T10:00', // 2  Sunday of week 52
  '2024-12-30T10:00', // 3  Monday of week 1 of 2025
  '2025-01-02T10:00', // 4
  '2025-11-18T09:00', // 5
  '2025-11-20T09:00', // 6
  '2025-11-20T23:30', // 7
  '2025-11-21T09:10', // 8
  '2025-11-21T09:50', // 9
  '2025-11-21T11:00', // 10
);

describe('retain', () => {
  it.each<[string, RetentionPolicy, Record<number, string>]>([
    ['keep-last 2', { last: 2 }, { 10: 'last snapshot', 9: 'last snapshot' }],
    ['keep-hourly 2 takes the newest of an hour', { hourly: 2 }, { 10: 'hourly snapshot', 9: 'hourly snapshot' }],
    [
      'keep-daily 3: days without a snapshot do not count',
      { daily: 3 },
      { 10: 'daily snapshot', 7: 'daily snapshot', 5: 'daily snapshot' },
    ],
    [
      'keep-weekly 3: ISO weeks, across the turn of the year',
      { weekly: 3 },
      { 10: 'weekly snapshot', 4: 'weekly snapshot', 2: 'weekly snapshot' },
    ],
    [
      'keep-monthly 3: 30 December and 2 January are two months',
      { monthly: 3 },
      { 10: 'monthly snapshot', 4: 'monthly snapshot', 3: 'monthly snapshot' },
    ],
    [
      'keep-yearly 5: fewer years than asked for, so the oldest stays, too',
      { yearly: 5 },
      { 10: 'yearly snapshot', 3: 'yearly snapshot', 1: 'oldest yearly snapshot' },
    ],
    [
      'rules add up, and each says why',
      { last: 1, daily: 2, yearly: 2 },
      { 10: 'last snapshot, daily snapshot, yearly snapshot', 7: 'daily snapshot', 3: 'yearly snapshot' },
    ],
    ['-1 keeps all of a kind', { yearly: -1 }, { 10: 'yearly snapshot', 3: 'yearly snapshot', 1: 'oldest yearly snapshot' }],
    ['0 says nothing beside another rule', { last: 1, daily: 0 }, { 10: 'last snapshot' }],
  ])('%s', (_, policy, expected) => {
    expect(keptBy(year, policy)).toEqual(expected);
  });

  it('lays days where the zone has them', () => {
    // 23:30 UTC is the next day in Berlin.
    expect(keptBy(year, { daily: 2 }, 'Europe/Berlin')).toEqual({ 10: 'daily snapshot', 6: 'daily snapshot' });
  });

  it('sorts newest first whatever order they come in, and lists what goes as well', () => {
    const retained = retain([...year].reverse(), { last: 1 });
    expect(retained.map(({ snapshot }) => snapshot.sequence)).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect(retained.filter(({ kept }) => kept)).toHaveLength(1);
  });

  it('keeps all when only versions are limited, as trees have to be looked at', () => {
    expect(retain(year, { maxVersions: 3 }).every(({ kept }) => kept)).toBe(true);
  });

  it.each([[{}], [{ last: 0, daily: 0 }], [{ last: undefined }]])('refuses %j: forgetting everything is never meant', (policy) => {
    expect(() => retain(year, policy)).toThrow(/say which snapshots to keep/);
  });

  it.each([[{ last: -2 }], [{ daily: 1.5 }], [{ maxVersions: Number.NaN }]])('refuses %j', (policy) => {
    expect(() => retain(year, policy)).toThrow(/whole number/);
  });

  it('has nothing to say about no snapshots', () => {
    expect(retain([], { last: 3 })).toEqual([]);
  });
});

describe('keepNewestVersions', () => {
  /** Each snapshot as path → version; keeps at most `maxVersions` of a path. */
  async function kept(maxVersions: number, trees: Record<string, string>[], policy: RetentionPolicy = { last: -1 }): Promise<number[]> {
    const snapshots = trees.map((tree, index) => ({ sequence: index + 1, timeMs: index, tree }));
    async function* older(a: (typeof snapshots)[number], b: (typeof snapshots)[number]): AsyncGenerator<OlderVersion> {
      for (const [path, version] of Object.entries(a.tree)) if (b.tree[path] !== version) yield { path, isInNewer: path in b.tree };
    }
    const result = await keepNewestVersions(retain(snapshots, policy), maxVersions, older);
    return result.filter((each) => each.kept).map(({ snapshot }) => snapshot.sequence);
  }

  it('keeps as many versions of a file as asked for, the newest', async () => {
    expect(await kept(2, [{ a: '1' }, { a: '2' }, { a: '3' }, { a: '4' }])).toEqual([4, 3]);
    expect(await kept(1, [{ a: '1' }, { a: '2' }, { a: '3' }])).toEqual([3]);
  });

  it('keeps a snapshot as long as any file needs it', async () => {
    const trees = [
      { a: '1', rare: '1' },
      { a: '2', rare: '2' },
      { a: '3', rare: '2' },
      { a: '4', rare: '2' },
    ];
    expect(await kept(2, trees)).toEqual([4, 3, 1]);
    expect(await kept(1, trees)).toEqual([4]);
  });

  it('counts a deleted file from its last version on', async () => {
    expect(await kept(2, [{ gone: '1' }, { gone: '2' }, { gone: '3' }, {}, {}])).toEqual([5, 3, 2]);
  });

  it('counts a file that came back with what it had as another version', async () => {
    expect(await kept(2, [{ a: '1' }, { a: '2' }, { a: '1' }])).toEqual([3, 2]);
  });

  it('drops snapshots in which no file is in a version of its own', async () => {
    expect(await kept(5, [{ a: '1' }, { a: '1' }, { a: '1' }])).toEqual([3]);
  });

  it('limits what the other rules keep, and counts only that', async () => {
    const trees = [{ a: '1' }, { a: '2' }, { a: '3' }, { a: '4' }, { a: '5' }];
    expect(await kept(9, trees, { last: 2 })).toEqual([5, 4]);
    expect(await kept(1, trees, { last: 2 })).toEqual([5]);
  });
});
