import { randomBytes } from 'node:crypto';
import { advanceVector, ancestorsOf, mergeVectors, SyncError } from '@cloudsync/engine';
import { describeChanges } from '../storage/describe-changes.ts';
import { liveRow } from '../storage/row-entry.ts';
import type { StagedChange, StagedChanges } from '../storage/staged-tree.ts';
import { editTree } from '../tree/edit-tree.ts';
import type { LiveRow, Row } from '../tree/row.ts';
import type { Tree } from '../tree/tree.ts';
import type { Author, CommitBase, Vault } from '../vault.ts';
import { changeOf } from './row-change.ts';
import { notInVersion, openSnapshot, type Snapshot } from './snapshots.ts';
import type { VersionReference } from './version-reference.ts';

export interface RestoreInPlaceOptions {
  /** A file or folder; `''` is everything. */
  readonly path: string;
  readonly version: VersionReference;
  readonly author: Author & {
    /** Who changes it, for version vectors: 16 hex digits. */
    readonly actor: string;
  };
  /** Keep what a folder holds now and did not hold then. Default: it becomes what it was. */
  readonly keepNewer?: boolean | undefined;
}

export interface RestoredInPlace {
  /** The version that it was taken from. */
  readonly from: number;
  /** The version that was made; undefined when everything was as it had been. */
  readonly sequence: number | undefined;
  readonly restored: number;
  readonly deleted: number;
}

/**
 * Makes an older version of a file or folder the newest one. Only rows are written: the content is in the vault already.
 * @throws SyncError `vault/no-such-version`, `storage/not-found` (that version has no such path), `path/name-collision` (a folder above it is a file now)
 */
export async function restoreInPlace(vault: Vault, options: RestoreInPlaceOptions): Promise<RestoredInPlace> {
  await vault.refresh();
  let from = 0;
  let counts = { restored: 0, deleted: 0 };
  const record = await vault.commit({
    author: options.author,
    kind: 'restore',
    make: async (base) => {
      const snapshot = await openSnapshot(vault, options.version);
      from = snapshot.commit.sequence;
      const changes = await new Restoring(snapshot, base, options).changes();
      const gone = [...changes.values()].filter(({ after }) => liveRow(after) === undefined).length;
      counts = { restored: changes.size - gone, deleted: gone };
      if (changes.size === 0) return undefined;
      const tree = await editTree(base.tree, new Map([...changes].map(([path, { after }]) => [path, after])));
      return { tree, changes: describeChanges(changes) };
    },
  });
  return { from, sequence: record?.commit.sequence, ...counts };
}

class Restoring {
  readonly #old: Tree;
  readonly #sequence: number;
  readonly #base: CommitBase;
  readonly #options: RestoreInPlaceOptions;
  readonly #changes = new Map<string, StagedChange>();

  constructor({ tree, commit }: Snapshot, base: CommitBase, options: RestoreInPlaceOptions) {
    this.#old = tree;
    this.#sequence = commit.sequence;
    this.#base = base;
    this.#options = options;
  }

  async changes(): Promise<StagedChanges> {
    const { path } = this.#options;
    const [old, now] = [await rowsWithin(this.#old, path), await rowsWithin(this.#base.tree, path)];
    if (path !== '' && liveRow(old.get(path)) === undefined) throw notInVersion(this.#sequence, path);
    for (const folder of [...ancestorsOf(path)].reverse()) await this.#restoreParent(folder);
    const leaving = this.#removeNewer(old, now);
    for (const row of old.values()) this.#restore(liveRow(row), now.get(row.path), leaving);
    return this.#changes;
  }

  async #restoreParent(folder: string): Promise<void> {
    const now = await this.#base.tree.get(folder);
    const kind = liveRow(now)?.kind;
    if (kind === 'folder') return;
    if (kind !== undefined)
      throw new SyncError(
        'path/name-collision',
        `${JSON.stringify(folder)} is a ${kind} now; restore that first, or restore with --to DIR`,
        {
          path: folder,
        },
      );
    this.#restore(liveRow(await this.#old.get(folder)), now, new Set());
  }

  /** @returns ids of what goes, free to be had again by what comes back under another path */
  #removeNewer(old: ReadonlyMap<string, Row>, now: ReadonlyMap<string, Row>): Set<string> {
    const leaving = new Set<string>();
    for (const [path, row] of now) {
      const isInTheWay = [...ancestorsOf(path)].some(
        (folder) => liveRow(old.get(folder))?.kind === 'file' || liveRow(old.get(folder))?.kind === 'symlink',
      );
      const stays = liveRow(row) === undefined || liveRow(old.get(path)) !== undefined || (this.#options.keepNewer && !isInTheWay);
      if (stays) continue;
      leaving.add(row.id);
      const { sequence } = this.#base;
      const mtimeMs = this.#options.author.clock();
      this.#change(path, row, { path, kind: 'tombstone', sequence, mtimeMs, id: row.id, vector: this.#vector(row, row) });
    }
    return leaving;
  }

  #restore(old: LiveRow | undefined, now: Row | undefined, leaving: ReadonlySet<string>): void {
    if (old === undefined || changeOf(now, old) === undefined) return;
    const id = this.#idFor(old, liveRow(now), leaving);
    this.#change(old.path, now, { ...old, id, vector: this.#vector(old, now) });
  }

  /** Ids are unique in a tree: what was renamed since has taken its own along. */
  #idFor(old: LiveRow, now: LiveRow | undefined, leaving: ReadonlySet<string>): string {
    if (now?.kind === old.kind) return now.id;
    return leaving.has(old.id) ? old.id : randomBytes(8).toString('hex');
  }

  #vector(old: Row, now: Row | undefined): string {
    const { actor, clock } = this.#options.author;
    return advanceVector(mergeVectors(old.vector, now?.vector), actor, clock());
  }

  #change(path: string, before: Row | undefined, after: Row): void {
    this.#changes.set(path, { before, after });
  }
}

async function rowsWithin(tree: Tree, path: string): Promise<Map<string, Row>> {
  const rows = new Map<string, Row>();
  for await (const part of tree.rows({ within: path, tombstones: true })) for (const row of part) rows.set(row.path, row);
  return rows;
}
