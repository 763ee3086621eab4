import { DEFAULT_CHUNKER } from '@cloudsync/content';
import { expect, it } from 'vitest';
import { gearCuts } from './gear.ts';
import { edited, resentPerEdit } from './resent.ts';
import { noise } from './samples.ts';

const content = noise('test', 4 << 20);

it('gear cuts random bytes into chunks of about the average, never below the minimum or above the maximum', () => {
  const ends = gearCuts(content, DEFAULT_CHUNKER);
  expect(ends.at(-1)).toBe(content.length);
  const lengths = ends.map((end, at) => end - (ends[at - 1] ?? 0));
  for (const length of lengths.slice(0, -1)) expect(length).toBeGreaterThan(DEFAULT_CHUNKER.minimum);
  for (const length of lengths) expect(length).toBeLessThanOrEqual(DEFAULT_CHUNKER.maximum);
  expect(content.length / ends.length).toBeGreaterThan(50_000);
  expect(content.length / ends.length).toBeLessThan(100_000);
});

it('an insertion re-sends a chunk or two; cutting at fixed places re-sends nearly all after an insertion', () => {
  const cut = (bytes: Uint8Array): number[] => gearCuts(bytes, DEFAULT_CHUNKER);
  const fixed = (bytes: Uint8Array): number[] =>
    Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, at) => Math.min(bytes.length, (at + 1) * 65_536));
  const task = { edits: 1, maximum: DEFAULT_CHUNKER.maximum } as const;
  expect(resentPerEdit(content, cut, { ...task, edit: 'insert' }).perEdit).toBeLessThan(300_000);
  expect(resentPerEdit(content, fixed, { ...task, edit: 'insert' }).perEdit).toBeGreaterThan(300_000);
});

it('edits do what they are called', () => {
  expect(edited(content, 'insert', 10).length).toBeGreaterThan(content.length);
  expect(edited(content, 'delete', 10).length).toBeLessThan(content.length);
  const moved = edited(content, 'move', 10);
  expect(moved.length).toBe(content.length);
  expect(Buffer.from(moved).equals(content)).toBe(false);
});
