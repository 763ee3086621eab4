import type { SyncError } from '@cloudsync/engine';
import type { Commit } from '../commit/commit.ts';
import { Tree } from '../tree/tree.ts';
import { isDamage, type Vault } from '../vault.ts';
import { findVersion, type VersionReference } from './version-reference.ts';

/** A version of the vault with its tree. */
export interface Snapshot {
  readonly commit: Commit;
  readonly tree: Tree;
}

/** A version of the vault, or why its commit cannot be read. */
export type SnapshotOrDamage =
  | { readonly sequence: number; readonly commit: Commit; readonly damage?: undefined }
  | { readonly sequence: number; readonly commit?: undefined; readonly damage: SyncError };

/** The tree of any commit; `vault.tree(undefined)` is not the empty one. */
export function treeOf({ nodes }: Vault, { root }: Pick<Commit, 'root'>): Tree {
  return new Tree(nodes, root);
}

/** Sequences of the versions that are kept, ascending. */
export function snapshotSequences(vault: Vault): readonly number[] {
  return vault.head?.commit.snapshots ?? [];
}

/** All versions that are kept, newest first; a damaged commit does not hide the others. */
export async function* snapshots(vault: Vault): AsyncGenerator<SnapshotOrDamage> {
  for (const sequence of snapshotSequences(vault).toReversed()) {
    try {
      yield { sequence, commit: await readCommit(vault, sequence) };
    } catch (error) {
      if (!isDamage(error)) throw error;
      yield { sequence, damage: error };
    }
  }
}

/** The versions that can be read, newest first. */
export async function* readableSnapshots(vault: Vault): AsyncGenerator<Snapshot> {
  for await (const { commit } of snapshots(vault)) if (commit !== undefined) yield { commit, tree: treeOf(vault, commit) };
}

/** The version that is meant. @throws SyncError `vault/no-such-version`, `vault/damaged` */
export async function openSnapshot(vault: Vault, reference: VersionReference): Promise<Snapshot> {
  const timeOf = async (sequence: number): Promise<number> => (await readCommit(vault, sequence)).timeMs;
  const commit = await readCommit(vault, await findVersion({ sequences: snapshotSequences(vault), timeOf }, reference));
  return { commit, tree: treeOf(vault, commit) };
}

async function readCommit(vault: Vault, sequence: number): Promise<Commit> {
  const { head } = vault;
  return head?.commit.sequence === sequence ? head.commit : (await vault.log.read(sequence)).commit;
}
