/**
 * Two ends that send each other frames, in order, each whole. A WebSocket is one; the simulator has another.
 * Whoever gets a channel sets both callbacks at once, before it gives the event loop a turn.
 */
export interface Channel {
  /** Takes a frame; its memory is the channel's from now on. After the channel was closed this does nothing. */
  send(frame: Uint8Array): void;
  /** Bytes given to `send` that have not left yet. */
  readonly bufferedBytes: number;
  /** Resolves when `bufferedBytes` is low again, or the channel is closed. */
  drained(): Promise<void>;
  /** Keeps the other end from sending more; frames that are here already still come. */
  pause(): void;
  resume(): void;
  /** Ends the channel at both ends; `onClose` is called once, here too. */
  close(reason?: string): void;
  onFrame: (frame: Uint8Array) => void;
  onClose: (reason: string) => void;
}

/** Makes a channel to the server. @throws SyncError `storage/unreachable`, `server/unauthorized` */
export type Dial = (signal: AbortSignal) => Promise<Channel>;
