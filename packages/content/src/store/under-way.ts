import type { ChunkId } from './chunk-id.ts';
import type { SealedSegment, SegmentSlot } from './pack-writer.ts';

/** A chunk whose bytes are here and not in the blob store yet. */
export type HeldChunk = {
  readonly offset: number;
  readonly length: number;
} & ({ readonly raw: Uint8Array } | { readonly slot: SegmentSlot; readonly segment: SealedSegment });

interface Claim {
  readonly owner: unknown;
  /** Somebody else was told that the chunk is there. */
  relied: boolean;
}

/**
 * Chunks between `put` and the blob store: promised by whoever claimed them, or held in memory until their pack is written.
 */
export class UnderWay {
  readonly #held = new Map<ChunkId, HeldChunk>();
  readonly #claims = new Map<ChunkId, Claim>();
  /** Given up by their claimer after somebody relied on them. */
  readonly #lost = new Set<ChunkId>();
  /** Of who waits for a claim. */
  #change: PromiseWithResolvers<void> | undefined;

  held(id: ChunkId): HeldChunk | undefined {
    return this.#held.get(id);
  }

  isClaimed(id: ChunkId): boolean {
    return this.#claims.has(id);
  }

  claim(id: ChunkId, owner: unknown): void {
    this.#claims.set(id, { owner, relied: this.#lost.delete(id) });
  }

  /** Somebody takes the chunk for stored; nothing to remember when that is its own claimer. @returns whether it is under way */
  relyOn(id: ChunkId, owner: unknown): boolean {
    if (this.#held.has(id)) return true;
    const claim = this.#claims.get(id);
    if (claim === undefined) return false;
    if (claim.owner === undefined || claim.owner !== owner) claim.relied = true;
    return true;
  }

  hold(id: ChunkId, chunk: HeldChunk): void {
    this.#held.set(id, chunk);
    this.#claims.delete(id);
    this.#lost.delete(id);
    this.#changed();
  }

  release(ids: readonly ChunkId[]): void {
    for (const id of ids) {
      if (this.#claims.get(id)?.relied === true) this.#lost.add(id);
      this.#claims.delete(id);
    }
    this.#changed();
  }

  /** The chunk is in the blob store now. */
  written(id: ChunkId): void {
    this.#held.delete(id);
  }

  /**
   * Waits for the claims that somebody relies on now, not for those that come meanwhile.
   * @returns a chunk that was relied on and never came, if there is one
   */
  async settled(): Promise<ChunkId | undefined> {
    const relied = [...this.#claims].filter(([, claim]) => claim.relied);
    while (relied.some(([id, claim]) => this.#claims.get(id) === claim)) {
      this.#change ??= Promise.withResolvers<void>();
      await this.#change.promise;
    }
    const [lost] = this.#lost;
    return lost;
  }

  #changed(): void {
    this.#change?.resolve();
    this.#change = undefined;
  }
}
