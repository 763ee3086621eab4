/** Contents that came with the rows that tell of them, until somebody wants them: bounded, the oldest go first. */
export class SmallContents {
  readonly #bytesMax: number;
  readonly #contents = new Map<string, Uint8Array>();
  #bytes = 0;

  constructor(bytesMax = 32 << 20) {
    this.#bytesMax = bytesMax;
  }

  /** @param hash SHA-256 of the content in lower-case hex */
  add(hash: string, content: Uint8Array): void {
    this.take(hash);
    // Not a view: it would keep the whole frame that it came in.
    this.#contents.set(hash, content.slice());
    this.#bytes += content.length;
    for (const [oldest, { length }] of this.#contents) {
      if (this.#bytes <= this.#bytesMax) break;
      this.#contents.delete(oldest);
      this.#bytes -= length;
    }
  }

  get(hash: string): Uint8Array | undefined {
    return this.#contents.get(hash);
  }

  /** Gives it away. */
  take(hash: string): Uint8Array | undefined {
    const content = this.#contents.get(hash);
    if (content === undefined) return undefined;
    this.#contents.delete(hash);
    this.#bytes -= content.length;
    return content;
  }
}
