import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeNumberCursor } from '../access/page.ts';
import { visiblePage } from './visible-page.ts';

/** Everything that is visible, page by page. */
function readAll(items: readonly number[], limit: number, sees: (item: number) => boolean): { found: number[]; pages: number } {
  const found: number[] = [];
  for (let position: number | undefined, pages = 1; ; pages++) {
    const page = visiblePage({
      limit,
      position,
      next: (after, count) => items.filter((item) => item > Number(after ?? -1)).slice(0, count),
      positionOf: (item) => item,
      sees,
      show: (item) => item,
    });
    expect(page.data.length).toBeLessThanOrEqual(limit);
    expect(page.pagination.cursor !== null).toBe(page.pagination.hasMore);
    found.push(...page.data);
    if (page.pagination.cursor === null) return { found, pages };
    position = decodeNumberCursor(page.pagination.cursor);
  }
}

test('its pages hold all that is visible, once and in order', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat(500), { maxLength: 120 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 60 }),
      (some, limit, every) => {
        const items = some.sort((a, b) => a - b);
        const sees = (item: number): boolean => item % every === 0;
        expect(readAll(items, limit, sees).found).toEqual(items.filter(sees));
      },
    ),
  );
});

test('a page passes over a bounded number of hidden items', () => {
  const items = Array.from({ length: 1000 }, (_, item) => item);
  const { found, pages } = readAll(items, 4, (item) => item === 999);
  expect(found).toEqual([999]);
  expect(pages).toBeGreaterThan(5);
});
