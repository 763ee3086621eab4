import type { Channel } from './channel.ts';

/** What is used of a socket of the `ws` package, at either end. */
export interface WsSocket {
  readonly bufferedAmount: number;
  send(data: Uint8Array, options: { binary: boolean; compress: boolean }, sent: (error?: Error) => void): void;
  close(code: number, reason: string): void;
  pause(): void;
  resume(): void;
  on(event: 'message', listener: (data: Uint8Array, isBinary: boolean) => void): unknown;
  on(event: 'close', listener: (code: number, reason: Uint8Array) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

const LOW_BYTES = 1 << 20;
const NORMAL_CLOSE = 1000;
/** What a close frame can hold. */
const REASON_BYTES_MAX = 120;
const OPTIONS = { binary: true, compress: false };

/** A WebSocket as a channel. Its binary type is the default of `ws`, and its largest message what the protocol allows. */
export class WsChannel implements Channel {
  onFrame: Channel['onFrame'] = () => undefined;
  onClose: Channel['onClose'] = () => undefined;
  readonly #socket: WsSocket;
  #isOpen = true;
  #draining: PromiseWithResolvers<void> | undefined;
  #failure: string | undefined;

  constructor(socket: WsSocket) {
    this.#socket = socket;
    socket.on('message', (data, isBinary) => {
      if (isBinary) this.onFrame(data);
      else this.close('only binary frames are understood');
    });
    socket.on('error', ({ message }) => {
      this.#failure = message;
    });
    socket.on('close', (code, reason) => this.#closed(this.#failure ?? (new TextDecoder().decode(reason) || `closed with code ${code}`)));
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  send(frame: Uint8Array): void {
    if (this.#isOpen) this.#socket.send(frame, OPTIONS, this.#sent);
  }

  async drained(): Promise<void> {
    if (!this.#isOpen || this.bufferedBytes <= LOW_BYTES) return;
    this.#draining ??= Promise.withResolvers();
    await this.#draining.promise;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(reason = ''): void {
    this.#socket.close(NORMAL_CLOSE, asReason(reason));
    this.#closed(reason);
  }

  readonly #sent = (): void => {
    if (this.#draining !== undefined && this.bufferedBytes <= LOW_BYTES) this.#drained();
  };

  #drained(): void {
    this.#draining?.resolve();
    this.#draining = undefined;
  }

  #closed(reason: string): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#drained();
    this.onClose(reason);
  }
}

/** Without what does not fit, and never half a character. */
function asReason(text: string): string {
  const bytes = new TextEncoder().encode(text).subarray(0, REASON_BYTES_MAX);
  return new TextDecoder().decode(bytes).replace(/\uFFFD+$/, '');
}
