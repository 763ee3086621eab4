import { IGNORE_FILE, isOwnName, STATE_FOLDER, TEMPORARY_PREFIX, TRASH_FOLDER } from '@cloudsync/engine';
import { expect, test } from 'vitest';
import * as ours from './own-names.ts';
import { temporaryName } from './temporary.ts';

test('the names that the scan knows are those of the engine', () => {
  expect({ ...ours, isOwnName: undefined }).toEqual({ IGNORE_FILE, STATE_FOLDER, TEMPORARY_PREFIX, TRASH_FOLDER, isOwnName: undefined });
  for (const name of [IGNORE_FILE, STATE_FOLDER, TRASH_FOLDER, temporaryName(), '.sync_trash2', 'x.sync_state', '', '.', 'a']) {
    expect(ours.isOwnName(name), name).toBe(isOwnName(name));
  }
});
