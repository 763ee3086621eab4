/** So many are remembered; a chunk that was forgotten is asked for again. */
const PROVEN_MAX = 200_000;

/**
 * Chunks that one connection has sent or was given. Who may not read a whole workspace can refer to no others, so nobody learns by guessing
 * ids what others hold.
 */
export class ProvenChunks {
  /** In hex, the oldest first. */
  readonly #ids = new Set<string>();

  has(id: Uint8Array): boolean {
    return this.#ids.has(hexOf(id));
  }

  add(id: Uint8Array): void {
    this.#ids.add(hexOf(id));
    if (this.#ids.size <= PROVEN_MAX) return;
    const [oldest] = this.#ids;
    if (oldest !== undefined) this.#ids.delete(oldest);
  }
}

function hexOf(id: Uint8Array): string {
  return Buffer.from(id.buffer, id.byteOffset, id.length).toString('hex');
}
