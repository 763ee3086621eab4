import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalStateDirectory } from '@cloudsync/storages';
import { expect, onTestFinished, test } from 'vitest';
import { LAST_RUN_FILE, type LastRun } from './last-run.ts';
import { LastRunWriter } from './last-run-writer.ts';

function place(): { state: LocalStateDirectory; finishedAt: () => string } {
  const folder = mkdtempSync(join(tmpdir(), 'cloudsync-last-run-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return {
    state: new LocalStateDirectory(folder),
    finishedAt: () => (JSON.parse(readFileSync(join(folder, LAST_RUN_FILE), 'utf8')) as LastRun).finishedAt,
  };
}

function record(finishedAt: string, result: LastRun['result'] = 'in-sync'): LastRun {
  return {
    version: 1,
    source: '/a',
    destination: '/b',
    options: {} as LastRun['options'],
    startedAt: '',
    finishedAt,
    result,
    conflicts: [],
    failed: [],
  };
}

test('the first record is written at once, one that says the same later, and on closing at the latest', async () => {
  const { state, finishedAt } = place();
  const writer = new LastRunWriter(state);
  await writer.write(record('first'));
  expect(finishedAt()).toBe('first');
  await writer.write(record('second'));
  await writer.write(record('third'));
  expect(finishedAt()).toBe('first');
  await writer.close();
  expect(finishedAt()).toBe('third');
});

test('news is written at once, and so is what ends it', async () => {
  const { state, finishedAt } = place();
  const writer = new LastRunWriter(state);
  for (const one of [record('well'), record('broken', 'error'), record('well again')]) {
    await writer.write(one);
    expect(finishedAt()).toBe(one.finishedAt);
  }
});

test('what another process wrote meanwhile is not replaced by what waited', async () => {
  const { state, finishedAt } = place();
  const writer = new LastRunWriter(state);
  await writer.write(record('first'));
  await writer.write(record('waits'));
  await new LastRunWriter(state).write(record('of another'));
  await writer.close();
  expect(finishedAt()).toBe('of another');
});
