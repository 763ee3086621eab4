import { SyncError } from '@cloudsync/engine';
import type { Commit } from '../commit/commit.ts';
import { liveRow } from '../storage/row-entry.ts';
import type { Tree } from '../tree/tree.ts';
import type { Author, Vault } from '../vault.ts';
import { deleteForgottenCommits } from './leftovers.ts';
import { keepNewestVersions, type OlderVersion, type Retained, type RetentionOptions, type RetentionPolicy, retain } from './retention.ts';
import { hasSameContent } from './row-change.ts';
import { snapshotSequences, snapshots, treeOf } from './snapshots.ts';

export interface ForgetOptions extends RetentionOptions {
  readonly author: Author;
  /** Say what would be forgotten. */
  readonly dryRun?: boolean | undefined;
}

export interface ForgetReport {
  /** Newest first. */
  readonly snapshots: readonly Retained<Commit>[];
  readonly forgotten: readonly number[];
  /** The commit that was made; undefined when there was nothing to forget, or in a dry run. */
  readonly sequence: number | undefined;
}

/**
 * Drops versions that a policy does not keep. What only they needed is freed by the next prune. A version whose commit is damaged stays:
 * what it holds cannot be judged.
 * @throws SyncError `config/invalid` for a policy that says nothing
 */
export async function forget(vault: Vault, policy: RetentionPolicy, options: ForgetOptions): Promise<ForgetReport> {
  await vault.refresh();
  const retained = await judge(vault, policy, options);
  const forgotten = retained.filter(({ kept }) => !kept).map(({ snapshot }) => snapshot.sequence);
  if (options.dryRun === true || forgotten.length === 0) return { snapshots: retained, forgotten, sequence: undefined };
  return { snapshots: retained, forgotten, sequence: await drop(vault, forgotten, options.author) };
}

/**
 * Drops versions by their numbers, such as those that a check found damaged.
 * @throws SyncError `vault/no-such-version` when there is no such one; `config/invalid` when none would be left
 */
export async function forgetVersions(
  vault: Vault,
  sequences: readonly number[],
  { author, dryRun }: ForgetOptions,
): Promise<number | undefined> {
  await vault.refresh();
  const kept = snapshotSequences(vault);
  const unknown = sequences.find((sequence) => !kept.includes(sequence));
  if (unknown !== undefined)
    throw new SyncError('vault/no-such-version', `there is no version @${unknown}; list them with: cloudsync vault log`);
  if (kept.every((sequence) => sequences.includes(sequence)))
    throw new SyncError('config/invalid', 'these are all versions of the vault; leave one, nothing was forgotten');
  return dryRun === true || sequences.length === 0 ? undefined : drop(vault, sequences, author);
}

/** @returns the sequence of the commit */
async function drop(vault: Vault, sequences: readonly number[], author: Author): Promise<number | undefined> {
  const going = new Set(sequences);
  const record = await vault.commit({
    author,
    kind: 'forget',
    // Versions that others made meanwhile stay.
    make: async ({ head }) => ({ snapshots: (head?.snapshots ?? []).filter((sequence) => !going.has(sequence)) }),
  });
  await deleteForgottenCommits(vault);
  await vault.blobs.flush();
  return record?.commit.sequence;
}

async function judge(vault: Vault, policy: RetentionPolicy, options: RetentionOptions): Promise<Retained<Commit>[]> {
  const commits: Commit[] = [];
  for await (const { commit } of snapshots(vault)) if (commit !== undefined) commits.push(commit);
  const retained = retain(commits, policy, options);
  if (policy.maxVersions === undefined || policy.maxVersions < 0) return retained;
  if (policy.maxVersions === 0) throw new SyncError('config/invalid', 'max-versions takes a number of versions to keep, from 1 on');
  return keepNewestVersions(retained, policy.maxVersions, (older, newer) => olderVersions(treeOf(vault, older), treeOf(vault, newer)));
}

/** Files and symlinks that the older tree holds with other content. */
async function* olderVersions(older: Tree, newer: Tree): AsyncGenerator<OlderVersion> {
  for await (const { path, before, after } of older.diff(newer)) {
    const [old, now] = [liveRow(before), liveRow(after)];
    if (old === undefined || old.kind === 'folder') continue;
    if (now === undefined || !hasSameContent(old, now)) yield { path, isInNewer: now !== undefined };
  }
}
