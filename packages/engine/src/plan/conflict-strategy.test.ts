import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../model/entry.ts';
import { isSafePath, parentOf } from '../model/path.ts';
import { ConflictResolution } from './conflict-resolution.ts';
import { CONFLICT_STRATEGIES, conflictCopyPath, keeperOf, type Settlement } from './conflict-strategy.ts';

const at = (mtimeMs: number, path = 'a'): Entry => ({ path, kind: 'file', size: 1, mtimeMs });
const NOON = Date.UTC(2026, 10, 21, 12, 0, 5);

describe('how each strategy settles a conflict', () => {
  /** Source newer, within two seconds, destination newer. */
  const table: Record<ConflictResolution, readonly [Settlement, Settlement, Settlement]> = {
    'newest-wins': ['source', 'both', 'destination'],
    'source-wins': ['source', 'source', 'source'],
    'destination-wins': ['destination', 'destination', 'destination'],
    manual: ['ask', 'ask', 'ask'],
    'keep-both': ['both', 'both', 'both'],
    'auto-merge': ['merge', 'merge', 'merge'],
  };

  it.each(Object.values(ConflictResolution))('%s', (resolution) => {
    const settled = [5000, 2000, -5000].map((later) =>
      CONFLICT_STRATEGIES[resolution]({ source: at(NOON + later), destination: at(NOON), comparison: 'hash-then-mtime' }),
    );
    expect(settled).toEqual(table[resolution]);
  });

  it('where times do not count nobody is newer', () => {
    const contest = { source: at(NOON + 5000), destination: at(NOON), comparison: 'size-only' } as const;
    expect(CONFLICT_STRATEGIES['newest-wins'](contest)).toBe('both');
    expect(keeperOf(contest)).toBe('source');
  });

  it('the newer keeps the name, and the source’s when nobody can say', () => {
    const keepers = [5000, 0, -5000].map((later) =>
      keeperOf({ source: at(NOON + later), destination: at(NOON), comparison: 'mtime-only' }),
    );
    expect(keepers).toEqual(['source', 'source', 'destination']);
  });
});

describe('the name of a conflict copy', () => {
  it.each<[string, Partial<Entry>, string]>([
    ['a.txt', {}, 'a.conflict-20261121-120005-usb.txt'],
    ['docs/a.tar.gz', {}, 'docs/a.tar.conflict-20261121-120005-usb.gz'],
    ['README', {}, 'README.conflict-20261121-120005-usb'],
    ['.bashrc', {}, '.bashrc.conflict-20261121-120005-usb'],
    ['a.b/c', {}, 'a.b/c.conflict-20261121-120005-usb'],
    ['a.is this an extension', {}, 'a.is this an extension.conflict-20261121-120005-usb'],
    ['v1.2', { kind: 'symlink' }, 'v1.2.conflict-20261121-120005-usb'],
    ['a.txt', { mtimeMs: 0 }, 'a.conflict-19700101-000000-usb.txt'],
    ['a.txt', { mtimeMs: -1 }, 'a.conflict-19691231-235959-usb.txt'],
    ['a.txt', { mtimeMs: 9e15 }, 'a.conflict-19700101-000000-usb.txt'],
  ])('of %s %j', (path, extra, copy) => {
    expect(conflictCopyPath({ ...at(NOON, path), ...extra }, 'usb')).toBe(copy);
  });

  it('says which attempt it is, after the first', () => {
    expect(conflictCopyPath(at(NOON, 'a.txt'), 'usb', 2)).toBe('a.conflict-20261121-120005-usb-2.txt');
  });

  it('is the same in every run, and lies beside the file', () => {
    const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 120 }).filter((text) => isSafePath(text) && !text.includes('/'));
    const replica = fc.oneof(
      fc.constantFrom('usb', 'laptop', 'x'.repeat(300), '👍'.repeat(300)),
      fc.string({ unit: fc.constantFrom('x', 'é', '👍'), minLength: 1, maxLength: 300 }),
    );
    fc.assert(
      fc.property(name, replica, fc.integer({ min: 1, max: 100 }), (name, replica, attempt) => {
        const loser = at(NOON, `dir/${name}`);
        const copy = conflictCopyPath(loser, replica, attempt);
        expect(copy).toBe(conflictCopyPath({ ...loser, hash: 'x' }, replica, attempt));
        expect(parentOf(copy)).toBe('dir');
        expect(copy).not.toBe(loser.path);
        expect(isSafePath(copy)).toBe(true);
        expect(new TextEncoder().encode(copy.slice('dir/'.length)).length).toBeLessThanOrEqual(255);
      }),
    );
  });

  it('is as long as a name may be, and no longer', () => {
    const bytes = (name: string): number => new TextEncoder().encode(conflictCopyPath(at(NOON, name), 'usb')).length;
    expect([bytes('a'.repeat(255)), bytes(`${'a'.repeat(251)}.txt`), bytes('a')]).toEqual([255, 255, 30]);
  });

  it('a replica cannot lead out of the folder', () => {
    expect(conflictCopyPath(at(NOON, 'dir/a.txt'), '../../etc')).toBe('dir/a.conflict-20261121-120005-.._.._etc.txt');
    expect(conflictCopyPath(at(NOON, 'a'), 'Jo’s “PC”: 1\0')).toMatch(/-Jo_s__PC___1_$/);
    expect(conflictCopyPath(at(NOON, 'a'), 'Zoë-laptop.local')).toMatch(/-Zoë-laptop\.local$/);
  });
});
