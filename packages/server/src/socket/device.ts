import type { Push, PushName } from '@cloudsync/protocol';
import type { Principal } from '../access/principal.ts';

/** Who speaks at the other end of a channel. */
export interface Peer {
  readonly principal: Principal;
  readonly device: { readonly id: string; readonly name: string };
}

/** A device that is connected. */
export interface Device {
  /** Undefined until it has said hello. */
  readonly peer: Peer | undefined;
  /** When it connected, and when it was last heard: milliseconds since 1970. */
  readonly beganMs: number;
  readonly heardMs: number;
  /** Bytes on their way to it. */
  readonly bufferedBytes: number;
  push<P extends PushName>(name: P, push: Push<P>): void;
  /** Sends a frame that was encoded for several. */
  sendEncoded(frame: Uint8Array): void;
  close(reason: string): void;
}
