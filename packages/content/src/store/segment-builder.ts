import { sealPiece } from '../seal/seal.ts';
import { type ChunkId, decodeChunkId } from './chunk-id.ts';
import type { SealedSegment, SegmentSlot } from './pack-writer.ts';
import { encodeSegment, SEGMENT_BYTES } from './segment.ts';

/** Collects chunks until they fill a segment. */
export class SegmentBuilder {
  readonly raw = Buffer.allocUnsafeSlow(SEGMENT_BYTES);
  readonly chunks: { readonly id: ChunkId; readonly offset: number; readonly length: number }[] = [];
  #used = 0;

  fits(bytes: Uint8Array): boolean {
    return this.#used + bytes.length <= SEGMENT_BYTES;
  }

  /** Copies the bytes. @returns where they begin in {@link raw} */
  add(id: ChunkId, bytes: Uint8Array): number {
    const offset = this.#used;
    this.raw.set(bytes, offset);
    this.chunks.push({ id, offset, length: bytes.length });
    this.#used += bytes.length;
    return offset;
  }

  seal(slot: SegmentSlot): SealedSegment {
    const { codec, bytes } = encodeSegment(this.raw.subarray(0, this.#used));
    return {
      codec,
      rawLength: this.#used,
      ids: Buffer.concat(this.chunks.map(({ id }) => decodeChunkId(id))),
      lengths: Uint32Array.from(this.chunks, ({ length }) => length),
      sealed: sealPiece(slot.seal, slot.piece, bytes),
    };
  }
}
