import { expect, test } from 'vitest';
import { Speedometer } from './speedometer.ts';

test('nothing is known before two moments', () => {
  const speed = new Speedometer();
  expect(speed.msLeft(100, 1)).toBeUndefined();
  speed.note(0, 0, 0);
  expect(speed.bytesPerSecond).toBe(0);
});

test('time left follows the slower of bytes and files', () => {
  const speed = new Speedometer();
  speed.note(0, 0, 0);
  speed.note(1000, 1000, 10);
  expect(speed.bytesPerSecond).toBe(1000);
  expect(speed.msLeft(5000, 10)).toBe(5000);
  expect(speed.msLeft(100, 100)).toBe(10_000);
});

test('only the last seconds count', () => {
  const speed = new Speedometer();
  speed.note(0, 0, 0);
  for (let s = 1; s <= 20; s++) speed.note(s * 1000, s < 10 ? s * 1000 : 9000 + (s - 9) * 10, s);
  expect(speed.bytesPerSecond).toBeCloseTo(10, 0);
});

test('a standstill promises nothing', () => {
  const speed = new Speedometer();
  speed.note(0, 50, 1);
  speed.note(1000, 50, 1);
  expect(speed.msLeft(100, 1)).toBeUndefined();
});
