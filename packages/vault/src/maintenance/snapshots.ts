import { SyncError } from '@cloudsync/engine';
import type { Commit } from '../commit/commit.ts';
import { nameOf } from '../commit/commit-log.ts';
import { Tree } from '../tree/tree.ts';
import type { Vault } from '../vault.ts';
import { isObjectProblem } from './findings.ts';
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
      if (!isObjectProblem(error)) throw error;
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

/** What to say when a version has no such path. */
export function notInVersion(sequence: number, path: string): SyncError {
  const message = `version @${sequence} holds no ${JSON.stringify(path)}; look for it with: cloudsync vault find`;
  return new SyncError('storage/not-found', message, { path });
}

/** The commit of a version that is kept. One that is gone is damage, as the head says that it is kept. @throws SyncError `vault/damaged` */
export async function readCommit(vault: Vault, sequence: number): Promise<Commit> {
  const { head } = vault;
  if (head?.commit.sequence === sequence) return head.commit;
  try {
    return (await vault.log.read(sequence)).commit;
  } catch (error) {
    if (!SyncError.is(error, 'vault/no-such-version')) throw error;
    const object = nameOf(sequence);
    throw new SyncError('vault/damaged', `${object} is gone; see what that affects with: cloudsync vault check`, {
      path: object,
      cause: error,
    });
  }
}
