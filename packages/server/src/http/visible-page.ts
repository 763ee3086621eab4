import type { Page } from '@cloudsync/protocol/rest/envelope';
import { encodeCursor } from '../access/page.ts';

export interface VisiblePageOptions<Item, Shown> {
  readonly limit: number;
  /** Where the page begins; undefined: at the beginning. */
  readonly position: string | number | undefined;
  /** The next `count` of the whole list, from behind a position on. */
  readonly next: (position: string | number | undefined, count: number) => readonly Item[];
  readonly positionOf: (item: Item) => string | number;
  readonly sees: (item: Item) => boolean;
  readonly show: (item: Item) => Shown;
}

/** So many hidden items are passed over for one page; a page may hold less than was asked for, and still have a next. */
const BATCHES_MAX = 20;

/** A page of what somebody may see of a list that holds more. Where it goes on is found from the whole list, so that nothing is left out. */
export function visiblePage<Item, Shown>(options: VisiblePageOptions<Item, Shown>): Page<Shown> {
  const { limit, next, positionOf, sees, show } = options;
  const data: Shown[] = [];
  let position = options.position;
  for (let batch = 0; batch < BATCHES_MAX; batch++) {
    const items = next(position, limit + 1);
    for (const item of items) {
      if (data.length === limit) return { data, pagination: { cursor: encodeCursor(position ?? ''), hasMore: true } };
      position = positionOf(item);
      if (sees(item)) data.push(show(item));
    }
    if (items.length <= limit) return { data, pagination: { cursor: null, hasMore: false } };
  }
  return { data, pagination: { cursor: encodeCursor(position ?? ''), hasMore: true } };
}
