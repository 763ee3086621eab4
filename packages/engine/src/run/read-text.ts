import { decodeText, MERGE_BYTES_MAX } from '../merge/text.ts';
import type { Entry } from '../model/entry.ts';
import type { Storage } from '../storage.ts';

/**
 * The whole content of a small file.
 * @returns undefined when it is too large to be merged, or when its first bytes already show that it is no text
 * @throws SyncError as Storage.download does; `storage/changed` when it is not what `entry` describes any more
 */
export async function readSmall(storage: Pick<Storage, 'download'>, entry: Entry, signal: AbortSignal): Promise<Uint8Array | undefined> {
  if (entry.kind !== 'file' || entry.size > MERGE_BYTES_MAX) return undefined;
  const content = new Uint8Array(entry.size);
  let length = 0;
  for await (const chunk of storage.download(entry, { signal })) {
    if (length + chunk.length > content.length || chunk.includes(0)) return undefined;
    content.set(chunk, length);
    length += chunk.length;
  }
  return content.subarray(0, length);
}

/** The same as a text that can be merged, or undefined. */
export async function readText(storage: Pick<Storage, 'download'>, entry: Entry, signal: AbortSignal): Promise<string | undefined> {
  const content = await readSmall(storage, entry, signal);
  return content && decodeText(content);
}
