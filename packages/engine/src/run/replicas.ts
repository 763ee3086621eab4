import { otherSide, type Side } from '../model/entry.ts';
import type { Replica, Storage } from '../storage.ts';
import type { SideChanges } from './side-changes.ts';
import type { StateSide } from './state-manager.ts';

const SIDES = ['source', 'destination'] as const;

export interface ReplicasOptions {
  readonly storages: Readonly<Record<Side, Storage>>;
  readonly sides: Readonly<Record<Side, StateSide>>;
  /** How the sides are called. */
  readonly names: Readonly<Record<Side, string>>;
}

/** What the storages of a pair are told of each other, where they keep tombstones (docs/decisions/causes-before-clocks.md). */
export class Replicas {
  readonly #storages: Readonly<Record<Side, Storage>>;
  readonly #replicas: Readonly<Record<Side, Replica>>;

  constructor({ storages, sides, names }: ReplicasOptions) {
    this.#storages = storages;
    const replica = (side: Side): Replica => ({ id: sides[side].identity, name: names[side] });
    this.#replicas = { source: replica('source'), destination: replica('destination') };
  }

  /** Before anything travels: each side meets the other. */
  async introduce(): Promise<void> {
    await Promise.all(SIDES.map((side) => this.#storages[side].introduce?.(this.#replicas[otherSide(side)])));
  }

  /** After a whole listing of which everything arrived: each side learns that the other has seen all it holds. */
  async acknowledge(): Promise<void> {
    await Promise.all(SIDES.map((side) => this.#storages[side].acknowledge?.(this.#replicas[otherSide(side)])));
  }

  /**
   * Each side remembers what the other deleted since they met last, also what it never had: a third place may still have it, and would
   * bring it back here after everybody had acknowledged the deletion. What both have seen goes neither way again, or it would never be
   * forgotten.
   * @param flush makes durable what a side has to do with besides
   */
  async shareDeletions(changes: Readonly<Record<Side, SideChanges>>, flush: (side: Side) => Promise<void>): Promise<void> {
    for (const side of SIDES) {
      const giver = otherSide(side);
      const { tombstones } = changes[giver];
      const storage = this.#storages[side];
      if (tombstones.size === 0 || storage.rememberDeletions === undefined) continue;
      const seen = (await this.#storages[giver].seenBy?.(this.#replicas[side])) ?? 0;
      const news = [...tombstones.values()].filter(({ sequence }) => sequence > seen);
      if (news.length === 0) continue;
      await flush(side);
      await storage.rememberDeletions(news);
    }
  }
}
