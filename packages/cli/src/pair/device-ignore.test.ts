import { IgnoreRules } from '@cloudsync/engine';
import { expect, test } from 'vitest';
import { deviceIgnore } from './device-ignore.ts';

test('state below a root is left out of it; state elsewhere needs no rule', () => {
  expect(deviceIgnore(['/home/ann/.local/state/cloudsync'], ['/home/ann', '/mnt/backup'])).toEqual(['/.local/state/cloudsync/']);
  expect(deviceIgnore(['/var/cloudsync'], ['/home/ann', '/mnt/backup'])).toEqual([]);
});

test('the rule matches that folder and nothing else, whatever its name', () => {
  for (const name of ['a[b]c', 'x*y', 'what?', '#1', '!', 'back\\slash', 'end ']) {
    const rules = new IgnoreRules(deviceIgnore([`/root/${name}`], ['/root']));
    expect([name, rules.ignores(name, true)]).toEqual([name, true]);
    expect(rules.ignores('other', true)).toBe(false);
    expect(rules.ignores('abc', true)).toBe(false);
    expect(rules.ignores('xzy', true)).toBe(false);
  }
});
