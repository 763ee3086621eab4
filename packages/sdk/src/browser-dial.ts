import type { Channel, Dial } from '@cloudsync/protocol';
import { unreachable } from './live/wire-error.ts';
import { socketUrl } from './socket-url.ts';

const LOW_BYTES = 1 << 20;
/** A browser's socket does not say when it has sent; it is asked so often. */
const DRAIN_POLL_MS = 20;

/** Connects to a server's socket in a browser, which lets nobody set headers: the key goes in the first frame. */
export function dialInBrowser({ endpoint }: { readonly endpoint: string }): Dial {
  const url = socketUrl(endpoint);
  return (signal) =>
    new Promise<Channel>((resolve, reject) => {
      const socket = new WebSocket(url);
      socket.binaryType = 'arraybuffer';
      const giveUp = (): void => socket.close();
      signal.addEventListener('abort', giveUp, { once: true });
      socket.onopen = () => {
        signal.removeEventListener('abort', giveUp);
        resolve(new BrowserChannel(socket));
      };
      socket.onclose = ({ reason }) => reject(unreachable(reason === '' ? 'no connection' : reason));
    });
}

/** A WebSocket of a browser as a channel. */
class BrowserChannel implements Channel {
  onFrame: Channel['onFrame'] = () => undefined;
  onClose: Channel['onClose'] = () => undefined;
  readonly #socket: WebSocket;
  #isOpen = true;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      if (data instanceof ArrayBuffer) this.onFrame(new Uint8Array(data));
      else this.close('only binary frames are understood');
    };
    socket.onclose = ({ code, reason }) => this.#closed(reason === '' ? `closed with code ${code}` : reason);
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  send(frame: Uint8Array): void {
    if (this.#isOpen) this.#socket.send(frame as Uint8Array<ArrayBuffer>);
  }

  async drained(): Promise<void> {
    while (this.#isOpen && this.bufferedBytes > LOW_BYTES) await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS));
  }

  /** A browser takes frames whenever they come. */
  pause(): void {}

  resume(): void {}

  close(reason = ''): void {
    this.#socket.close();
    this.#closed(reason);
  }

  #closed(reason: string): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.onClose(reason);
  }
}
