import { type Environment, SyncError } from '@cloudsync/engine';
import {
  type Channel,
  decodeFrame,
  encodeFrame,
  type Frame,
  LIMITS,
  METHODS,
  type Method,
  type Params,
  PUSHES,
  type Push,
  type PushName,
  type Result,
} from '@cloudsync/protocol';
import type * as z from 'zod';
import { errorOfWire, unreachable } from './wire-error.ts';

/** So often each end says that it is there. */
const HEARTBEAT_MS = 15_000;
/** Nothing was heard for so long: the other end is gone. */
const SILENCE_MAX_MS = 45_000;
/** An answer that takes longer never comes. */
const ANSWER_MAX_MS = 120_000;

export type PushListener = <P extends PushName>(name: P, push: Push<P>) => void;

export interface SessionOptions {
  readonly channel: Channel;
  readonly environment: Environment;
  readonly onPush: PushListener;
  /** Counts what goes over the channel. */
  readonly traffic: Traffic;
}

/** Bytes of frames. */
export interface Traffic {
  sentBytes: number;
  receivedBytes: number;
}

interface Waiting {
  readonly method: Method;
  readonly askedMs: number;
  readonly answer: PromiseWithResolvers<unknown>;
}

/** Requests and their answers over one channel, as long as it lasts. */
export class Session {
  /** Resolves with the reason when the channel has ended. */
  readonly ended: Promise<string>;
  readonly #options: SessionOptions;
  readonly #end = Promise.withResolvers<string>();
  readonly #beats = new AbortController();
  readonly #waiting = new Map<number, Waiting>();
  /** Requests that wait until fewer are open. */
  readonly #queue: (() => void)[] = [];
  #requests = 0;
  #heardMs: number;
  #open = true;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.ended = this.#end.promise;
    this.#heardMs = options.environment.now();
    const { channel } = options;
    channel.onFrame = (bytes) => this.#receive(bytes);
    channel.onClose = (reason) => this.#ended(reason);
    void this.#beat();
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** @throws SyncError what the server answered; `storage/unreachable` when the channel ends first */
  async request<M extends Method>(method: M, params: Params<M>): Promise<Result<M>> {
    while (this.#waiting.size >= LIMITS.requestsOpenMax && this.#open) await new Promise<void>((resolve) => this.#queue.push(resolve));
    if (!this.#open) throw unreachable('the connection ended');
    const id = ++this.#requests;
    const answer = Promise.withResolvers<unknown>();
    this.#waiting.set(id, { method, askedMs: this.#options.environment.now(), answer });
    this.#send({ type: 'request', id, method, params });
    return (await answer.promise) as Result<M>;
  }

  /** Resolves when what was sent has mostly left. */
  drained(): Promise<void> {
    return this.#options.channel.drained();
  }

  close(reason: string): void {
    this.#options.channel.close(reason);
    this.#ended(reason);
  }

  #send(frame: Frame): void {
    const bytes = encodeFrame(frame);
    this.#options.traffic.sentBytes += bytes.length;
    this.#options.channel.send(bytes);
  }

  #receive(bytes: Uint8Array): void {
    if (!this.#open) return;
    this.#heardMs = this.#options.environment.now();
    this.#options.traffic.receivedBytes += bytes.length;
    try {
      this.#take(decodeFrame(bytes));
    } catch (error) {
      if (!SyncError.is(error)) throw error;
      this.close(`the server said something that cannot be understood: ${error.message}`);
    }
  }

  #take(frame: Frame): void {
    switch (frame.type) {
      case 'result':
        this.#answer(frame.id, ({ method, answer }) => answer.resolve(understood(METHODS[method].result, frame.result)));
        break;
      case 'error':
        this.#answer(frame.id, ({ answer }) => answer.reject(errorOfWire(frame)));
        break;
      case 'push':
        this.#takePush(frame.name, frame.push);
        break;
      case 'ping':
        this.#send({ type: 'pong' });
        break;
      case 'pong':
      case 'request':
        break;
    }
  }

  /** What a newer server says and nobody here knows is passed over. */
  #takePush(name: string, push: unknown): void {
    if (!Object.hasOwn(PUSHES, name)) return;
    const known = name as PushName;
    this.#options.onPush(known, understood(PUSHES[known], push) as Push<typeof known>);
  }

  #answer(id: number, settle: (waiting: Waiting) => void): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    settle(waiting);
    this.#waiting.delete(id);
    this.#queue.shift()?.();
  }

  async #beat(): Promise<void> {
    const { environment } = this.#options;
    const { signal } = this.#beats;
    while (this.#open) {
      try {
        await environment.sleep(HEARTBEAT_MS, signal);
      } catch {
        return;
      }
      if (!this.#open) return;
      const nowMs = environment.now();
      const isLate = [...this.#waiting.values()].some(({ askedMs }) => nowMs - askedMs > ANSWER_MAX_MS);
      if (nowMs - this.#heardMs > SILENCE_MAX_MS || isLate) this.close('the server does not answer');
      else this.#send({ type: 'ping' });
    }
  }

  #ended(reason: string): void {
    if (!this.#open) return;
    this.#open = false;
    this.#beats.abort();
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { answer } of waiting) answer.reject(unreachable(reason));
    for (const resume of this.#queue.splice(0)) resume();
    this.#end.resolve(reason);
  }
}

/** @throws SyncError `server/invalid` */
function understood(schema: z.ZodType, value: unknown): unknown {
  const { data, error } = schema.safeParse(value);
  if (error !== undefined) throw new SyncError('server/invalid', error.issues[0]?.message ?? 'not understood');
  return data;
}
