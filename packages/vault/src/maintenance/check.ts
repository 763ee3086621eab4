import type { Vault } from '../vault.ts';
import { checkCommits, checkIndexes, checkSmallObjects, storedPacks } from './check-objects.ts';
import { checkPacks } from './check-packs.ts';
import { TreeCheck } from './check-trees.ts';
import { type Finding, Findings } from './findings.ts';
import { readableSnapshots, treeOf } from './snapshots.ts';

export interface CheckOptions {
  /** Read every pack wholly and verify every chunk, and every content against its hash. Default: what can be known without that. */
  readonly readData?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: CheckProgress) => void) | undefined;
}

export interface CheckProgress {
  readonly what: 'objects' | 'packs' | 'trees';
  readonly done: number;
  readonly total: number;
}

export interface CheckReport {
  /** What counts first, then what is harmless. */
  readonly findings: readonly Finding[];
  readonly commits: number;
  readonly packs: number;
  readonly snapshots: number;
  /** Different contents. */
  readonly files: number;
}

/**
 * Looks at everything that is stored. Damage is what it is for, and comes as findings. Open the vault with `damagedHead: 'step-back'`, so that
 * a damaged head or index object is among them.
 * @throws SyncError of the blob store when it cannot be reached
 */
export async function check(vault: Vault, options: CheckOptions = {}): Promise<CheckReport> {
  const { readData = false, signal, onProgress } = options;
  const findings = new Findings();
  const checking = { vault, findings };
  onProgress?.({ what: 'objects', done: 0, total: 1 });
  await checkSmallObjects(checking);
  const commits = await checkCommits(checking);
  const stored = await storedPacks(vault);
  await checkIndexes(checking, readData);
  onProgress?.({ what: 'objects', done: 1, total: 1 });
  const onPack = (done: number, total: number): void => onProgress?.({ what: 'packs', done, total });
  const { lost } = await checkPacks({ ...checking, stored, signal, onPack }, readData);
  const trees = new TreeCheck({ vault, findings, lost, readData, signal });
  const total = vault.head?.commit.snapshots.length ?? 0;
  let snapshots = 0;
  for await (const { commit, tree } of readableSnapshots(vault)) {
    await trees.check(tree, commit.sequence);
    onProgress?.({ what: 'trees', done: ++snapshots, total });
  }
  const head = vault.head?.commit;
  if (head !== undefined) await trees.check(treeOf(vault, head), head.sequence);
  return { findings: findings.list(), commits, packs: stored.size, snapshots, files: trees.files };
}
