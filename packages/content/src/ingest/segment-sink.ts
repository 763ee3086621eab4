import type { PackKind } from '../store/directory.ts';
import type { SealedSegment, SegmentSlot } from '../store/pack-writer.ts';

/** Where sealed segments go: what a chunk store does for those who make segments in threads. */
export interface SegmentSink {
  /** Which of these ids (32 bytes each) are new: from now on they count as under way, and the caller delivers or releases them. */
  claim(ids: Uint8Array): boolean[];
  reserve(kind: PackKind): SegmentSlot;
  /**
   * Waits while more than a few packs are being written.
   * @param onWritten told when the memory of `segment.sealed` may be used again
   * @throws SyncError when a pack could not be written
   */
  deliver(slot: SegmentSlot, segment: SealedSegment, onWritten?: () => void): Promise<void>;
  /** Gives a slot back that is not used. */
  cancel(slot: SegmentSlot): void;
  /** Gives up claims. */
  release(ids: Uint8Array): void;
}
