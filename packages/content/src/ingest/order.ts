import type { LocalFile } from '@cloudsync/engine';
import type { SealedSegment, SegmentSlot } from '../store/pack-writer.ts';
import type { Failure } from '../threads/failure.ts';

/** Work for a thread, in plain data. Content lies in memory that all threads share; places are offsets in it. */
export type IngestOrder =
  /** Reads small files one behind the other, and names their chunks. */
  | { readonly type: 'read-files'; readonly arena: number; readonly files: readonly LocalFile[] }
  /** The same with content that is in the arena already. */
  | { readonly type: 'take-contents'; readonly arena: number; readonly lengths: readonly number[] }
  /** The next part of a big file, and where its chunks end. All parts go to one thread. */
  | { readonly type: 'read-part'; readonly arena: number; readonly stream: number; readonly file: LocalFile }
  /** The same with content that is in the arena already. */
  | {
      readonly type: 'take-part';
      readonly arena: number;
      readonly stream: number;
      readonly length: number;
      readonly isLast: boolean;
    }
  /** Nothing more comes of this file. */
  | { readonly type: 'drop'; readonly stream: number }
  | { readonly type: 'name'; readonly chunks: ChunkPlaces }
  /** `into`: memory for the sealed segment (output-memory.ts), when there is some. */
  | { readonly type: 'seal'; readonly slot: SegmentSlot; readonly chunks: NamedChunks; readonly into: number | undefined };

/** The answer to an order of that type, or why it could not be done. */
export type IngestAnswers = {
  readonly 'read-files': { readonly files: readonly FileOutcome[]; readonly chunks: NamedChunks };
  readonly 'take-contents': IngestAnswers['read-files'];
  readonly 'read-part': { readonly chunks: ChunkPlaces; readonly bytes: number; readonly end: FileFacts | undefined };
  readonly 'take-part': IngestAnswers['read-part'];
  readonly drop: undefined;
  readonly name: Uint8Array;
  readonly seal: SealedAnswer;
};

/** A sealed segment: `sealed` is how many bytes of the given memory it takes, or memory of its own. */
export type SealedAnswer = Omit<SealedSegment, 'sealed'> & { readonly sealed: number | Uint8Array };

/** Where chunks lie in the memory. */
export interface ChunkPlaces {
  readonly starts: Uint32Array;
  readonly lengths: Uint32Array;
}

export interface NamedChunks extends ChunkPlaces {
  /** 32 bytes each. */
  readonly ids: Uint8Array;
}

/** What is known of a file when all of it was read. */
export interface FileFacts {
  /** SHA-256 in lower-case hex. */
  readonly hash: string;
  /** Bytes. */
  readonly size: number;
}

export type FileOutcome = (FileFacts & { /** How many. */ readonly chunks: number }) | { readonly failure: Failure };
