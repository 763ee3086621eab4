import { IGNORE_FILE, isOwnName, STATE_FOLDER, TEMPORARY_PREFIX, TRASH_FOLDER } from '@cloudsync/engine';
import { expect, test } from 'vitest';
import * as ours from './own-names.ts';
import { temporaryName } from './temporary.ts';

test('the names that the scan knows are those of the engine', () => {
  expect([ours.IGNORE_FILE, ours.STATE_FOLDER, ours.TEMPORARY_PREFIX, ours.TRASH_FOLDER]).toEqual([
    IGNORE_FILE,
    STATE_FOLDER,
    TEMPORARY_PREFIX,
    TRASH_FOLDER,
  ]);
  for (const name of [IGNORE_FILE, STATE_FOLDER, TRASH_FOLDER, temporaryName(), '.sync_trash2', 'x.sync_state', '', '.', 'a']) {
    expect(ours.isOwnName(name), name).toBe(isOwnName(name));
  }
});
