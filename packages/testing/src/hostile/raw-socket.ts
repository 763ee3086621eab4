import { decodeFrame, encodeFrame, type Frame } from '@cloudsync/protocol';

/** What a server says to one request, or how it ends the connection. */
export type Reply =
  | { readonly type: 'result'; readonly result: unknown }
  | { readonly type: 'error'; readonly code: string; readonly message: string }
  | { readonly type: 'closed'; readonly reason: string };

/** A connection to a real server with nothing that keeps its user from saying whatever he likes. */
export class RawSocket {
  /** Codes of all errors that the server answered, whoever asked. */
  readonly codes: string[] = [];
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #requests = 1_000_000;
  #ended: Reply | undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('message', ({ data }) => this.#take(decodeFrame(new Uint8Array(data as ArrayBuffer))));
    socket.addEventListener('close', ({ code, reason }) => this.#end(`${code} ${reason}`));
    socket.addEventListener('error', () => this.#end('an error'));
  }

  static async dial(url: string): Promise<RawSocket> {
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/v1/socket`);
    const raw = new RawSocket(socket);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', () => resolve(), { once: true });
      socket.addEventListener('close', ({ code, reason }) => reject(new Error(`no connection: ${code} ${reason}`)), { once: true });
    });
    return raw;
  }

  /** A connection that has said who it is. */
  static async open(url: string, key: string): Promise<RawSocket> {
    const raw = await RawSocket.dial(url);
    const reply = await raw.request('hello', { protocols: [1], key, device: { id: 'd'.repeat(32), name: 'hostile' } });
    if (reply.type !== 'result') throw new Error(`hello was answered with ${JSON.stringify(reply)}`);
    return raw;
  }

  get isOpen(): boolean {
    return this.#ended === undefined;
  }

  send(bytes: Uint8Array): void {
    if (this.isOpen) this.#socket.send(Uint8Array.from(bytes));
  }

  /** Asks anything, however wrong. */
  request(method: string, params: unknown, id = ++this.#requests): Promise<Reply> {
    if (this.#ended !== undefined) return Promise.resolve(this.#ended);
    const { promise, resolve } = Promise.withResolvers<Reply>();
    this.#waiting.set(id, resolve);
    this.send(encodeFrame({ type: 'request', id, method, params } as Frame));
    return promise;
  }

  close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (!this.isOpen) return Promise.resolve();
    this.#socket.addEventListener('close', () => resolve(), { once: true });
    this.#socket.close();
    return promise;
  }

  #take(frame: Frame): void {
    if (frame.type === 'error') this.codes.push(frame.code);
    if (frame.type !== 'result' && frame.type !== 'error') return;
    const answer = this.#waiting.get(frame.id);
    this.#waiting.delete(frame.id);
    answer?.(frame);
  }

  #end(reason: string): void {
    this.#ended ??= { type: 'closed', reason };
    for (const answer of this.#waiting.values()) answer(this.#ended);
    this.#waiting.clear();
  }
}
