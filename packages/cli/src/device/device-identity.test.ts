import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deviceIdentity } from './device-identity.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'device-identity-'));
});
afterEach(() => rmSync(home, { recursive: true }));

test('is drawn once and stays, in a file of its own', () => {
  const state = join(home, 'state');
  const { id, name } = deviceIdentity(state);
  expect(id).toMatch(/^[0-9a-f]{32}$/);
  expect(name).not.toBe('');
  expect(deviceIdentity(state).id).toBe(id);
  expect(readdirSync(state)).toEqual(['device.json']);
  expect(statSync(join(state, 'device.json')).mode & 0o777).toBe(0o600);
});

test('two homes are two devices', () => {
  expect(deviceIdentity(join(home, 'a')).id).not.toBe(deviceIdentity(join(home, 'b')).id);
});

test.each(['', '{}', '{"version":1,"id":"short"}'])(
  'a damaged file (%j) is told, not replaced: the device would forget who it is',
  (text) => {
    writeFileSync(join(home, 'device.json'), text);
    expect(() => deviceIdentity(home)).toThrow(/device.json is damaged/);
    expect(readFileSync(join(home, 'device.json'), 'utf8')).toBe(text);
  },
);
