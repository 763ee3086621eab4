import { expect, test } from 'vitest';
import { LiveLines } from './live-lines.ts';
import { displayWidth } from './width.ts';

function drawn(columns: number): { readonly live: LiveLines; readonly written: string[] } {
  const written: string[] = [];
  return {
    written,
    live: new LiveLines(
      (text) => written.push(text),
      () => columns,
    ),
  };
}

test('no line reaches the last column, where terminals wrap', () => {
  const { live, written } = drawn(40);
  live.show(['x'.repeat(200), '日本語'.repeat(40)]);
  const lines = (written[0] as string).replace(/\x1b\[[\dA-K]*|\r/g, '').split('\n');
  expect(lines.map(displayWidth)).toEqual([39, 39]);
});

test('drawing again starts on the first line and wipes lines that are no longer there', () => {
  const { live, written } = drawn(80);
  live.show(['one', 'two']);
  live.show(['three']);
  expect(written[0]).toBe('\r\x1b[2Kone\n\x1b[2Ktwo\x1b[1A\r');
  expect(written[1]).toBe('\r\x1b[2Kthree\n\x1b[2K\x1b[1A\r');
});

test('clearing leaves an empty line, and does nothing when nothing is shown', () => {
  const { live, written } = drawn(80);
  live.clear();
  expect(written).toEqual([]);
  live.show(['one']);
  live.clear();
  expect(written[1]).toBe('\r\x1b[2K\r');
});
