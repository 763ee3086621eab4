import { ConflictResolution } from '@cloudsync/engine';
import { expect, test } from 'vitest';
import { scratchFolder } from '../scratch.test.support.ts';
import { linkOptions, parseSettingKey, SETTING_KEYS, SETTINGS, settingOf } from './settings.ts';
import { SettingsFile } from './settings-file.ts';

test('what is standard can be read, and so can every value that help offers', () => {
  for (const key of SETTING_KEYS) {
    const setting = SETTINGS[key];
    for (const value of [setting.standard, ...('values' in setting ? setting.values : [])]) setting.check(value);
  }
  expect(linkOptions()).toEqual({
    mode: 'realtime',
    schedule: { everyMs: 900_000 },
    conflict: ConflictResolution.NEWEST_WINS,
    filters: [],
    maxDelete: { percent: 50 },
    transfers: 5,
    operations: 10,
    bandwidth: { upload: undefined, download: undefined },
  });
});

test.each([
  ['auto-merge', ConflictResolution.AUTO_MERGE],
  ['latest-wins', ConflictResolution.NEWEST_WINS],
  ['ask', ConflictResolution.MANUAL],
  ['keep-both', ConflictResolution.KEEP_BOTH],
  ['KeepBoth', ConflictResolution.KEEP_BOTH],
])('sync.conflicts %s', (value, conflict) => expect(linkOptions({ 'sync.conflicts': value }).conflict).toBe(conflict));

test('a link’s own setting outranks that of all links', () => {
  const [own, all] = [{ 'sync.mode': 'manual' }, { 'sync.mode': 'scheduled', 'sync.filters': '*.tmp\nx/' }];
  expect(linkOptions(own, all)).toMatchObject({ mode: 'manual', filters: ['*.tmp', 'x/'] });
  expect(settingOf('sync.mode', {}, all)).toBe('scheduled');
});

test('what cannot be read is refused, with what can', () => {
  expect(() => parseSettingKey('sync.speed')).toThrow(/use one of sync\.mode, /);
  expect(parseSettingKey('SYNC.MAXDELETE')).toBe('sync.maxDelete');
  expect(() => linkOptions({ 'sync.mode': 'always' })).toThrow(/realtime, scheduled, manual/);
  expect(() => SETTINGS['sync.interval'].check('99 * * * *')).toThrow(/is not a cron line/);
  expect(() => SETTINGS['limits.transfers'].check('none')).toThrow(/limits\.transfers needs a whole number/);
});

test('is kept, and taken back', async () => {
  const file = new SettingsFile(scratchFolder());
  await file.set('sync.mode', 'manual');
  await file.set('limits.transfers', '3');
  expect(file.read()).toEqual({ 'sync.mode': 'manual', 'limits.transfers': '3' });
  await file.set('sync.mode', undefined);
  expect(file.read()).toEqual({ 'limits.transfers': '3' });
});
