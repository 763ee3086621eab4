import { SyncError } from '@cloudsync/engine';
import type { Channel, Dial } from '@cloudsync/protocol';
import type { Random } from '../random.ts';
import type { Process } from '../strict-storage/process.ts';
import type { VirtualTime } from '../virtual-time.ts';
import type { LiveTally } from './live-tally.ts';
import { Wire } from './wire.ts';

/** Who takes connections: the server as long as it lives. */
export interface Listener {
  readonly process: Process;
  accept(channel: Channel): void;
}

export interface NetworkOptions {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly tally: LiveTally;
  /** Mean delay of a frame, in ms. */
  readonly delayMs: number;
  /** Makes the listener of a new connection, which is told of every frame that arrived, before its receiver sees it. */
  readonly tap: (device: string) => Tap;
}

export type Tap = (to: 'client' | 'server', frame: Uint8Array) => void;

interface Place {
  /** Set while the network lets nothing through to or from the device. */
  partition: PromiseWithResolvers<void> | undefined;
  wires: Wire[];
}

/** A dial that gets no answer is given up after this. */
const DIAL_MAX_MS = 20_000;
const BYTES_PER_MS = 2_000;

/** What lies between devices and the server. */
export class Network {
  readonly #options: NetworkOptions;
  readonly #places = new Map<string, Place>();
  /** Undefined while no server runs. */
  listener: Listener | undefined;
  /** Told of the next frame that the server gets. */
  onServerFrame: (() => void) | undefined;
  /** No more delays than needed. */
  isCalm = false;

  constructor(options: NetworkOptions) {
    this.#options = options;
  }

  /** How a process of a device comes to the server. */
  dial(device: string, process: Process): Dial {
    return async (signal) => {
      const { time, tally } = this.#options;
      const place = this.#place(device);
      await time.pass(this.#delayMs(0));
      if (place.partition !== undefined) {
        await Promise.race([time.pass(DIAL_MAX_MS), place.partition.promise]);
        if (place.partition !== undefined) throw noAnswer();
      }
      const { listener } = this;
      if (signal.aborted || listener === undefined || listener.process.dead) throw noAnswer();
      tally.connections++;
      const tap = this.#options.tap(device);
      const wire = new Wire({
        time,
        client: process,
        server: listener.process,
        conditions: {
          delayMs: (bytes) => this.#delayMs(bytes),
          together: () => this.#options.random.chance(0.5),
          passable: () => place.partition?.promise ?? Promise.resolve(),
        },
        onDelivered: (to, frame) => {
          tally.frames++;
          tally.frameBytes += frame.length;
          tap(to, frame);
          if (to === 'server') this.onServerFrame?.();
        },
      });
      place.wires = [...place.wires.filter(({ isCut }) => !isCut), wire];
      listener.accept(wire.server);
      return wire.client;
    };
  }

  /** Ends a device's connections. `vanish`: without telling anybody. */
  cut(device: string, how: 'cut' | 'vanish'): boolean {
    const wires = this.#place(device).wires.filter(({ isCut }) => !isCut);
    for (const wire of wires) {
      if (how === 'cut') wire.cut('the connection was reset');
      else wire.vanish();
    }
    return wires.length > 0;
  }

  cutAll(how: 'cut' | 'vanish'): void {
    for (const device of this.#places.keys()) this.cut(device, how);
  }

  /** Holds back everything to and from a device until {@link join}. */
  part(device: string): void {
    this.#place(device).partition ??= Promise.withResolvers();
  }

  join(device: string): void {
    const place = this.#place(device);
    place.partition?.resolve();
    place.partition = undefined;
  }

  /** No more trouble. */
  calm(): void {
    this.isCalm = true;
    for (const device of this.#places.keys()) this.join(device);
  }

  #delayMs(bytes: number): number {
    const { random, delayMs } = this.#options;
    return (this.isCalm ? 0.1 : random.next() * 2 * delayMs) + bytes / BYTES_PER_MS;
  }

  #place(device: string): Place {
    let place = this.#places.get(device);
    if (place === undefined) {
      place = { partition: undefined, wires: [] };
      this.#places.set(device, place);
    }
    return place;
  }
}

function noAnswer(): SyncError {
  return new SyncError('storage/unreachable', 'the server does not answer; it is tried again', { retryable: true });
}
