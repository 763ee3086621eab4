import { type ChunkId, copyChunks, encodeChunkId, type IndexedPack, PACK_PREFIX, packName, saltOfPackName } from '@cloudsync/content';
import { type Author, isDamage, type Vault } from '../vault.ts';
import { deleteForgottenCommits, deleteOldIndexes } from './leftovers.ts';
import { LiveChunks, liveTrees, markLive, type Walked } from './live-chunks.ts';
import { type HeldLock, withMaintenanceLock } from './maintenance-lock.ts';
import { DEFAULT_PRUNE_POLICY, dispensable, entriesOf, type PrunePlan, type PrunePolicy, planPrune, usesOf } from './prune-plan.ts';
import { storeClock } from './store-clock.ts';

export interface PruneOptions extends Partial<PrunePolicy> {
  readonly author: Author;
  /** Say what would be done. */
  readonly dryRun?: boolean | undefined;
  /** Packs and index objects that no commit names are left alone for so long, by the blob store's clock: a writer may be about to name them. */
  readonly orphanAgeMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface PruneReport {
  /** Packs in force before. */
  readonly packs: number;
  /** Packs of which nothing was in use. */
  readonly packsUnused: number;
  /** Packs whose chunks in use went into new packs. */
  readonly packsRewritten: number;
  /** Packs that no commit named. */
  readonly orphansDeleted: number;
  readonly bytesDeleted: number;
  /** Bytes of chunks that were written into new packs. */
  readonly bytesRewritten: number;
  /** The commit that was made; undefined when there was nothing to do, or in a dry run. */
  readonly sequence: number | undefined;
}

/** A day: longer than any run waits between storing a pack and committing it. */
const ORPHAN_AGE_MS = 24 * 60 * 60_000;

/**
 * Frees what no version needs any more. Safe beside running writers and other prunes, see docs/formats/vault.md, "Prune": what shall go is
 * *condemned* by a commit first and deleted only after, and a writer that comes later refuses to rely on it.
 * @throws SyncError `vault/locked`; `content/missing`, `content/damaged`, `vault/damaged` when a tree cannot be read, since then nobody knows what is in use
 */
export async function prune(vault: Vault, options: PruneOptions): Promise<PruneReport> {
  if (options.dryRun === true) return new Pruning(vault, options, undefined).preview();
  return withMaintenanceLock(vault, { author: options.author, work: 'prune' }, async (lock) => {
    for (;;) {
      const before = vault.head?.hash;
      try {
        return await new Pruning(vault, options, lock).run();
      } catch (error) {
        // Somebody forgot versions, or another prune was let in beside the lock, and took away what was being read: begin anew.
        if (!isDamage(error)) throw error;
        await vault.refresh();
        if (vault.head?.hash === before) throw error;
      }
    }
  });
}

/** Packs that are written anew before the lock is renewed. */
const PACKS_AT_ONCE = 8;

class Pruning {
  readonly #vault: Vault;
  readonly #options: PruneOptions;
  readonly #lock: HeldLock | undefined;
  readonly #live: LiveChunks;
  readonly #walked: Walked = { nodes: new Set() };

  constructor(vault: Vault, options: PruneOptions, lock: HeldLock | undefined) {
    this.#vault = vault;
    this.#options = options;
    this.#lock = lock;
    this.#live = new LiveChunks(vault.chunks.index);
  }

  async preview(): Promise<PruneReport> {
    const { plan, stored, orphans } = await this.#plan();
    const going = [...plan.unused, ...plan.rewrite].map(({ salt }) => salt);
    return this.#report({ plan, going: [...going, ...orphans], stored, orphans: orphans.length });
  }

  async run(): Promise<PruneReport> {
    const { plan, stored, orphans } = await this.#plan();
    const { chunks } = this.#vault;
    const { index } = chunks;
    const superseded = await this.#rewrite(plan.rewrite);
    const wanted = [...plan.unused, ...plan.rewrite];
    let condemned: string[] = [];
    const record = await this.#vault.commit({
      author: this.#options.author,
      kind: 'prune',
      make: async ({ head }) => {
        // What other writers committed meanwhile is in use, too.
        await this.#mark();
        const known = wanted.filter((pack) => index.pack(pack.salt) === pack);
        const still = orphans.filter((salt) => !chunks.isInForce(salt));
        condemned = [...dispensable(known, index, this.#live).map(({ salt }) => salt), ...still];
        const leftovers = (head?.condemned ?? []).filter((salt) => stored.has(salt));
        const all = [...new Set([...leftovers, ...condemned])];
        return all.length === 0 && (head?.condemned.length ?? 0) === 0 ? undefined : { condemned: all };
      },
    });
    const deletable = record?.commit.condemned ?? [];
    await this.#delete(deletable, superseded);
    const orphansDeleted = condemned.filter((salt) => orphans.includes(salt)).length;
    return this.#report({ plan, going: deletable, stored, orphans: orphansDeleted, sequence: record?.commit.sequence });
  }

  async #plan(): Promise<{ plan: PrunePlan; stored: Map<string, number>; orphans: string[] }> {
    await this.#vault.refresh();
    await this.#mark();
    const { index } = this.#vault.chunks;
    const inForce = [...index.packs()].filter(({ salt }) => this.#vault.chunks.isInForce(salt));
    const plan = planPrune(usesOf(inForce, index, this.#live), policyOf(this.#options));
    return { plan, ...(await this.#storedPacks()) };
  }

  /** Marks what all versions of the present need; what was marked before is not walked again. */
  async #mark(): Promise<void> {
    const { signal } = this.#options;
    await markLive(this.#vault, this.#live, await liveTrees(this.#vault), {
      walked: this.#walked,
      signal,
      onNode: () => this.#lock?.renew(),
    });
  }

  /** Sizes of all packs that are stored, and those that no commit names and that are old. */
  async #storedPacks(): Promise<{ stored: Map<string, number>; orphans: string[] }> {
    const { blobs, chunks } = this.#vault;
    const { dryRun, orphanAgeMs = ORPHAN_AGE_MS } = this.#options;
    const now = dryRun === true ? this.#options.author.clock() : await storeClock(blobs);
    const stored = new Map<string, number>();
    const orphans: string[] = [];
    for await (const { name, size, modifiedMs } of blobs.list(PACK_PREFIX)) {
      const salt = saltOfPackName(name);
      if (salt === undefined) continue;
      stored.set(salt, size);
      if (!chunks.isInForce(salt) && now - modifiedMs >= orphanAgeMs) orphans.push(salt);
    }
    return { stored, orphans };
  }

  /** Puts what is in use into new packs. @returns names of index objects that the commit will supersede */
  async #rewrite(packs: readonly IndexedPack[]): Promise<string[]> {
    const { chunks, head } = this.#vault;
    const before = head?.commit.indexes ?? [];
    for (const kind of ['data', 'tree'] as const) {
      const ofKind = packs.filter((pack) => pack.kind === kind);
      for (let at = 0; at < ofKind.length; at += PACKS_AT_ONCE) {
        await copyChunks(chunks, this.#liveIds(ofKind.slice(at, at + PACKS_AT_ONCE)), { kind, signal: this.#options.signal });
        await this.#lock?.renew();
      }
    }
    // The copies have to be in the store before anything is condemned on the strength of them.
    return packs.length === 0 ? [...before] : [...before, ...(await chunks.seal()).indexes];
  }

  *#liveIds(packs: readonly IndexedPack[]): Generator<ChunkId> {
    const { index } = this.#vault.chunks;
    for (const pack of packs) for (const entry of entriesOf(pack)) if (this.#live.isLive(entry)) yield encodeChunkId(index.id(entry));
  }

  async #delete(condemned: readonly string[], superseded: readonly string[]): Promise<void> {
    const { blobs } = this.#vault;
    for (const salt of condemned) {
      await blobs.delete(packName(salt));
      await this.#lock?.renew();
    }
    await deleteOldIndexes(this.#vault, { superseded, ageMs: this.#options.orphanAgeMs ?? ORPHAN_AGE_MS });
    await deleteForgottenCommits(this.#vault);
    await blobs.flush();
  }

  #report({ plan, going, stored, orphans, sequence }: Outcome): PruneReport {
    return {
      packs: stored.size,
      packsUnused: plan.unused.length,
      packsRewritten: plan.rewrite.length,
      orphansDeleted: orphans,
      bytesDeleted: going.reduce((sum, salt) => sum + (stored.get(salt) ?? 0), 0),
      bytesRewritten: plan.rewriteBytes,
      sequence,
    };
  }
}

interface Outcome {
  readonly plan: PrunePlan;
  /** Salts of the packs that go. */
  readonly going: readonly string[];
  readonly stored: ReadonlyMap<string, number>;
  readonly orphans: number;
  readonly sequence?: number | undefined;
}

/** Options that are given as undefined do not hide their defaults. */
function policyOf({ deadPercentMax, smallPackBytes, smallPacksMax }: Partial<PrunePolicy>): PrunePolicy {
  return {
    deadPercentMax: deadPercentMax ?? DEFAULT_PRUNE_POLICY.deadPercentMax,
    smallPackBytes: smallPackBytes ?? DEFAULT_PRUNE_POLICY.smallPackBytes,
    smallPacksMax: smallPacksMax ?? DEFAULT_PRUNE_POLICY.smallPacksMax,
  };
}
