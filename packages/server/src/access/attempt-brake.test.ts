import { expect, test } from 'vitest';
import { AttemptBrake, sourceOf } from './attempt-brake.ts';

function brakeAt(startMs: number, options: { sourcesMax?: number } = {}) {
  const clock = { nowMs: startMs };
  return {
    clock,
    brake: new AttemptBrake({ now: () => clock.nowMs, failuresMax: 3, firstWaitMs: 1000, waitMsMax: 8000, forgetMs: 60_000, ...options }),
  };
}

test('a few failures are free, then each doubles the wait', () => {
  const { brake, clock } = brakeAt(0);
  for (let failure = 0; failure < 3; failure++) brake.failed('a');
  brake.assertFree('a');
  const waits = [1000, 2000, 4000, 8000, 8000].map((waitMs) => {
    brake.failed('a');
    clock.nowMs += waitMs - 1;
    expect(() => brake.assertFree('a')).toThrow(expect.objectContaining({ code: 'server/too-many-attempts', retryable: true }));
    clock.nowMs += 1;
    brake.assertFree('a');
    return waitMs;
  });
  expect(waits.length).toBe(5);
  brake.assertFree('b');
});

test('who was quiet for long starts anew', () => {
  const { brake, clock } = brakeAt(0);
  for (let failure = 0; failure < 4; failure++) brake.failed('a');
  clock.nowMs += 60_001;
  for (let failure = 0; failure < 3; failure++) brake.failed('a');
  brake.assertFree('a');
});

test('its memory is bounded, and what fails still is remembered before what was quiet', () => {
  const { brake } = brakeAt(0, { sourcesMax: 100 });
  for (let failure = 0; failure < 4; failure++) brake.failed('guesser');
  for (let other = 0; other < 1000; other++) {
    brake.failed(`other ${other}`);
    if (other % 50 === 0) brake.failed('guesser');
  }
  expect(brake.size).toBe(100);
  expect(() => brake.assertFree('guesser')).toThrow('too many failed attempts');
});

test.each([
  ['203.0.113.9', '203.0.113.9'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:0db8:0000:0000:ffff::', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['not an address', 'not an address'],
])('%s counts as %s', (address, source) => {
  expect(sourceOf(address)).toBe(source);
});
