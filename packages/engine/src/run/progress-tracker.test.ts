import { describe, expect, it } from 'vitest';
import { type SyncProgressEvent, type SyncStage, stageOf } from './events.ts';
import { SyncProgressTracker } from './progress-tracker.ts';
import { emptyStatistics } from './statistics.ts';

type Transfer = 'upload' | 'download';
const start = (totalFiles: number, totalBytes: number): SyncProgressEvent => ({
  type: 'sync_start',
  totalActions: totalFiles,
  totalFiles,
  totalBytes,
  dryRun: false,
});
const progress = (verb: Transfer, path: string, bytesTransferred: number, totalBytes: number): SyncProgressEvent => ({
  type: `${verb}_progress`,
  path,
  bytesTransferred,
  totalBytes,
});
const complete = (
  verb: Transfer | 'delete' | 'rename',
  path: string,
  totalBytes = 0,
  extra: { kind?: 'folder'; attributesOnly?: boolean } = {},
): SyncProgressEvent => ({
  type: `${verb}_complete`,
  action: 'UPLOAD_NEW',
  path,
  kind: 'file',
  attributesOnly: false,
  totalBytes,
  ...extra,
});
const end = (failed = 0, stopped?: { code: 'guard/max-delete'; message: string }): SyncProgressEvent => ({
  type: 'sync_complete',
  statistics: { ...emptyStatistics(), failed },
  dryRun: false,
  cancelled: false,
  stopped,
});

/** Files and bytes done after all these events. */
function doneAfter(...events: SyncProgressEvent[]): [files: number, bytes: number] {
  const tracker = new SyncProgressTracker();
  for (const event of events) tracker.emit(event);
  return [tracker.completedFiles, tracker.completedBytes];
}

describe('running totals', () => {
  it('hands every event on, after it was counted', () => {
    const seen: [string, number][] = [];
    const tracker: SyncProgressTracker = new SyncProgressTracker((event) => seen.push([event.type, tracker.completedFiles]));
    for (const event of [start(1, 5), progress('upload', 'a', 2, 5), complete('upload', 'a', 5), end()]) tracker.emit(event);
    expect(seen).toEqual([
      ['sync_start', 0],
      ['upload_progress', 0],
      ['upload_complete', 1],
      ['sync_complete', 1],
    ]);
    expect([tracker.totalFiles, tracker.totalBytes]).toEqual([1, 5]);
  });

  it('bytes count while they move, and once', () => {
    const moves = [start(2, 30), progress('upload', 'a', 4, 10), progress('download', 'b', 5, 20), progress('upload', 'a', 8, 10)];
    expect(doneAfter(...moves)).toEqual([0, 13]);
    expect(doneAfter(...moves, complete('upload', 'a', 10), complete('download', 'b', 20))).toEqual([2, 30]);
  });

  it('a transfer without progress counts as a whole', () => {
    expect(doneAfter(start(1, 10), complete('upload', 'a', 10))).toEqual([1, 10]);
  });

  it('a transfer that begins anew counts anew', () => {
    expect(doneAfter(start(1, 10), progress('upload', 'a', 9, 10), progress('upload', 'a', 2, 10))).toEqual([0, 2]);
  });

  it('a path that travels twice counts twice', () => {
    const once = [progress('upload', 'a', 10, 10), complete('upload', 'a', 10)];
    expect(doneAfter(start(2, 20), ...once, progress('upload', 'a', 4, 10))).toEqual([1, 14]);
    expect(doneAfter(start(2, 20), ...once, ...once)).toEqual([2, 20]);
  });

  it('folders, attributes, deletions and renames are no transfers', () => {
    const events = [
      complete('upload', 'd', 0, { kind: 'folder' }),
      complete('upload', 'a', 10, { attributesOnly: true }),
      complete('delete', 'b', 10),
      complete('rename', 'c', 10),
    ];
    expect(doneAfter(start(0, 0), ...events)).toEqual([0, 0]);
  });

  it('a new cycle begins at nothing, whatever the last one left half-way', () => {
    const first = [start(2, 20), progress('upload', 'a', 9, 10), complete('upload', 'b', 10), end(1)];
    expect(doneAfter(...first, start(1, 10))).toEqual([0, 0]);
    expect(doneAfter(...first, start(1, 10), progress('upload', 'a', 3, 10))).toEqual([0, 3]);
    expect(doneAfter(...first, start(1, 10), complete('upload', 'a', 10))).toEqual([1, 10]);
  });
});

describe('stages', () => {
  const begin = (verb: 'upload' | 'download' | 'delete' | 'rename'): SyncProgressEvent =>
    ({ ...complete(verb, 'a'), type: `${verb}_start` }) as SyncProgressEvent;

  it.each<[SyncProgressEvent, SyncStage | undefined]>([
    [{ type: 'scan_start', side: 'source', url: 'a' }, 'detecting_local'],
    [{ type: 'scan_start', side: 'destination', url: 'b' }, 'detecting_remote'],
    [{ type: 'scan_complete', side: 'source', files: 1, changes: 0 }, undefined],
    [start(0, 0), undefined],
    [begin('upload'), 'uploading'],
    [begin('download'), 'downloading'],
    [begin('delete'), 'deleting'],
    [begin('rename'), undefined],
    [end(), 'complete'],
    [end(1), 'error'],
    [end(0, { code: 'guard/max-delete', message: 'stopped' }), 'error'],
  ])('%j', (event, stage) => {
    expect(stageOf(event)).toBe(stage);
  });

  it('the tracker stays in a stage until the next begins', () => {
    const tracker = new SyncProgressTracker();
    expect(tracker.stage).toBeUndefined();
    const stages = [
      { type: 'scan_start', side: 'source', url: 'a' } as const,
      begin('upload'),
      complete('upload', 'a'),
      begin('rename'),
      end(),
    ].map((event) => {
      tracker.emit(event);
      return tracker.stage;
    });
    expect(stages).toEqual(['detecting_local', 'uploading', 'uploading', 'uploading', 'complete']);
  });
});
