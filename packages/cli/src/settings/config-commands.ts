import { SyncError } from '@cloudsync/engine';
import { tellAgentToReload } from '../agent/control/tell-agent.ts';
import type { ConfigFlags } from '../command-line/live/live-flags.ts';
import { deviceHome, surroundings } from '../device/state-home.ts';
import { linkMeant } from '../links/find-link.ts';
import { type Link, LinkFile } from '../links/link-file.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { parseSettingKey, SETTING_KEYS, SETTINGS, type SettingKey, type SettingValues, settingOf } from './settings.ts';
import { SettingsFile, withSetting } from './settings-file.ts';

interface Asked {
  readonly flags: ConfigFlags;
  readonly terminal: Terminal;
}

/** What is set, from what outranks the rest on. */
interface Found {
  readonly home: string;
  /** Undefined: the settings of all links are meant. */
  readonly link: Link | undefined;
  readonly choices: readonly SettingValues[];
}

/** `cloudsync config get`. @returns the exit code */
export async function configGetCommand(name: string, { flags, terminal }: Asked): Promise<number> {
  const key = parseSettingKey(name);
  const value = settingOf(key, ...find(flags).choices);
  terminal.out(flags.json === true ? JSON.stringify(shown(key, value)) : value);
  return 0;
}

/** `cloudsync config list`. @returns the exit code */
export async function configListCommand({ flags, terminal }: Asked): Promise<number> {
  const { choices } = find(flags);
  const rows = SETTING_KEYS.map((key) => ({
    key,
    value: settingOf(key, ...choices),
    isSet: choices.some((values) => values[key] !== undefined),
  }));
  if (flags.json === true) {
    terminal.out(JSON.stringify(Object.fromEntries(rows.map(({ key, value }) => [key, shown(key, value)])), null, 2));
    return 0;
  }
  const width = Math.max(...SETTING_KEYS.map((key) => key.length));
  for (const { key, value, isSet } of rows) {
    const text = value === '' ? '(none)' : value.replaceAll('\n', ', ');
    const note = terminal.paintOut('dim', `${isSet ? '' : '(standard) '}${SETTINGS[key].description}`);
    terminal.out(`${key.padEnd(width)}  ${text.padEnd(12)}  ${note}`);
  }
  return 0;
}

/** `cloudsync config set`. @returns the exit code */
export async function configSetCommand(name: string, values: readonly string[], { flags, terminal }: Asked): Promise<number> {
  const key = parseSettingKey(name);
  if (key !== 'sync.filters' && values.length > 1)
    throw new SyncError('config/invalid', `${key} takes one value; quote it when it holds spaces`);
  const value = values.join('\n');
  SETTINGS[key].check(value);
  await change(find(flags), key, value);
  terminal.out(`${key} is ${value.replaceAll('\n', ', ')} now`);
  return 0;
}

/** `cloudsync config unset`. @returns the exit code */
export async function configUnsetCommand(name: string, { flags, terminal }: Asked): Promise<number> {
  const key = parseSettingKey(name);
  const found = find(flags);
  await change(found, key, undefined);
  const value = settingOf(key, ...find(flags).choices);
  terminal.out(`${key} is ${value === '' ? '(none)' : value.replaceAll('\n', ', ')} again`);
  return 0;
}

function find({ folder }: ConfigFlags): Found {
  const around = surroundings();
  const home = deviceHome(around);
  const settings = new SettingsFile(home).read();
  if (folder === undefined) return { home, link: undefined, choices: [settings] };
  const link = linkMeant(new LinkFile(home).all(), folder, around.cwd);
  return { home, link, choices: [link.settings, settings] };
}

async function change({ home, link }: Found, key: SettingKey, value: string | undefined): Promise<void> {
  if (link === undefined) await new SettingsFile(home).set(key, value);
  else await new LinkFile(home).change(link, { settings: withSetting(link.settings, key, value) });
  await tellAgentToReload(home);
}

function shown(key: SettingKey, value: string): unknown {
  return key === 'sync.filters' ? value.split('\n').filter((line) => line !== '') : value;
}
