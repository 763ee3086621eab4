import { randomBytes } from 'node:crypto';
import { SyncError } from '@cloudsync/engine';
import type { Changes, Commit } from '../commit/commit.ts';
import { contentChunks, contentNodes } from '../content/content-nodes.ts';
import { oldestSeen } from '../replica/replicas.ts';
import { editTree } from '../tree/edit-tree.ts';
import type { FileRow, Row, TreeRoot } from '../tree/row.ts';
import type { Tree } from '../tree/tree.ts';
import { type Author, type CommitBase, type CommitDraft, isDamage, type Vault } from '../vault.ts';
import { addChanges, describeChanges } from './describe-changes.ts';
import { type LaidChanges, layChanges } from './lay-changes.ts';
import { changed } from './row-entry.ts';
import { type StagedChanges, StagedTree } from './staged-tree.ts';

/**
 * What a storage changed and has not committed yet, and the way it gets into the vault. One thing at a time: changes are made one after
 * the other, and none while a commit is written.
 */
export class Staging {
  readonly #vault: Vault;
  readonly #author: Author;
  #tree: StagedTree;
  #run = newRun();
  /** All commits up to this one were listed, or made here on top of what was listed. */
  #seen: number;
  /** The newest commit that a power cut cannot take away any more, whoever made it. */
  #durable = 0;
  /** Tombstones that everybody has seen were dropped in this run. */
  #hasCollected = false;
  #working: Promise<unknown> = Promise.resolve();

  constructor(vault: Vault, author: Author) {
    this.#vault = vault;
    this.#author = author;
    this.#tree = new StagedTree(vault.tree());
    this.#seen = sequenceOf(vault);
  }

  get seen(): number {
    return this.#seen;
  }

  /** The tree as it is with all that was staged. */
  get tree(): StagedTree {
    return this.#tree;
  }

  /** Begins a run: looks for what others committed, unless something is staged; and what comes is one snapshot. */
  async begin(): Promise<void> {
    return this.#exclusive(async () => {
      if (this.#tree.changes.size > 0) return;
      await this.#vault.refresh();
      this.#tree = new StagedTree(this.#vault.tree());
      this.#run = newRun();
      this.#seen = sequenceOf(this.#vault);
      this.#hasCollected = false;
    });
  }

  /** Looks and changes as one step. */
  change<T>(work: (tree: StagedTree) => Promise<T>): Promise<T> {
    return this.#exclusive(() => work(this.#tree));
  }

  /** Forgets what is staged. */
  abandon(): Promise<void> {
    return this.#exclusive(async () => {
      this.#tree = new StagedTree(this.#vault.tree());
    });
  }

  /** @throws SyncError `storage/changed` for changes that had to be dropped; see {@link VaultStorage.flush} */
  async flush(): Promise<void> {
    return this.#exclusive(async () => {
      if (this.#tree.changes.size === 0) return this.#keepWhatOthersCommitted();
      let refused: readonly string[] = [];
      const before = sequenceOf(this.#vault);
      const record = await this.#vault.commit({
        author: this.#author,
        kind: 'sync',
        run: this.#run,
        make: async (base) => {
          const laid = await this.#lay(base);
          refused = laid.refused;
          return this.#draft(base, laid.kept);
        },
      });
      if (record?.commit.sequence === before + 1 && before === this.#seen) this.#seen = record.commit.sequence;
      this.#hasCollected = true;
      this.#durable = sequenceOf(this.#vault);
      this.#tree = new StagedTree(this.#vault.tree());
      if (refused[0] !== undefined) throw changed(refused[0]);
    });
  }

  /** The other side may have what a writer committed who was killed before he could make it durable. */
  async #keepWhatOthersCommitted(): Promise<void> {
    const sequence = sequenceOf(this.#vault);
    if (sequence > this.#durable) await this.#vault.blobs.flush();
    this.#durable = sequence;
  }

  async #lay(base: CommitBase): Promise<LaidChanges> {
    const staged = this.#tree.changes;
    const unavailable = base.lostChunks ? await this.#withoutContent(staged) : [];
    if (unavailable.length === 0 && isSameRoot(base.tree.root, this.#tree.base.root)) return { kept: staged, refused: [] };
    return layChanges({ staged, from: this.#tree.base, onto: base.tree, unavailable });
  }

  async #draft(base: CommitBase, kept: StagedChanges): Promise<CommitDraft | undefined> {
    if (kept.size === 0) return undefined;
    const edits = new Map<string, Row | undefined>();
    if (!this.#hasCollected) for (const path of await this.#seenByAll(base.tree)) edits.set(path, undefined);
    for (const [path, { after }] of kept) edits.set(path, after?.kind === 'tombstone' ? { ...after, sequence: base.sequence } : after);
    const tree = await editTree(base.tree, edits);
    return isSameRoot(tree.root, base.tree.root) ? undefined : { tree, changes: this.#describe(kept, base.head) };
  }

  #describe(kept: StagedChanges, head: Commit | undefined): Changes {
    const changes = describeChanges(kept);
    return head?.run === this.#run ? addChanges(head.changes, changes) : changes;
  }

  /** Paths of tombstones that every replica has seen. */
  async #seenByAll(tree: Tree): Promise<string[]> {
    const { tombstones } = await tree.summary();
    const sequence = tombstones === 0 ? undefined : await oldestSeen(this.#vault);
    const paths: string[] = [];
    if (sequence !== undefined) for await (const { path } of tree.tombstonesUpTo(sequence)) paths.push(path);
    return paths;
  }

  /** Files whose chunks somebody took out of the vault since they were found there. */
  async #withoutContent(staged: StagedChanges): Promise<string[]> {
    const paths: string[] = [];
    for (const [path, { after }] of staged) if (after?.kind === 'file' && !(await this.#hasContent(after))) paths.push(path);
    return paths;
  }

  async #hasContent({ content }: FileRow): Promise<boolean> {
    const { chunks } = this.#vault;
    try {
      for await (const id of contentNodes(chunks, content)) if (!chunks.has([id])[0]) return false;
      for await (const refs of contentChunks(chunks, content)) if (chunks.has(refs.map(({ id }) => id)).includes(false)) return false;
      return true;
    } catch (error) {
      if (isDamage(error) || SyncError.is(error, 'storage/not-found')) return false;
      throw error;
    }
  }

  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#working.then(work, work);
    this.#working = result.catch(() => undefined);
    return result;
  }
}

function sequenceOf(vault: Vault): number {
  return vault.head?.commit.sequence ?? 0;
}

function newRun(): string {
  return randomBytes(8).toString('hex');
}

function isSameRoot(a: TreeRoot | undefined, b: TreeRoot | undefined): boolean {
  return a?.id === b?.id && a?.level === b?.level;
}
