import { isWithin } from '@cloudsync/engine';
import type { Commit, Device } from '../commit/commit.ts';
import { liveRow } from '../storage/row-entry.ts';
import type { LiveRow } from '../tree/row.ts';
import type { Tree } from '../tree/tree.ts';
import type { Vault } from '../vault.ts';
import { changeOf, type RowChange } from './row-change.ts';
import { readableSnapshots, type Snapshot } from './snapshots.ts';

/** One version of a path: a snapshot that changed it. */
export interface PathVersion {
  readonly sequence: number;
  readonly timeMs: number;
  readonly device: Device;
  /** Of a folder: `modified` when anything below it changed. */
  readonly change: RowChange | 'renamed';
  /** The path that it had in this version; differs from the one that was asked for before it was renamed. */
  readonly path: string;
  /** Of a rename: where it was before. */
  readonly from?: string | undefined;
  /** What is there in this version; undefined when it was deleted. */
  readonly row: LiveRow | undefined;
}

/**
 * The versions of a path, newest first: the snapshots in which its content or attributes changed, back to where it came from under other
 * names. Snapshots whose commits are damaged are passed over. Empty when no version holds the path.
 */
export async function* versionsOf(vault: Vault, path: string): AsyncGenerator<PathVersion> {
  let at = path;
  let newer: Snapshot | undefined;
  for await (const older of readableSnapshots(vault)) {
    if (newer !== undefined) {
      const version = await versionIn(newer, older, at);
      if (version !== undefined) yield version;
      at = version?.from ?? at;
    }
    newer = older;
  }
  const row = newer && liveRow(await newer.tree.get(at));
  if (newer !== undefined && row !== undefined) yield { ...describe(newer.commit), change: 'created', path: at, row };
}

/** What `snapshot` did to a path of the one before it. */
async function versionIn(snapshot: Snapshot, before: Snapshot, path: string): Promise<PathVersion | undefined> {
  const [row, old] = [liveRow(await snapshot.tree.get(path)), liveRow(await before.tree.get(path))];
  const change = changeOf(old, row);
  const version = { ...describe(snapshot.commit), path, row };
  if (change === 'created' && row !== undefined) {
    const from = await formerPath(row, snapshot.tree, before.tree);
    return from === undefined ? { ...version, change } : { ...version, change: 'renamed', from };
  }
  if (change !== undefined) return { ...version, change };
  const isFolder = row?.kind === 'folder' && old?.kind === 'folder';
  return isFolder && (await differsBelow(path, before.tree, snapshot.tree)) ? { ...version, change: 'modified' } : undefined;
}

function describe({ sequence, timeMs, device }: Commit): Pick<PathVersion, 'sequence' | 'timeMs' | 'device'> {
  return { sequence, timeMs, device };
}

/** Where an entry was that has come to a new path: what had its id and has left. */
async function formerPath({ id, kind, path }: LiveRow, tree: Tree, before: Tree): Promise<string | undefined> {
  for await (const difference of before.diff(tree)) {
    const old = liveRow(difference.before);
    if (old?.id === id && old.kind === kind && old.path !== path && liveRow(difference.after)?.id !== id) return old.path;
  }
  return undefined;
}

async function differsBelow(folder: string, before: Tree, after: Tree): Promise<boolean> {
  for await (const { path, before: old, after: now } of before.diff(after)) {
    if (isWithin(folder, path) && changeOf(old, now) !== undefined) return true;
  }
  return false;
}
