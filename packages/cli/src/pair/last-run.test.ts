import { type Conflict, emptyStatistics, type Issue, SyncError, type SyncResult } from '@cloudsync/engine';
import { describe, expect, test } from 'vitest';
import { parseLastRun } from './last-run-file.ts';
import type { LocatedPair } from './locate-pair.ts';
import { recordOfError, recordOfResult } from './record-run.ts';

const pair: LocatedPair = {
  id: 'a-b-00000000',
  label: 'a ↔ b',
  directory: '/s/a-b-00000000',
  request: {
    source: 'a',
    destination: 'b',
    options: {
      mode: 'two-way',
      compare: 'hash-then-mtime',
      conflict: 'manual',
      initial: 'merge',
      ignore: ['*.tmp'],
      symlinks: 'keep',
      trash: true,
      maxDelete: { percent: 50 },
    },
  },
  source: { side: 'source', type: 'folder', given: 'a', url: '/a', folder: '/a' },
  destination: { side: 'destination', type: 'folder', given: 'b', url: '/b', folder: '/b' },
};
const facts = { pair, startedMs: 0, finishedMs: 1000 };

function result(changes: Partial<SyncResult> = {}): SyncResult {
  const statistics = { ...emptyStatistics(), sourceFiles: 7, destinationFiles: 8, durationMs: 5 };
  return { statistics, actions: [], conflicts: [], issues: [], cancelled: false, stopped: undefined, ...changes };
}

function conflict(path: string, outcome: Conflict['outcome'] = 'unresolved'): Conflict {
  const source = { path, kind: 'file' as const, size: 1, mtimeMs: 5.5, mode: 0o644 };
  return { kind: 'both-changed', path, source, destination: undefined, outcome, message: 'both sides changed it' };
}

function failure(path: string, severity: Issue['severity'] = 'failed'): Issue {
  return { severity, path, code: 'storage/denied', message: 'no' };
}

test('a record is read back as it was written', () => {
  const record = recordOfResult(facts, result({ conflicts: [conflict('x')], issues: [failure('y')] }));
  expect(parseLastRun(JSON.stringify(record))).toEqual(JSON.parse(JSON.stringify(record)));
});

test('one of an earlier version, without the counts that came later, is read', () => {
  const { merged: _merged, bytesReused: _bytesReused, ...earlier } = result().statistics;
  const record = { ...recordOfResult(facts, result()), statistics: earlier };
  expect(parseLastRun(JSON.stringify(record))?.statistics).toEqual({ ...earlier, merged: 0, bytesReused: 0 });
});

test.each([
  ['no JSON', '{'],
  ['another version', JSON.stringify({ ...recordOfResult(facts, result()), version: 2 })],
  ['a field of another type', JSON.stringify({ ...recordOfResult(facts, result()), conflicts: [{ path: 1 }] })],
  ['an unknown mode', JSON.stringify(recordOfResult(facts, result())).replace('two-way', 'sideways')],
])('%s is not trusted', (_, text) => expect(parseLastRun(text)).toBeUndefined());

describe('what a run leaves behind', () => {
  test('only conflicts that wait for the user, and paths that failed', () => {
    const record = recordOfResult(
      facts,
      result({ conflicts: [conflict('x'), conflict('done', 'both')], issues: [failure('y'), failure('z', 'note')] }),
    );
    expect(record).toMatchObject({ result: 'paths-failed', files: { source: 7, destination: 8 } });
    expect(record.conflicts).toEqual([
      {
        path: 'x',
        kind: 'both-changed',
        message: 'both sides changed it',
        source: { kind: 'file', size: 1, mtimeMs: 5.5 },
        destination: undefined,
      },
    ]);
    expect(record.failed.map(({ path }) => path)).toEqual(['y']);
  });

  test('a look at some paths keeps what is known of the others', () => {
    const previous = recordOfResult(facts, result({ conflicts: [conflict('a/x'), conflict('b')], issues: [failure('c')] }));
    const record = recordOfResult({ ...facts, previous, only: ['a'] }, result({ statistics: { ...result().statistics, sourceFiles: 6 } }));
    expect(record.conflicts.map(({ path }) => path)).toEqual(['b']);
    expect(record.failed.map(({ path }) => path)).toEqual(['c']);
    expect(record).toMatchObject({ result: 'paths-failed', files: { source: 6, destination: 8 } });
  });

  test('a guard and an error keep what was known, and say why', () => {
    const previous = recordOfResult(facts, result({ conflicts: [conflict('x')] }));
    const stopped = recordOfResult({ ...facts, previous }, result({ stopped: { code: 'guard/max-delete', message: 'too many' } }));
    expect(stopped).toMatchObject({ result: 'stopped', message: 'too many', conflicts: previous.conflicts });
    const failed = recordOfError({ ...facts, previous }, new SyncError('storage/root-missing', 'gone'));
    expect(failed).toMatchObject({ result: 'error', message: 'gone', conflicts: previous.conflicts, files: { source: 7, destination: 8 } });
  });

  test('a cancelled run says so, and forgets nothing that it may not have got to', () => {
    const previous = recordOfResult(facts, result({ conflicts: [conflict('x'), conflict('y')] }));
    const record = recordOfResult({ ...facts, previous }, result({ cancelled: true, conflicts: [conflict('y')] }));
    expect(record).toMatchObject({ result: 'cancelled', files: { source: 7, destination: 8 } });
    expect(record.conflicts.map(({ path }) => path)).toEqual(['x', 'y']);
  });
});
