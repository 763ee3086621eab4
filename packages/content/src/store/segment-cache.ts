/** Raw bytes of segments, the least recently used dropped first. Keys are any values that are the same for the same segment. */
export class SegmentCache<Key> {
  readonly #bytesMax: number;
  readonly #segments = new Map<Key, Uint8Array>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get(key: Key): Uint8Array | undefined {
    const raw = this.#segments.get(key);
    if (raw === undefined) return undefined;
    this.#segments.delete(key);
    this.#segments.set(key, raw);
    return raw;
  }

  set(key: Key, raw: Uint8Array): void {
    if (this.#segments.has(key)) return;
    this.#segments.set(key, raw);
    this.#bytes += raw.length;
    for (const [oldest, bytes] of this.#segments) {
      if (this.#bytes <= this.#bytesMax) break;
      this.#segments.delete(oldest);
      this.#bytes -= bytes.length;
    }
  }
}
