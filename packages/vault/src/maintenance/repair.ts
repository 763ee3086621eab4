import { type ChunkId, copyChunks, encodeChunkId, type IndexedPack, packName } from '@cloudsync/content';
import { comparePaths } from '@cloudsync/engine';
import { CHANGED_PATHS_MAX, type ChangedPath } from '../commit/commit.ts';
import { editTree } from '../tree/edit-tree.ts';
import type { Row } from '../tree/row.ts';
import { Tree } from '../tree/tree.ts';
import type { Author, Vault } from '../vault.ts';
import { storedPacks } from './check-objects.ts';
import { checkPacks, type LostChunks } from './check-packs.ts';
import { TreeCheck } from './check-trees.ts';
import { Findings } from './findings.ts';
import { type HeldLock, withMaintenanceLock } from './maintenance-lock.ts';
import { entriesOf } from './prune-plan.ts';
import { readableRows } from './readable-rows.ts';
import { readableSnapshots, snapshotSequences, snapshots, treeOf } from './snapshots.ts';

export interface RepairOptions {
  readonly author: Author;
  /** Say what would be done. */
  readonly dryRun?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: { readonly what: 'packs'; readonly done: number; readonly total: number }) => void) | undefined;
}

export interface RepairReport {
  /** What was looked at. */
  readonly checked: { readonly packs: number; readonly versions: number };
  /** Newer commits that cannot be read: what only they held is lost. */
  readonly unreadableCommits: readonly number[];
  /** Index objects that were made anew from the packs. */
  readonly unreadableIndexes: readonly string[];
  /** Packs out of which everything that can be read was copied into new ones. */
  readonly damagedPacks: readonly string[];
  /** Packs that no index named and that were taken up. */
  readonly adoptedPacks: number;
  /** What the newest version has lost; the newest version is without it now. */
  readonly lost: readonly string[];
  /** Older versions that are damaged and stay as they are; one whose commit cannot be read is dropped. */
  readonly damagedVersions: readonly number[];
  /** The newest commit that was made; undefined when nothing had to be, or in a dry run. */
  readonly sequence: number | undefined;
}

/**
 * Makes a damaged vault usable again, in two commits: the first takes damaged packs out of force, after what is readable in them was copied;
 * the second is the newest version without the files that are lost. No pack, no readable commit is deleted.
 *
 * What is lost must not pass for deleted: the commit says that rows are missing (`lost`), the vault's identity changes with it, and so each
 * place that is synced with it unites with it instead of following deletions, and puts back what it still has.
 *
 * The vault has to be opened with `damagedHead: 'step-back'`.
 * @throws SyncError `vault/locked`, and those of the blob store
 */
export async function repair(vault: Vault, options: RepairOptions): Promise<RepairReport> {
  if (options.dryRun === true) return new Repairing(vault, options, undefined).preview();
  return withMaintenanceLock(vault, { author: options.author, work: 'repair' }, (lock) => new Repairing(vault, options, lock).run());
}

interface Damage {
  /** Packs that were read. */
  readonly checked: number;
  readonly packs: readonly IndexedPack[];
  readonly lost: LostChunks;
}

class Repairing {
  readonly #vault: Vault;
  readonly #options: RepairOptions;
  readonly #lock: HeldLock | undefined;

  constructor(vault: Vault, options: RepairOptions, lock: HeldLock | undefined) {
    this.#vault = vault;
    this.#options = options;
    this.#lock = lock;
  }

  async preview(): Promise<RepairReport> {
    const adopted = this.#vault.unreadableIndexes.length > 0 ? await this.#adopt() : 0;
    const damage = await this.#findDamage();
    const { lost } = await this.#soundRows(damage.lost);
    return this.#report({ damage, adopted, lost, versions: await this.#damagedVersions(damage.lost), sequence: undefined });
  }

  async run(): Promise<RepairReport> {
    let damage = await this.#findDamage();
    let sequence: number | undefined;
    let adopted = 0;
    if (this.#vault.unreadableIndexes.length > 0 || damage.lost.size > 0) {
      // Packs that no index names may hold what is missing. They are looked at when they are in force.
      adopted = await this.#adopt();
      sequence = await this.#commitPacks([]);
      damage = await this.#findDamage();
    }
    if (damage.packs.length > 0) sequence = await this.#replacePacks(damage);
    const versions = await this.#damagedVersions(damage.lost);
    const last = await this.#leaveOutLost(damage.lost);
    return this.#report({ damage, adopted, lost: last.lost, versions, sequence: last.sequence ?? sequence });
  }

  async #findDamage(): Promise<Damage> {
    const { onProgress, signal } = this.#options;
    const onPack = (done: number, total: number): void => onProgress?.({ what: 'packs', done, total });
    const stored = await storedPacks(this.#vault);
    const checking = { vault: this.#vault, findings: new Findings(), stored, signal, onPack };
    const { lost, damaged } = await checkPacks(checking, true);
    await this.#lock?.renew();
    return { checked: stored.size, lost, packs: damaged };
  }

  async #adopt(): Promise<number> {
    const condemned = new Set(this.#vault.head?.commit.condemned);
    return (await this.#vault.chunks.adoptOrphans({ condemned, all: true })).adopted.length;
  }

  /** @returns the sequence of the commit that takes damaged packs out of force */
  async #replacePacks({ packs, lost }: Damage): Promise<number | undefined> {
    for (const pack of packs) {
      const ids = [...this.#idsOf(pack)].filter((id) => !lost.has(id));
      await copyChunks(this.#vault.chunks, ids, { kind: pack.kind, signal: this.#options.signal });
      await this.#lock?.renew();
    }
    return this.#commitPacks(packs.map(({ salt }) => salt));
  }

  async #commitPacks(condemned: readonly string[]): Promise<number | undefined> {
    const record = await this.#vault.commit({
      author: this.#options.author,
      kind: 'prune',
      make: async ({ head }) => ({ condemned: [...new Set([...(head?.condemned ?? []), ...condemned])] }),
    });
    return record?.commit.sequence;
  }

  *#idsOf(pack: IndexedPack): Generator<ChunkId> {
    for (const entry of entriesOf(pack)) yield encodeChunkId(this.#vault.chunks.index.id(entry));
  }

  /** Commits the newest version without what is lost. */
  async #leaveOutLost(lostChunks: LostChunks): Promise<{ readonly sequence: number | undefined; readonly lost: readonly string[] }> {
    let lost: readonly string[] = [];
    const readable = await this.#readableVersions();
    const record = await this.#vault.commit({
      author: this.#options.author,
      kind: 'repair',
      make: async ({ tree }) => {
        const sound = await this.#soundRows(lostChunks, tree);
        lost = sound.lost;
        const isWhole = lost.length === 0 && this.#vault.unreadable.length === 0;
        const dropped = snapshotSequences(this.#vault).filter((sequence) => !readable.has(sequence));
        if (isWhole && dropped.length === 0) return undefined;
        const paths = lost.slice(0, CHANGED_PATHS_MAX).map((path): ChangedPath => ({ mark: '-', path }));
        return {
          tree: sound.hasDamagedNodes
            ? await this.#rebuild(sound.rows)
            : await editTree(tree, new Map(lost.map((path) => [path, undefined]))),
          changes: { created: 0, modified: 0, deleted: lost.length, renamed: 0, paths },
          snapshots: snapshotSequences(this.#vault).filter((sequence) => readable.has(sequence)),
          lost: isWhole ? undefined : true,
        };
      },
    });
    return { sequence: record?.commit.sequence, lost };
  }

  async #rebuild(rows: readonly Row[]): Promise<Tree> {
    return editTree(new Tree(this.#vault.nodes, undefined), new Map(rows.map((row) => [row.path, row])));
  }

  /** Rows of a tree that are whole, and what is not; for nodes that are damaged, rows of the newest older version that has them. */
  async #soundRows(lostChunks: LostChunks, tree = this.#vault.tree()): Promise<SoundRows> {
    const check = new TreeCheck({ vault: this.#vault, findings: new Findings(), lost: lostChunks, readData: false });
    const rows: Row[] = [];
    const lost: string[] = [];
    const spans: Span[] = [];
    for await (const part of readableRows(tree, { signal: this.#options.signal, onDamage: (node) => spans.push(node) })) {
      for (const row of part) {
        if (await check.isWhole(row)) rows.push(row);
        else lost.push(row.path);
      }
    }
    if (spans.length === 0) return { rows, lost, hasDamagedNodes: false };
    const known = new Set([...rows.map(({ path }) => path), ...lost]);
    for await (const row of this.#olderRows(spans, check)) if (!known.has(row.path)) rows.push(row);
    return { rows, lost: [...lost, ...spans.map(textOfSpan)], hasDamagedNodes: true };
  }

  /** What lay in these spans of paths, as the newest older version has it that can be read there. */
  async *#olderRows(spans: readonly Span[], check: TreeCheck): AsyncGenerator<Row> {
    for (const span of spans) {
      const newestFirst = readableSnapshots(this.#vault);
      for await (const { tree } of newestFirst) {
        const rows: Row[] = [];
        for await (const part of readableRows(tree, { onDamage: () => undefined })) {
          for (const row of part) if (isInSpan(row.path, span) && (await check.isWhole(row))) rows.push(row);
        }
        if (rows.length === 0) continue;
        yield* rows;
        break;
      }
    }
  }

  async #readableVersions(): Promise<Set<number>> {
    const readable = new Set<number>();
    for await (const { sequence, commit } of snapshots(this.#vault)) if (commit !== undefined) readable.add(sequence);
    return readable;
  }

  async #damagedVersions(lost: LostChunks): Promise<number[]> {
    const findings = new Findings();
    const check = new TreeCheck({ vault: this.#vault, findings, lost, readData: false, signal: this.#options.signal });
    for await (const { commit } of snapshots(this.#vault))
      if (commit !== undefined) await check.check(treeOf(this.#vault, commit), commit.sequence);
    const damaged = new Set(findings.list().flatMap(({ affects }) => affects.snapshots));
    return [...damaged].filter((sequence) => sequence !== this.#vault.head?.commit.sequence).sort((a, b) => a - b);
  }

  #report({ damage, adopted, lost, versions, sequence }: Outcome): RepairReport {
    return {
      checked: { packs: damage.checked, versions: snapshotSequences(this.#vault).length },
      unreadableCommits: this.#vault.unreadable,
      unreadableIndexes: this.#vault.unreadableIndexes,
      damagedPacks: damage.packs.map(({ salt }) => packName(salt)),
      adoptedPacks: adopted,
      lost,
      damagedVersions: versions,
      sequence,
    };
  }
}

interface Outcome {
  readonly damage: Damage;
  readonly adopted: number;
  readonly lost: readonly string[];
  readonly versions: readonly number[];
  readonly sequence: number | undefined;
}

interface SoundRows {
  readonly rows: readonly Row[];
  /** Paths, and spans of paths as text. */
  readonly lost: readonly string[];
  readonly hasDamagedNodes: boolean;
}

/** Paths from `first` to `last`; undefined: all. */
interface Span {
  readonly first: string | undefined;
  readonly last: string | undefined;
}

function isInSpan(path: string, { first, last }: Span): boolean {
  return (first === undefined || comparePaths(first, path) <= 0) && (last === undefined || comparePaths(path, last) <= 0);
}

function textOfSpan({ first, last }: Span): string {
  return first === undefined ? 'everything' : first === last ? first : `${first} … ${last}`;
}
