import { expect, test } from 'vitest';
import { deviceFolders, deviceHome, type Surroundings, stateHome } from './state-home.ts';

const linux: Surroundings = { platform: 'linux', env: {}, cwd: '/work', home: '/home/ann' };

test.each<[string, string | undefined, Partial<Surroundings>, string]>([
  ['--state-dir outranks all', 'st', { env: { CLOUDSYNC_HOME: '/c' } }, '/work/st'],
  ['CLOUDSYNC_HOME', undefined, { env: { CLOUDSYNC_HOME: '/c', XDG_STATE_HOME: '/x' } }, '/c/state'],
  ['a relative CLOUDSYNC_HOME', undefined, { env: { CLOUDSYNC_HOME: 'dev' } }, '/work/dev/state'],
  ['XDG_STATE_HOME', undefined, { env: { XDG_STATE_HOME: '/x' } }, '/x/cloudsync'],
  [
    'a relative XDG_STATE_HOME is ignored, as the specification says',
    undefined,
    { env: { XDG_STATE_HOME: 'x' } },
    '/home/ann/.local/state/cloudsync',
  ],
  ['Linux', undefined, {}, '/home/ann/.local/state/cloudsync'],
  ['macOS', undefined, { platform: 'darwin', home: '/Users/ann' }, '/Users/ann/Library/Application Support/cloudsync/state'],
  ['Windows', undefined, { platform: 'win32', env: { LOCALAPPDATA: 'C:\\L' } }, 'C:\\L\\cloudsync\\state'],
  [
    'Windows without LOCALAPPDATA',
    undefined,
    { platform: 'win32', home: 'C:\\Users\\ann' },
    'C:\\Users\\ann\\AppData\\Local\\cloudsync\\state',
  ],
  ['Windows with --state-dir', 'st', { platform: 'win32', cwd: 'D:\\w' }, 'D:\\w\\st'],
  ['no home is needed when something else says where', undefined, { home: undefined, env: { XDG_STATE_HOME: '/x' } }, '/x/cloudsync'],
])('%s', (_, stateDir, around, folder) => expect(stateHome(stateDir, { ...linux, ...around })).toBe(folder));

test('with nothing to go by, the error says what to set', () => {
  expect(() => stateHome(undefined, { ...linux, home: undefined })).toThrow(/CLOUDSYNC_HOME or use --state-dir/);
});

test('what this device keeps for itself includes its credentials', () => {
  expect(deviceFolders('/c/state', { ...linux, env: { CLOUDSYNC_HOME: '/c' } })).toEqual(['/c/state', '/c']);
  expect(deviceFolders('/x/cloudsync', linux)).toEqual(['/x/cloudsync', '/home/ann/.config/cloudsync']);
});

test.each<[string, Partial<Surroundings>, string]>([
  ['CLOUDSYNC_HOME', { env: { CLOUDSYNC_HOME: 'dev', XDG_CONFIG_HOME: '/x' } }, '/work/dev'],
  ['XDG_CONFIG_HOME', { env: { XDG_CONFIG_HOME: '/x' } }, '/x/cloudsync'],
  ['Linux', {}, '/home/ann/.config/cloudsync'],
  ['macOS', { platform: 'darwin', home: '/Users/ann' }, '/Users/ann/Library/Application Support/cloudsync'],
  ['Windows', { platform: 'win32', env: { LOCALAPPDATA: 'C:\\L' } }, 'C:\\L\\cloudsync'],
])('settings: %s', (_, around, folder) => expect(deviceHome({ ...linux, ...around })).toBe(folder));

test('without a home for settings, the error says what to set', () => {
  expect(() => deviceHome({ ...linux, home: undefined })).toThrow(/set CLOUDSYNC_HOME/);
});
