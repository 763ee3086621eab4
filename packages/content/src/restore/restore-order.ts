import type { FileAttributes } from '@cloudsync/engine';
import type { ObjectSeal } from '../seal/seal.ts';
import type { ChunkId } from '../store/chunk-id.ts';
import type { Codec } from '../store/segment.ts';
import type { Failure } from '../threads/failure.ts';

/** Files, or parts of them, that are made from neighbouring segments of one pack. Plain data. */
export interface RestoreOrder {
  readonly type: 'restore';
  /** Name of the pack, for errors. */
  readonly pack: string;
  readonly seal: ObjectSeal;
  /** The sealed bytes of the segments, and what may lie between them; or where they are on this machine. */
  readonly sealed: Uint8Array | LocalRange;
  readonly segments: readonly SealedPlace[];
  readonly targets: readonly RestoreTarget[];
  /** In the order of segments. */
  readonly writes: readonly ChunkWrite[];
}

/** Bytes of a file. */
export interface LocalRange {
  /** Absolute. */
  readonly path: string;
  readonly offset: number;
  readonly length: number;
}

/** A segment in the sealed bytes. */
export interface SealedPlace {
  readonly at: number;
  readonly length: number;
  readonly piece: number;
  readonly codec: Codec;
  readonly rawLength: number;
}

export interface RestoreTarget {
  /** Absolute. */
  readonly path: string;
  /** What people call it. */
  readonly name: string;
  /** Whether it is to be made, all of it; else it is there. */
  readonly isNew: boolean;
  /** What a new one gets when it is complete. */
  readonly attributes: FileAttributes | undefined;
}

/** One chunk of one file. */
export interface ChunkWrite {
  readonly id: ChunkId;
  /** Which of the segments. */
  readonly segment: number;
  /** Where it begins in the segment's raw bytes. */
  readonly offset: number;
  readonly length: number;
  /** Which of the targets. */
  readonly target: number;
  /** Where it belongs in the file. */
  readonly position: number;
}

export type RestoreAnswers = {
  /** Why a target could not be written, for each; undefined when all went well. */
  readonly restore: readonly (Failure | undefined)[];
};
