import { otherSide, type Side } from '../model/entry.ts';
import type { Replica, Storage } from '../storage.ts';
import type { SideChanges } from './side-changes.ts';

export interface DeletionShare {
  /** What the scans found. */
  readonly changes: Readonly<Record<Side, SideChanges>>;
  readonly storages: Readonly<Record<Side, Storage>>;
  readonly replicas: Readonly<Record<Side, Replica>>;
}

/**
 * Each side remembers what the other deleted since they met last, also what it never had: a third place may still have it, and would bring
 * it back here after everybody had acknowledged the deletion. What both have seen goes neither way again, or it would never be forgotten.
 * @returns the sides that have something new to remember, not durably yet
 */
export async function shareDeletions({ changes, storages, replicas }: DeletionShare): Promise<Side[]> {
  const learned: Side[] = [];
  for (const side of ['source', 'destination'] as const) {
    const giver = otherSide(side);
    const { tombstones } = changes[giver];
    const { rememberDeletions } = storages[side];
    if (tombstones.size === 0 || rememberDeletions === undefined) continue;
    const seen = (await storages[giver].seenBy?.(replicas[side])) ?? 0;
    const news = [...tombstones.values()].filter(({ sequence }) => sequence > seen);
    if (news.length > 0 && (await rememberDeletions.call(storages[side], news))) learned.push(side);
  }
  return learned;
}
