import { INDEX_PREFIX } from '@cloudsync/content';
import type { Vault } from '../vault.ts';
import { storeClock } from './store-clock.ts';

export interface OldIndexesOptions {
  /** Names of index objects that commits named before the present one, and of such that nobody will name. */
  readonly superseded: readonly string[];
  /** Others that the present does not name are left alone for so long: a writer may be about to name them. */
  readonly ageMs: number;
}

/** Deletes index objects that the present commit does not name. */
export async function deleteOldIndexes(vault: Vault, { superseded, ageMs }: OldIndexesOptions): Promise<void> {
  const inForce = new Set(vault.head?.commit.indexes);
  const known = new Set(superseded);
  const now = await storeClock(vault.blobs);
  const old: string[] = [];
  for await (const { name, modifiedMs } of vault.blobs.list(INDEX_PREFIX)) {
    if (!inForce.has(name) && (known.has(name) || now - modifiedMs >= ageMs)) old.push(name);
  }
  for (const name of old) await vault.blobs.delete(name);
}

/** Deletes commits that are neither kept as versions nor the present: forgotten ones, those of maintenance, steps of a sync. */
export async function deleteForgottenCommits(vault: Vault): Promise<void> {
  const head = vault.head?.commit;
  if (head === undefined) return;
  const kept = new Set(head.snapshots);
  await vault.log.delete((await vault.log.list()).filter((sequence) => sequence < head.sequence && !kept.has(sequence)));
}
