import { isWithin } from '@cloudsync/engine';
import type { Commit } from '@cloudsync/vault';
import { check, VaultStorage } from '@cloudsync/vault';
import type { ContentLedger } from './content-ledger.ts';
import type { RunOutcome } from './vault-cycle.ts';
import { VaultFailure } from './vault-failure.ts';
import { contentsOf, differenceOf, type TreeView, viewOfDisk, viewOfStorage } from './vault-view.ts';
import type { VaultPlace, VaultWorld } from './vault-world.ts';

/** What holds after every single run, however it went: a vault opens, checks clean, and keeps its versions. */
export class VaultWatch {
  readonly #world: VaultWorld;
  /** The newest commit that was seen of each vault. */
  readonly #heads: Commit[] = [];
  /** How often each vault's disk had changed when it was looked at. */
  readonly #changes: number[] = [];

  constructor(world: VaultWorld) {
    this.#world = world;
  }

  async look(index: number): Promise<void> {
    const { changes } = (this.#world.vaults[index] as VaultPlace).disk;
    if (this.#changes[index] === changes) return;
    this.#changes[index] = changes;
    const vault = await this.#world.look(index).catch((error: unknown) => {
      throw new VaultFailure('vault is whole', `vault ${index} does not open: ${String(error)}`);
    });
    const head = vault.head?.commit;
    if (head === undefined) throw new VaultFailure('snapshots stay', `vault ${index} has no commit any more`);
    const before = this.#heads[index];
    if (before?.sequence === head.sequence) return;
    const { findings } = await check(vault, { readData: true });
    const [finding] = findings.filter(({ harmless }) => !harmless);
    if (finding !== undefined) throw new VaultFailure('vault is whole', `vault ${index}: ${finding.object} ${finding.problem}`);
    // The last one may give its place to a later commit of the same run.
    const kept = (before?.snapshots ?? []).slice(0, -1);
    const lost = kept.filter((sequence) => !head.snapshots.includes(sequence));
    if (lost.length > 0 || head.sequence < (before?.sequence ?? 0))
      throw new VaultFailure('snapshots stay', `vault ${index} at ${head.sequence} lost ${lost.join(', ')}`);
    this.#heads[index] = head;
  }
}

/** What holds when all links ran until none had anything to do. */
export async function checkSettled(world: VaultWorld, outcomes: readonly RunOutcome[]): Promise<void> {
  checkNoFailures(outcomes);
  const views = await viewsOf(world);
  for (const [name, view] of views) checkNothingInvented(world, name, view);
  const [[firstName, first], ...others] = views as [[string, TreeView], ...[string, TreeView][]];
  for (const [name, view] of others) {
    const difference = differenceOf(first, view);
    if (difference !== '') throw new VaultFailure('all replicas equal', `${firstName} / ${name}: ${difference}`);
  }
  checkContents(world, first);
}

export function checkNoFailures(outcomes: readonly RunOutcome[]): void {
  const [failed] = outcomes.flatMap(({ link, result, error }) => {
    const issue = result?.issues.find(({ severity }) => severity === 'failed');
    return error === undefined && issue === undefined ? [] : [`${link.name}: ${error?.message ?? JSON.stringify(issue)}`];
  });
  if (failed !== undefined) throw new VaultFailure('no failures after healing', failed);
}

function checkNothingInvented({ ledger }: VaultWorld, name: string, view: TreeView): void {
  for (const content of contentsOf(view))
    if (!ledger.written.has(content)) throw new VaultFailure('nothing invented', `${name}: ${JSON.stringify(content.slice(0, 60))}`);
}

async function viewsOf(world: VaultWorld): Promise<[string, TreeView][]> {
  const views = world.disks.map((disk, index): [string, TreeView] => [`folder ${index}`, viewOfDisk(disk)]);
  for (const index of world.vaults.keys()) {
    const vault = await world.look(index);
    const storage = new VaultStorage(vault, { actor: '0'.repeat(16), device: { id: '', name: '' }, clock: world.time.now });
    views.push([`vault ${index}`, await viewOfStorage(storage)]);
  }
  return views;
}

function checkContents({ ledger }: VaultWorld, view: TreeView): void {
  const contents = new Set(contentsOf(view));
  for (const content of ledger.written)
    if (!ledger.superseded.has(content) && !contents.has(content))
      throw new VaultFailure('nothing lost', JSON.stringify(content.slice(0, 60)));
  for (const [path, content] of view)
    if (ledger.superseded.has(content) && !ledger.wasTouched(content) && !isExcused(ledger, path))
      throw new VaultFailure('nothing comes back', `${path}: ${content.slice(0, 60)}`);
}

/** Where only one user did anything, his folder is what all others become. */
export function checkOneUser(world: VaultWorld, before: TreeView | undefined): void {
  const [disk] = world.disks;
  if (before === undefined || disk === undefined) return;
  const difference = differenceOf(before, viewOfDisk(disk));
  if (difference !== '') throw new VaultFailure('no false conflict', difference);
}

/** A copy that the engine made of a loser, or something in a folder that was moved. */
function isExcused({ movedTo }: ContentLedger, path: string): boolean {
  return path.includes('.conflict-') || [...movedTo].some((folder) => isWithin(folder, path));
}
