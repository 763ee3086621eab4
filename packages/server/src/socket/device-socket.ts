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
  type Push,
  type PushName,
} from '@cloudsync/protocol';
import type { Access } from '../access/access.ts';
import type { Workspaces } from '../workspace/workspaces.ts';
import type { Device, Peer } from './device.ts';
import type { OpenWorkspace } from './open-workspace.ts';
import type { RequestContext } from './request-context.ts';
import { HANDLERS, isLong } from './requests.ts';
import type { SocketHub } from './socket-hub.ts';

export interface DeviceSocketOptions {
  readonly channel: Channel;
  readonly workspaces: Workspaces;
  readonly access: Access;
  readonly hub: SocketHub;
  readonly environment: Environment;
  /** From where it comes, for the brake on guessed keys. */
  readonly address: string;
  /** The key that the channel was opened with; else the first frame has to tell it. */
  readonly key?: string | undefined;
  /** Told of what is a defect of the server. */
  readonly onDefect?: ((error: unknown) => void) | undefined;
}

const PROTOCOL = 1;
/** With more than this of requests at hand the device is kept from sending. */
const TAKEN_BYTES_MAX = 16 << 20;
/** With more than this on its way no long answer begins. */
const LEAVING_BYTES_MAX = 4 << 20;

/**
 * One device over one channel. Requests are looked at only within the limits of the protocol, and answered as they are done; who asks faster than
 * he takes answers is kept from asking.
 */
export class DeviceSocket implements Device {
  readonly #options: DeviceSocketOptions;
  readonly #opened = new Map<string, OpenWorkspace>();
  readonly beganMs: number;
  heardMs: number;
  #context: RequestContext | undefined;
  #isOpen = true;
  #requests = 0;
  #takenBytes = 0;
  /** Long answers are made one by one. */
  #long: Promise<void> = Promise.resolve();

  constructor(options: DeviceSocketOptions) {
    this.#options = options;
    this.beganMs = options.environment.now();
    this.heardMs = this.beganMs;
    const { channel, hub } = options;
    channel.onFrame = (bytes) => this.#receive(bytes);
    channel.onClose = () => this.#ended();
    hub.add(this);
  }

  get peer(): Peer | undefined {
    return this.#context?.peer;
  }

  get bufferedBytes(): number {
    return this.#options.channel.bufferedBytes;
  }

  push<P extends PushName>(name: P, push: Push<P>): void {
    this.#send({ type: 'push', name, push });
  }

  sendEncoded(frame: Uint8Array): void {
    if (this.#isOpen) this.#options.channel.send(frame);
  }

  close(reason: string): void {
    this.#options.channel.close(reason);
    this.#ended();
  }

  #send(frame: Frame): void {
    this.sendEncoded(encodeFrame(frame));
  }

  #receive(bytes: Uint8Array): void {
    if (!this.#isOpen) return;
    this.heardMs = this.#options.environment.now();
    try {
      if (this.#context === undefined && bytes.length > LIMITS.helloBytesMax)
        throw new SyncError('server/too-large', 'the first frame is too large');
      this.#take(decodeFrame(bytes), bytes.length);
    } catch (error) {
      if (!SyncError.is(error)) this.#options.onDefect?.(error);
      this.close(SyncError.is(error) ? error.message : 'a defect of the server');
    }
  }

  #take(frame: Frame, bytes: number): void {
    if (frame.type === 'ping') this.#send({ type: 'pong' });
    if (frame.type === 'ping' || frame.type === 'pong') return;
    if (frame.type !== 'request') throw new SyncError('server/invalid', 'a device only asks');
    if (this.#requests >= LIMITS.requestsOpenMax) throw new SyncError('server/too-many-requests', 'too many requests are open');
    if (this.#context === undefined && (frame.method !== 'hello' || this.#requests > 0))
      throw new SyncError('server/unauthenticated', 'say hello first');
    void this.#answer(frame, bytes);
  }

  async #answer({ id, method, params }: Extract<Frame, { type: 'request' }>, bytes: number): Promise<void> {
    this.#count(1, bytes);
    try {
      const result = await this.#perform(method, params);
      this.#send({ type: 'result', id, result });
    } catch (error) {
      this.#refuse(id, method, error);
    } finally {
      this.#count(-1, -bytes);
    }
  }

  #refuse(id: number, method: string, error: unknown): void {
    if (!SyncError.is(error)) this.#options.onDefect?.(error);
    const { code, message } = SyncError.is(error) ? error : { code: 'server/internal', message: 'the server failed; try again' };
    this.#send({ type: 'error', id, code, message });
    if (method === 'hello') this.close(message);
  }

  async #perform(name: string, params: unknown): Promise<unknown> {
    if (!Object.hasOwn(METHODS, name)) throw new SyncError('server/invalid', 'there is no such method');
    const method = name as Method;
    const parsed = METHODS[method].params.safeParse(params);
    if (!parsed.success) throw new SyncError('server/invalid', `${method}: ${parsed.error.issues[0]?.message ?? 'not understood'}`);
    if (method === 'hello') return this.#hello(parsed.data as Params<'hello'>);
    const context = this.#context as RequestContext;
    const handler = HANDLERS[method] as (context: RequestContext, params: unknown) => unknown;
    return isLong(method) ? this.#inTurn(() => handler(context, parsed.data)) : handler(context, parsed.data);
  }

  async #hello({ protocols, key, device }: Params<'hello'>): Promise<unknown> {
    if (this.#context !== undefined) throw new SyncError('server/invalid', 'hello is said once');
    if (!protocols.includes(PROTOCOL)) throw new SyncError('server/invalid', `this server speaks version ${PROTOCOL}; update the client`);
    const { access, address } = this.#options;
    const given = this.#options.key ?? key;
    if (given === undefined) throw new SyncError('server/unauthenticated', 'an API key is needed; give one');
    const principal = await access.authenticate(given, address);
    await access.devices.seen(principal.userId, device);
    const { workspaces, hub } = this.#options;
    this.#context = { workspaces, access, hub, device: this, peer: { principal, device }, opened: this.#opened };
    return { protocol: PROTOCOL, server: 'cloudsync', user: { id: principal.userId, name: principal.userName } };
  }

  #inTurn<T>(work: () => T | Promise<T>): Promise<T> {
    const { channel } = this.#options;
    const result = this.#long.then(async () => {
      if (channel.bufferedBytes > LEAVING_BYTES_MAX) await channel.drained();
      if (!this.#isOpen) throw new SyncError('server/gone', 'the connection ended');
      return work();
    });
    this.#long = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  #count(requests: number, bytes: number): void {
    const { channel } = this.#options;
    this.#requests += requests;
    const before = this.#takenBytes;
    this.#takenBytes += bytes;
    if (before <= TAKEN_BYTES_MAX && this.#takenBytes > TAKEN_BYTES_MAX) channel.pause();
    if (before > TAKEN_BYTES_MAX && this.#takenBytes <= TAKEN_BYTES_MAX) channel.resume();
  }

  #ended(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const { hub } = this.#options;
    for (const open of this.#opened.values()) hub.unfollow(open);
    hub.remove(this);
  }
}
