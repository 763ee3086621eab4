import type { Entry } from '../model/entry.ts';

/** Both ends as they were when the content had arrived, hashes included. */
export interface Arrived {
  readonly from: Entry;
  readonly to: Entry;
}

export interface TransferListener {
  /** Bytes of the file that have arrived. */
  readonly onBytes: (bytes: number) => void;
  /** Of these, bytes that the receiver had. */
  readonly onReused: (bytes: number) => void;
}

/** Passes content on and tells how much of it was taken. */
export async function* counted(content: AsyncIterable<Uint8Array>, onBytes: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  for await (const bytes of content) {
    yield bytes;
    onBytes(bytes.length);
  }
}
