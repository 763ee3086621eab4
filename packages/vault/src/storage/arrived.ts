import { type Entry, SyncError } from '@cloudsync/engine';

/** Content that ends as soon as it is more than it should be: nobody stores gigabytes to refuse them afterwards. */
export async function* boundedContent({ size }: Entry, content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const piece of content) {
    yield piece;
    bytes += piece.length;
    if (bytes > size) return;
  }
}

/** @throws SyncError `storage/corrupt-transfer` when content is not as long, or not the one, that its entry says */
export function assertArrived(entry: Entry, { hash, size }: { readonly hash: string; readonly size: number }): void {
  const isWhole = size === entry.size;
  const isSame = entry.hash === undefined || entry.hash.includes(':') || entry.hash === hash;
  if (isWhole && isSame) return;
  const arrived = isWhole ? 'its content has another hash' : `${size > entry.size ? 'more than ' : `${size} of `}${entry.size} bytes`;
  throw new SyncError(
    'storage/corrupt-transfer',
    `${JSON.stringify(entry.path)} arrived damaged: ${arrived}; nothing was replaced, try again`,
    {
      path: entry.path,
      retryable: true,
    },
  );
}
