import type { Random } from '../random.ts';

/** Two replicas that are kept the same: a folder and a vault, or two vaults. */
export interface Link {
  readonly name: string;
  /** A folder's index, or a vault's. */
  readonly source: { readonly type: 'folder' | 'vault'; readonly index: number };
  readonly vault: number;
}

/** Everything about a round that does not change while it runs. */
export interface VaultScenario {
  readonly vaults: number;
  /** For each folder the vault that it is synced with. */
  readonly folders: readonly number[];
  readonly links: readonly Link[];
  /** Only the user of the first folder does anything: then no other replica has a reason to differ. */
  readonly oneUser: boolean;
  readonly phases: number;
  /** How likely a cycle's process dies. */
  readonly deaths: number;
  /** How likely a call of a blob store fails. */
  readonly errors: number;
  /** How likely a death is a power cut at the vaults as well. */
  readonly powerCuts: number;
}

const NO_TROUBLE = { deaths: 0, errors: 0, powerCuts: 0 };

/** Three vaults in a triangle, and folders that hang on them; now and then two vaults, or one that folders share. */
export function drawVaultScenario(random: Random, fixed: Partial<VaultScenario> = {}): VaultScenario {
  const drawn = random.pick([1, 2, 3, 3, 3]);
  const vaults = fixed.vaults ?? drawn;
  const folders = Array.from({ length: random.between(vaults === 1 ? 2 : 1, 4) }, () => random.below(vaults));
  const trouble = { deaths: random.next() * 0.7, errors: random.chance(0.5) ? random.next() * 0.03 : 0, powerCuts: random.next() };
  return {
    vaults,
    folders,
    links: linksOf(vaults, folders),
    oneUser: random.chance(0.4),
    phases: random.between(1, 3),
    ...(random.chance(0.15) ? NO_TROUBLE : trouble),
    ...fixed,
  };
}

function linksOf(vaults: number, folders: readonly number[]): Link[] {
  const links: Link[] = folders.map((vault, index) => ({
    name: `folder ${index}, vault ${vault}`,
    source: { type: 'folder', index },
    vault,
  }));
  for (let one = 0; one < vaults; one++)
    for (let other = one + 1; other < vaults; other++)
      links.push({ name: `vault ${one}, vault ${other}`, source: { type: 'vault', index: one }, vault: other });
  return links;
}
