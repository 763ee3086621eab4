import { ID_BYTES } from '../store/chunk-id.ts';
import { SEGMENT_BYTES } from '../store/segment.ts';
import type { NamedChunks } from './order.ts';

/** Groups those of the chunks that are to be stored, in their order, into segments. */
export function segmentsOf(chunks: NamedChunks, isNew: readonly boolean[]): NamedChunks[] {
  const groups: number[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  chunks.lengths.forEach((length, chunk) => {
    if (!isNew[chunk]) return;
    bytes += length;
    if (bytes > SEGMENT_BYTES) {
      groups.push([]);
      bytes = length;
    }
    groups.at(-1)?.push(chunk);
  });
  return groups.map((group) => pick(chunks, group));
}

function pick({ starts, lengths, ids }: NamedChunks, chunks: readonly number[]): NamedChunks {
  const picked = new Uint8Array(chunks.length * ID_BYTES);
  chunks.forEach((chunk, at) => {
    picked.set(ids.subarray(chunk * ID_BYTES, (chunk + 1) * ID_BYTES), at * ID_BYTES);
  });
  return {
    starts: Uint32Array.from(chunks, (chunk) => starts[chunk] as number),
    lengths: Uint32Array.from(chunks, (chunk) => lengths[chunk] as number),
    ids: picked,
  };
}
