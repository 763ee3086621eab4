import type { Action, Conflict, Issue, SyncResult, SyncStatistics } from '@cloudsync/engine';
import { emptyStatistics } from '@cloudsync/engine';
import { describe, expect, test } from 'vitest';
import { displayWidth } from '../terminal/width.ts';
import { actionText, planLine } from './action-text.ts';
import { problemLines } from './problems.ts';
import { scanLine, transferLines } from './progress-lines.ts';
import { planLines, summaryLine } from './summary.ts';

const plain = (_: unknown, text: string): string => text;

function action(type: Action['type'], path: string, changes: Partial<Action> = {}): Action {
  return { type, path, kind: 'file', bytes: 0, reason: 'because', ...changes };
}

function result(statistics: Partial<SyncStatistics>, changes: Partial<SyncResult> = {}): SyncResult {
  return {
    statistics: { ...emptyStatistics(), ...statistics },
    actions: [],
    conflicts: [],
    issues: [],
    cancelled: false,
    stopped: undefined,
    ...changes,
  };
}

describe('a plan', () => {
  test('one line an action: what, path, size, why', () => {
    expect(planLine(action('UPLOAD_NEW', 'a/b.txt', { bytes: 1536, reason: 'new at source' }))).toBe(
      '→ new      a/b.txt  (1.5 KiB, new at source)',
    );
    expect(planLine(action('RENAME_SOURCE', 'new', { from: 'old', kind: 'folder', reason: 'renamed at destination' }))).toBe(
      '← rename   old/ ⇒ new/  (renamed at destination)',
    );
    expect(planLine(action('DOWNLOAD_UPDATE', 'x', { attributesOnly: true, reason: 'changed' }))).toBe(
      '← update   x  (changed, only time or permissions)',
    );
  });

  test('a name cannot break the line', () => {
    expect(actionText({ type: 'DELETE_DESTINATION', path: 'a\n→ new b' })).toBe('→ delete   a\\n→ new b');
  });

  test('ends in totals', () => {
    const actions = [
      action('UPLOAD_NEW', 'a', { bytes: 1024 }),
      action('UPLOAD_NEW', 'd', { kind: 'folder' }),
      action('DELETE_SOURCE', 'b'),
      action('CONFLICT', 'c'),
      action('NO_ACTION', 'same'),
    ];
    const lines = planLines(result({}, { actions }), plain);
    expect(lines).toHaveLength(5);
    expect(lines.at(-1)).toBe(
      'Dry run, nothing was changed: 1 file to the destination (1.0 KiB), 1 file deleted at the source, 1 folder made, 1 conflict',
    );
  });

  test('a conflict that will be merged is no conflict left', () => {
    const conflict: Conflict = {
      kind: 'both-changed',
      path: 'a.md',
      source: undefined,
      destination: undefined,
      outcome: 'merged',
      message: 'changed on both sides: the edits of both are merged',
    };
    expect(planLines(result({}, { actions: [action('CONFLICT', 'a.md', { conflict, reason: conflict.message })] }), plain)).toEqual([
      '↔ merge    a.md  (changed on both sides: the edits of both are merged)',
      'Dry run, nothing was changed: 1 file merged',
    ]);
    expect(problemLines([], [conflict], { verbose: false, quiet: false, paint: plain })).toEqual([
      'merged   a.md: changed on both sides: the edits of both are merged',
    ]);
  });

  test('of nothing says so', () => {
    expect(planLines(result({ sourceFiles: 3, destinationFiles: 3 }), plain)).toEqual(['In sync: 3 files, nothing to do']);
  });
});

describe('the summary', () => {
  test.each<[string, SyncResult, string]>([
    ['nothing to do', result({ sourceFiles: 3, destinationFiles: 3, durationMs: 12 }), 'In sync: 3 files, nothing to do (12 ms)'],
    [
      'work',
      result({ uploaded: 2, bytesUploaded: 2048, deletedAtSource: 1, durationMs: 1500 }),
      'In sync: 2 files to the destination (2.0 KiB), 1 file deleted at the source in 1.5 s',
    ],
    ['a merge', result({ conflicts: 1, merged: 1, durationMs: 5 }), 'In sync: 1 file merged in 5 ms'],
    [
      'failures',
      result({ failed: 1, conflictsLeft: 2, durationMs: 5 }),
      'Not in sync: 1 path failed, 2 conflicts left; nothing else to do (5 ms)',
    ],
    [
      'cancelled',
      result({ uploaded: 1, durationMs: 5 }, { cancelled: true }),
      'Cancelled: 1 file to the destination (0 B) in 5 ms; the next run goes on from here',
    ],
  ])('%s', (_, outcome, line) => expect(summaryLine(outcome, plain)).toBe(line));
});

describe('problems', () => {
  const failed = (path: string): Issue => ({ severity: 'failed', path, code: 'storage/denied', message: 'permission denied' });
  const left: Conflict = {
    kind: 'both-changed',
    path: 'c',
    source: undefined,
    destination: undefined,
    outcome: 'unresolved',
    message: 'both sides changed it',
  };

  test('the first twenty of each kind, all of them with --verbose', () => {
    const issues = Array.from({ length: 25 }, (_, i) => failed(`f${i}`));
    const short = problemLines(issues, [left], { verbose: false, quiet: false, paint: plain });
    expect(short).toHaveLength(22);
    expect(short[0]).toBe('failed   f0: permission denied');
    expect(short[20]).toBe('         and 5 more (--verbose lists all)');
    expect(short[21]).toBe('conflict c: both sides changed it');
    expect(problemLines(issues, [left], { verbose: true, quiet: false, paint: plain })).toHaveLength(26);
  });

  test('--quiet leaves out what needs nobody', () => {
    const settled: Conflict = { ...left, outcome: 'both', message: "both sides changed it: both are kept, the source's as c.conflict-1" };
    const note: Issue = { severity: 'note', path: 'p', code: 'storage/skipped', message: 'a FIFO' };
    expect(problemLines([note], [settled], { verbose: false, quiet: true, paint: plain })).toEqual([]);
    expect(problemLines([note], [settled], { verbose: false, quiet: false, paint: plain })).toEqual([
      'note     p: a FIFO',
      "conflict c: both sides changed it: both are kept, the source's as c.conflict-1",
    ]);
  });

  test('a message that names its path says it once', () => {
    const issue: Issue = { ...failed('a/b'), message: 'a/b cannot be read' };
    expect(problemLines([issue], [], { verbose: false, quiet: false, paint: plain })).toEqual(['failed   a/b cannot be read']);
  });
});

describe('progress', () => {
  const transfer = {
    files: 1234,
    totalFiles: 20000,
    bytes: 450 * 2 ** 20,
    totalBytes: 5 * 2 ** 30,
    bytesPerSecond: 45 * 2 ** 20,
    msLeft: 105_000,
    paused: false,
    path: 'photos/2026/november/a very long name of a picture.jpeg',
  };

  test('says how far, how fast, how long, and what', () => {
    expect(transferLines(transfer, 100)).toEqual([
      '  8%  1,234/20,000 files  450 MiB/5.0 GiB  45 MiB/s  1:45 left',
      '      photos/2026/november/a very long name of a picture.jpeg',
    ]);
  });

  test.each([20, 40, 60, 80])('fits into %d columns', (columns) => {
    for (const line of transferLines({ ...transfer, totalFiles: 9_999_999, path: `${transfer.path}\n日本語/x` }, columns)) {
      expect(displayWidth(line)).toBeLessThan(columns);
    }
  });

  test('at 40 columns the share, the files and the time left are still there', () => {
    expect(transferLines(transfer, 40)[0]).toBe('  8%  1,234/20,000 files  1:45 left');
  });

  test('while looking', () => {
    expect(scanLine({ source: 1500, destination: 3 })).toBe('Looking: 1,500 files at the source, 3 at the destination');
  });
});
