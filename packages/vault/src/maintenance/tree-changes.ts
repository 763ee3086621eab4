import { liveRow } from '../storage/row-entry.ts';
import type { LiveRow } from '../tree/row.ts';
import type { Tree } from '../tree/tree.ts';
import type { Vault } from '../vault.ts';
import { changeOf } from './row-change.ts';
import { openSnapshot } from './snapshots.ts';
import type { VersionReference } from './version-reference.ts';

/** One path that is not the same in two versions. */
export interface TreeChange {
  /** `+` created, `-` deleted, `~` other content or attributes, `>` renamed (and perhaps changed). */
  readonly mark: '+' | '-' | '~' | '>';
  readonly path: string;
  /** Of a rename: where it was. */
  readonly from?: string | undefined;
  readonly before: LiveRow | undefined;
  readonly after: LiveRow | undefined;
}

/** What changed from one version to another; see {@link treeChanges}. @throws SyncError `vault/no-such-version` */
export async function* diffVersions(vault: Vault, before: VersionReference, after: VersionReference): AsyncGenerator<TreeChange> {
  const [older, newer] = [await openSnapshot(vault, before), await openSnapshot(vault, after)];
  yield* treeChanges(older.tree, newer.tree);
}

/**
 * What changed from one tree to another, in path order. What has left one path and come to another with the same id is one rename.
 * Reads only what differs, twice: once for the ids, so that nothing but those has to be held.
 */
export async function* treeChanges(before: Tree, after: Tree): AsyncGenerator<TreeChange> {
  const renames = await renamesBetween(before, after);
  for await (const { path, before: rowBefore, after: rowAfter } of before.diff(after)) {
    const [old, now] = [liveRow(rowBefore), liveRow(rowAfter)];
    const change = changeOf(old, now);
    const from = renames.fromOf.get(path);
    if (change === 'created' && from !== undefined) yield { mark: '>', path, from: from.path, before: from, after: now };
    else if (change === 'created') yield { mark: '+', path, before: old, after: now };
    else if (change === 'deleted' && !renames.left.has(path)) yield { mark: '-', path, before: old, after: now };
    else if (change === 'modified' || change === 'attributes') yield { mark: '~', path, before: old, after: now };
  }
}

interface Renames {
  /** By the new path: the row under the old one. */
  readonly fromOf: ReadonlyMap<string, LiveRow>;
  /** Old paths. */
  readonly left: ReadonlySet<string>;
}

async function renamesBetween(before: Tree, after: Tree): Promise<Renames> {
  const deleted = new Map<string, LiveRow>();
  const created: LiveRow[] = [];
  for await (const difference of before.diff(after)) {
    const [old, now] = [liveRow(difference.before), liveRow(difference.after)];
    if (old !== undefined && now === undefined) deleted.set(old.id, old);
    if (old === undefined && now !== undefined) created.push(now);
  }
  const fromOf = new Map<string, LiveRow>();
  for (const { id, path, kind } of created) {
    const from = deleted.get(id);
    if (from?.kind !== kind) continue;
    deleted.delete(id);
    fromOf.set(path, from);
  }
  return { fromOf, left: new Set([...fromOf.values()].map(({ path }) => path)) };
}
