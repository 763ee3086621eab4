import type { Channel } from '@cloudsync/protocol';
import type { Process } from '../strict-storage/process.ts';
import type { VirtualTime } from '../virtual-time.ts';

/** How a connection behaves, asked again for each frame. */
export interface WireConditions {
  /** How long a frame of so many bytes is on its way, in ms. */
  readonly delayMs: (bytes: number) => number;
  /** Whether the next frame arrives in the same turn of the event loop: a packet can hold several. */
  readonly together: () => boolean;
  /** Resolves when the network lets something through; a partition holds it back. */
  readonly passable: () => Promise<void>;
}

export interface WireOptions {
  readonly time: VirtualTime;
  readonly conditions: WireConditions;
  readonly client: Process;
  readonly server: Process;
  /** Told of every frame that arrived, before its receiver sees it. */
  readonly onDelivered?: ((to: 'client' | 'server', frame: Uint8Array) => void) | undefined;
}

/** Senders wait while more than this is on its way. */
const LOW_WATER_BYTES = 64 * 1024;

/**
 * One connection between two processes. It keeps order and delivers frames whole, as a WebSocket does, and has every way to go wrong that is
 * left: it can be cut with frames on their way, hold them back as long as the network likes, and fall silent with nobody told.
 */
export class Wire {
  readonly client: WireEnd;
  readonly server: WireEnd;
  readonly #time: VirtualTime;
  readonly #conditions: WireConditions;
  isCut = false;

  constructor({ time, conditions, client, server, onDelivered }: WireOptions) {
    this.#time = time;
    this.#conditions = conditions;
    this.client = new WireEnd(this, client, (frame) => onDelivered?.('client', frame));
    this.server = new WireEnd(this, server, (frame) => onDelivered?.('server', frame));
  }

  /** Ends it; what is on its way is lost. The ends are told, each after a while of its own. */
  cut(reason: string): void {
    if (this.isCut) return;
    this.isCut = true;
    for (const end of [this.client, this.server]) void this.#tell(end, reason);
  }

  /** Ends it, and nobody is told: a cable was pulled. */
  vanish(): void {
    this.isCut = true;
  }

  /** Carries what an end has to send, one frame after the other. */
  async carry(from: WireEnd): Promise<void> {
    const to = from === this.client ? this.server : this.client;
    for (let frame = from.next(); frame !== undefined; frame = from.next()) {
      await this.#time.pass(this.#conditions.delayMs(frame.length));
      await this.#conditions.passable();
      await to.taking();
      if (this.isCut) return from.gone();
      for (let next: Uint8Array | undefined = frame; next !== undefined; ) {
        from.left();
        to.deliver(next);
        next = this.#conditions.together() ? from.next() : undefined;
      }
    }
  }

  /** An end was closed by its owner: the other is told when all that was sent before has arrived. */
  async closing(end: WireEnd, reason: string): Promise<void> {
    const other = end === this.client ? this.server : this.client;
    void this.#tell(end, reason);
    await end.carried();
    if (this.isCut) return;
    this.isCut = true;
    await this.#tell(other, reason);
  }

  async #tell(end: WireEnd, reason: string): Promise<void> {
    await this.#time.pass(end.isClosedByOwner ? 0 : this.#conditions.delayMs(0));
    end.closed(reason);
  }
}

/** What one process holds of a connection. */
export class WireEnd implements Channel {
  onFrame: (frame: Uint8Array) => void = () => undefined;
  onClose: (reason: string) => void = () => undefined;
  bufferedBytes = 0;
  isClosedByOwner = false;
  readonly #wire: Wire;
  readonly #process: Process;
  readonly #onDelivered: (frame: Uint8Array) => void;
  readonly #queue: Uint8Array[] = [];
  #carrying: Promise<void> | undefined;
  #paused: PromiseWithResolvers<void> | undefined;
  #isOpen = true;
  #underWayBytes = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(wire: Wire, process: Process, onDelivered: (frame: Uint8Array) => void) {
    this.#wire = wire;
    this.#process = process;
    this.#onDelivered = onDelivered;
  }

  send(frame: Uint8Array): void {
    if (!this.#isOpen || this.isClosedByOwner || this.#process.dead) return;
    this.bufferedBytes += frame.length;
    this.#queue.push(Uint8Array.from(frame));
    if (this.#wire.isCut || this.#carrying !== undefined) return;
    this.#carrying = this.#wire.carry(this).finally(() => {
      this.#carrying = undefined;
    });
  }

  drained(): Promise<void> {
    if (this.bufferedBytes <= LOW_WATER_BYTES || !this.#isOpen) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  close(reason = 'closed'): void {
    if (this.isClosedByOwner || !this.#isOpen || this.#process.dead) return;
    this.isClosedByOwner = true;
    void this.#wire.closing(this, reason);
  }

  pause(): void {
    this.#paused ??= Promise.withResolvers();
  }

  resume(): void {
    this.#paused?.resolve();
    this.#paused = undefined;
  }

  /** Resolves when it takes frames. */
  async taking(): Promise<void> {
    await this.#paused?.promise;
  }

  /** Resolves when what was sent has arrived or is lost. */
  async carried(): Promise<void> {
    await this.#carrying;
  }

  next(): Uint8Array | undefined {
    const frame = this.#queue.shift();
    this.#underWayBytes = frame?.length ?? 0;
    return frame;
  }

  left(): void {
    this.bufferedBytes -= this.#underWayBytes;
    if (this.bufferedBytes <= LOW_WATER_BYTES) for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Nothing of what was sent will arrive. */
  gone(): void {
    this.#queue.length = 0;
  }

  deliver(frame: Uint8Array): void {
    if (!this.#isOpen || this.isClosedByOwner || this.#process.dead) return;
    this.#onDelivered(frame);
    this.onFrame(frame);
  }

  closed(reason: string): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.resume();
    if (this.#process.dead) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
    this.onClose(reason);
  }
}
