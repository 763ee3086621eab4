import type { Environment } from './environment.ts';

/** A token bucket for one direction: at most `bytesPerSecond` on average, in bursts of a quarter of a second. */
export class BandwidthLimit {
  readonly #bytesPerSecond: number;
  readonly #environment: Environment;
  #freeAt = 0;

  constructor(bytesPerSecond: number, environment: Environment) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#environment = environment;
  }

  /** Passes the chunks on, cut small enough and late enough. */
  async *limit(chunks: AsyncIterable<Uint8Array>, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const piece = Math.max(1, Math.ceil(this.#bytesPerSecond / 4));
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length; at += piece) {
        const part = chunk.subarray(at, at + piece);
        await this.#take(part.length, signal);
        yield part;
      }
    }
  }

  async #take(bytes: number, signal: AbortSignal | undefined): Promise<void> {
    const now = this.#environment.now();
    const start = Math.max(now, this.#freeAt);
    this.#freeAt = start + (bytes / this.#bytesPerSecond) * 1000;
    if (start > now) await this.#environment.sleep(start - now, signal);
  }
}
