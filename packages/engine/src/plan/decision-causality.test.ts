import { describe, expect, it } from 'vitest';
import type { Triple } from '../compare/triple.ts';
import type { Entry } from '../model/entry.ts';
import { type Decision, decidePath, type PlanRules } from './decision.ts';

const RULES: PlanRules = {
  mode: 'two-way',
  resolution: 'manual',
  comparison: 'hash-then-mtime',
  unite: false,
  replicas: { source: 'laptop', destination: 'disk' },
};
const vector = (a: number, b = 0): string => [`${'a'.repeat(16)}:${a}`, ...(b > 0 ? [`${'b'.repeat(16)}:${b}`] : [])].join(',');
const file = (content: string, known?: string): Entry => ({ path: 'f', kind: 'file', size: 1, mtimeMs: 0, hash: content, vector: known });

function verdictOf(triple: Partial<Triple>, rules: Partial<PlanRules> = {}): Decision['verdict'] {
  return decidePath({ path: 'f', last: undefined, source: undefined, destination: undefined, ...triple }, { ...RULES, ...rules }).verdict;
}

describe('causality before clocks', () => {
  const last = { source: file('old'), destination: file('old') };

  it.each([
    ['the source knows the destination’s version', vector(2), vector(1), 'upload'],
    ['the destination knows the source’s version', vector(2), vector(2, 1), 'download'],
    ['neither knows the other', vector(2), vector(1, 1), 'settle'],
    ['the same history and yet another content', vector(2), vector(2), 'settle'],
  ])('both differ from what was agreed: %s', (_, source, destination, verdict) => {
    expect(verdictOf({ last, source: file('new', source), destination: file('other', destination) })).toBe(verdict);
    expect(verdictOf({ source: file('new', source), destination: file('other', destination) })).toBe(verdict);
  });

  it.each([
    ['the deletion knew the version', vector(2), vector(2, 1), 'delete-source', 'delete-destination'],
    ['the version was made after the deletion', vector(3), vector(2), 'upload', 'download'],
    ['neither knew of the other', vector(3), vector(2, 1), 'upload', 'download'],
  ])('deleted on one side and there on the other: %s', (_, version, deletion, atSource, atDestination) => {
    const there = file('new', version);
    expect(verdictOf({ source: there, tombstones: { source: undefined, destination: deletion } })).toBe(atSource);
    expect(verdictOf({ destination: there, tombstones: { source: deletion, destination: undefined } })).toBe(atDestination);
    expect(verdictOf({ last, source: there, tombstones: { source: undefined, destination: deletion } })).toBe(atSource);
  });

  it('what was made anew by somebody who knew of the deletion is no conflict; an edit beside it is told', () => {
    const conflictOf = (version: string): unknown => {
      const triple = { path: 'f', last, source: undefined, destination: file('new', version) };
      return decidePath({ ...triple, tombstones: { source: vector(2), destination: undefined } }, RULES).conflict;
    };
    expect(conflictOf(vector(3))).toBeUndefined();
    expect(conflictOf(vector(1, 1))).toMatchObject({ kind: 'deleted-and-edited' });
  });

  it('with a last state that cannot be trusted nothing is deleted, whatever a tombstone says', () => {
    const tombstones = { source: undefined, destination: vector(9) };
    expect(verdictOf({ source: file('new', vector(2)), tombstones }, { unite: true })).toBe('leave');
  });

  it('a one-way mode goes by its direction, not by causes', () => {
    const triple = { last, source: file('new', vector(1)), destination: file('other', vector(2)) };
    expect(verdictOf(triple, { mode: 'source-to-destination' })).toBe('upload');
  });

  it('what was put back as it was by somebody who knew the other version takes its place', () => {
    const back = file('old', vector(2, 1));
    expect(verdictOf({ last, source: back, destination: file('new', vector(1, 1)) })).toBe('upload');
    expect(verdictOf({ last, source: back, tombstones: { source: undefined, destination: vector(1, 1) } })).toBe('upload');
    expect(verdictOf({ last, source: file('new', vector(1, 1)), destination: back })).toBe('download');
  });

  it('an edit that a side made alone travels without a look at vectors', () => {
    expect(verdictOf({ last, source: file('new', vector(2)), destination: file('old') })).toBe('upload');
  });
});
