import { nameOf } from '@cloudsync/engine';
import type { Commit } from '../commit/commit.ts';
import { liveRow } from '../storage/row-entry.ts';
import type { LiveRow, Row } from '../tree/row.ts';
import type { Vault } from '../vault.ts';
import { glob } from './glob.ts';
import { changeOf } from './row-change.ts';
import { openSnapshot, readableSnapshots, type Snapshot } from './snapshots.ts';
import type { VersionReference } from './version-reference.ts';

export interface FindOptions {
  /** In this version. Default: the newest. */
  readonly version?: VersionReference | undefined;
  /** In every version that is kept. */
  readonly all?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Found {
  readonly row: LiveRow;
  /** The newest snapshot that holds the path just so. */
  readonly commit: Commit;
}

/**
 * Paths that match a {@link glob}; one without a slash matches names in any folder. With `all` each path is found once for each of its
 * versions, from the newest snapshot back.
 */
export async function* find(vault: Vault, pattern: string, { version, all, signal }: FindOptions = {}): AsyncGenerator<Found> {
  const matches = matcher(pattern);
  if (!all) {
    const snapshot = await openSnapshot(vault, version ?? { type: 'back', steps: 0 });
    return yield* findIn(snapshot, matches, signal);
  }
  let newer: Snapshot | undefined;
  for await (const snapshot of readableSnapshots(vault)) {
    if (newer === undefined) yield* findIn(snapshot, matches, signal);
    else yield* findOlder(snapshot, newer, matches);
    newer = snapshot;
  }
}

type Matcher = (path: string) => boolean;

function matcher(pattern: string): Matcher {
  const expression = glob(pattern);
  return pattern.includes('/') ? (path) => expression.test(path) : (path) => expression.test(nameOf(path));
}

async function* findIn({ commit, tree }: Snapshot, matches: Matcher, signal: AbortSignal | undefined): AsyncGenerator<Found> {
  for await (const rows of tree.rows({ signal })) {
    for (const row of rows.filter(isLive)) if (matches(row.path)) yield { row, commit };
  }
}

/** What an older snapshot holds in another way than the newer. */
async function* findOlder({ commit, tree }: Snapshot, newer: Snapshot, matches: Matcher): AsyncGenerator<Found> {
  for await (const { path, before, after } of tree.diff(newer.tree)) {
    const row = liveRow(before);
    if (row !== undefined && matches(path) && changeOf(before, after) !== undefined) yield { row, commit };
  }
}

function isLive(row: Row): row is LiveRow {
  return row.kind !== 'tombstone';
}
