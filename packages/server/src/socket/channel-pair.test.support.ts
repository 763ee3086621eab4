import type { Channel } from '@cloudsync/protocol';

/** Two ends of one channel in memory. Frames arrive one by one, each in a turn of its own; what waits can be held back. */
export class ChannelEnd implements Channel {
  onFrame: Channel['onFrame'] = () => undefined;
  onClose: Channel['onClose'] = () => undefined;
  /** What the other end has been told to keep to itself. */
  isPaused = false;
  /** Why it was closed. */
  closedBecause: string | undefined;
  #other: ChannelEnd | undefined;
  #leaving: Uint8Array[] = [];
  #isHeld = false;
  #draining = Promise.withResolvers<void>();

  static pair(): [ChannelEnd, ChannelEnd] {
    const [a, b] = [new ChannelEnd(), new ChannelEnd()];
    a.#other = b;
    b.#other = a;
    return [a, b];
  }

  get bufferedBytes(): number {
    return this.#leaving.reduce((sum, { length }) => sum + length, 0);
  }

  send(frame: Uint8Array): void {
    if (this.closedBecause !== undefined) return;
    this.#leaving.push(frame);
    if (!this.#isHeld) setImmediate(() => this.#deliver());
  }

  async drained(): Promise<void> {
    if (this.bufferedBytes > 0) await this.#draining.promise;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  /** A network on which nothing gets through for now. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    for (const _ of this.#leaving) setImmediate(() => this.#deliver());
  }

  /** What was sent before still arrives. */
  close(reason = ''): void {
    while (!this.#isHeld && this.#leaving.length > 0) this.#deliver();
    for (const end of [this, this.#other]) {
      if (end === undefined || end.closedBecause !== undefined) continue;
      end.closedBecause = reason;
      end.#drained();
      end.onClose(reason);
    }
  }

  #deliver(): void {
    const frame = this.#isHeld ? undefined : this.#leaving.shift();
    if (frame !== undefined && this.closedBecause === undefined) this.#other?.onFrame(frame);
    if (this.#leaving.length === 0) this.#drained();
  }

  #drained(): void {
    this.#draining.resolve();
    this.#draining = Promise.withResolvers();
  }
}
