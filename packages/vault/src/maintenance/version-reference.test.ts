import { describe, expect, it } from 'vitest';
import { findVersion, parseVersion, splitVersion } from './version-reference.ts';

describe('parseVersion', () => {
  it.each([
    ['latest', { type: 'back', steps: 0 }],
    ['-1', { type: 'back', steps: 1 }],
    ['-12', { type: 'back', steps: 12 }],
    ['12', { type: 'sequence', sequence: 12 }],
    ['@12', { type: 'sequence', sequence: 12 }],
    ['2026-11-20T14:30Z', { type: 'time', untilMs: Date.UTC(2026, 10, 20, 14, 30, 59, 999) }],
    ['2026-11-20T14:30:05Z', { type: 'time', untilMs: Date.UTC(2026, 10, 20, 14, 30, 5, 999) }],
    ['2026-11-20T14:30:05.25Z', { type: 'time', untilMs: Date.UTC(2026, 10, 20, 14, 30, 5, 250) }],
    ['2026-11-20T14:30+02:00', { type: 'time', untilMs: Date.UTC(2026, 10, 20, 12, 30, 59, 999) }],
    ['2026-11-20T14:30-0330', { type: 'time', untilMs: Date.UTC(2026, 10, 20, 18, 0, 59, 999) }],
    ['2026-11-20', { type: 'time', untilMs: new Date(2026, 10, 20, 23, 59, 59, 999).getTime() }],
    ['2026-11-20 14:30', { type: 'time', untilMs: new Date(2026, 10, 20, 14, 30, 59, 999).getTime() }],
  ] as const)('reads %s', (text, expected) => {
    expect(parseVersion(text)).toEqual(expected);
  });

  it.each([
    '',
    '@',
    '@@1',
    '0',
    '-',
    '1.5',
    '+1',
    'newest',
    '2026-02-30',
    '2026-13-01',
    '2026-1-1',
    '2026-11-20T25:00',
    '2026-11-20T14',
    '1e3',
  ])('refuses %j and says what it takes', (text) => {
    expect(() => parseVersion(text)).toThrow(/names no version; take a number/);
  });
});

describe('splitVersion', () => {
  it.each([
    ['docs/a.txt@-1', 'docs/a.txt', { type: 'back', steps: 1 }],
    ['docs@7', 'docs', { type: 'sequence', sequence: 7 }],
    ['@latest', '', { type: 'back', steps: 0 }],
    ['a@b@3', 'a@b', { type: 'sequence', sequence: 3 }],
    ['docs/a.txt', 'docs/a.txt', undefined],
    ['photo@2x.png', 'photo@2x.png', undefined],
    ['me@example.org', 'me@example.org', undefined],
  ] as const)('%s', (text, path, version) => {
    expect(splitVersion(text)).toEqual({ path, version });
  });
});

describe('findVersion', () => {
  const times = new Map([
    [1, 1000],
    [4, 2000],
    [5, 3000],
  ]);

  function find(text: string, timesOf: ReadonlyMap<number, number> = times): Promise<number> {
    const timeOf = async (sequence: number): Promise<number> => timesOf.get(sequence) as number;
    return findVersion({ sequences: [...timesOf.keys()], timeOf }, parseVersion(text));
  }

  it.each([
    ['latest', 5],
    ['-1', 4],
    ['-2', 1],
    ['4', 4],
    ['1970-01-01T00:00:02.5Z', 4],
    ['1970-01-01T00:00:02.000Z', 4],
    ['2026-11-20', 5],
  ])('@%s is %i', async (text, sequence) => {
    expect(await find(text)).toBe(sequence);
  });

  it.each(['-3', '2', '1970-01-01T00:00:00.999Z'])('@%s is none of them, and the message says what there is', async (text) => {
    await expect(find(text)).rejects.toMatchObject({
      code: 'vault/no-such-version',
      message: expect.stringMatching(/there is no version .*; the vault has 3, from @1 to @5/),
    });
  });

  it('says so when there are none at all', async () => {
    await expect(find('latest', new Map())).rejects.toThrow(/the vault has no versions yet/);
  });

  it('takes the newest of those made by clocks that went back', async () => {
    expect(await find('1970-01-01T00:00:02.000Z', new Map([...times, [6, 1500]]))).toBe(6);
  });
});
