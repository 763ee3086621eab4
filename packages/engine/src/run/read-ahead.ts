import type { ListBatch } from '../storage.ts';

/** What a storage holds, in batches. */
export type Listing = AsyncIterable<ListBatch>;

/** Items that are read before anybody asks for them. */
interface ReadAhead<T> extends AsyncIterable<T> {
  /** Nobody will ask: reading ends, and what went wrong with it is forgotten. */
  drop(): Promise<void>;
}

/** A listing that began before anybody asked for it. */
export type ListingAhead = ReadAhead<ListBatch>;

/** Begins to read at once; what comes before somebody asks for it waits in memory. To be read once, or dropped. */
export function readAhead<T>(items: AsyncIterable<T>): ReadAhead<T> {
  const waiting: T[] = [];
  let isDropped = false;
  let more = Promise.withResolvers<void>();
  const reading = read();
  // Whoever reads is told.
  reading.catch(() => undefined);

  async function read(): Promise<void> {
    try {
      for await (const item of items) {
        if (isDropped) return;
        waiting.push(item);
        more.resolve();
        more = Promise.withResolvers<void>();
      }
    } finally {
      more.resolve();
    }
  }

  async function* rest(): AsyncGenerator<T> {
    let isAtEnd = false;
    const end = reading.finally(() => {
      isAtEnd = true;
    });
    for (;;) {
      yield* waiting.splice(0);
      if (waiting.length > 0) continue;
      if (isAtEnd) break;
      await Promise.race([more.promise, end]);
    }
    await end;
  }

  return {
    [Symbol.asyncIterator]: rest,
    drop: async () => {
      isDropped = true;
      await reading.catch(() => undefined);
    },
  };
}
