import { INDEX_PREFIX, PACK_PREFIX, readIndexObject, saltOfPackName } from '@cloudsync/content';
import { COMMITS_PREFIX, nameOf } from '../commit/commit-log.ts';
import { CONFIG_BLOB, readConfig } from '../config.ts';
import { readSlots } from '../keys/key-ring.ts';
import { SLOTS_PREFIX } from '../keys/key-slot.ts';
import { REPLICAS_PREFIX, readReplica } from '../replica/replicas.ts';
import type { Vault } from '../vault.ts';
import { type Findings, isObjectProblem } from './findings.ts';
import { LOCK_BLOB, LOCKS_PREFIX, readLock } from './maintenance-lock.ts';

/** Config, key slots, replicas, lock, and whatever else lies about. */
export async function checkSmallObjects({ vault, findings }: Checking): Promise<void> {
  await noting(findings, CONFIG_BLOB, async () => {
    const { line } = await readConfig(vault.blobs);
    if (line !== vault.config.line) findings.add(CONFIG_BLOB, 'it changed since the vault was opened');
  });
  for (const { path, message } of (await readSlots(vault.blobs)).damaged) findings.add(path ?? SLOTS_PREFIX, message);
  for await (const { name } of vault.blobs.list(REPLICAS_PREFIX)) await noting(findings, name, () => readReplica(vault, name));
  if ((await readLock(vault)) === 'unreadable') findings.add(LOCK_BLOB, 'it does not say who holds it (cloudsync vault unlock removes it)');
  const known = [SLOTS_PREFIX, REPLICAS_PREFIX, LOCKS_PREFIX, COMMITS_PREFIX, INDEX_PREFIX];
  for await (const { name } of vault.blobs.list('')) {
    const isOurs = name === CONFIG_BLOB || known.some((prefix) => name.startsWith(prefix)) || saltOfPackName(name) !== undefined;
    if (!isOurs) findings.addHarmless(name, 'it is no part of a vault');
  }
}

export interface Checking {
  readonly vault: Vault;
  readonly findings: Findings;
}

/** Every commit that is stored opens, and each names the one before it. @returns how many are stored */
export async function checkCommits({ vault, findings }: Checking): Promise<number> {
  const stored = await vault.log.list();
  const kept = new Set(vault.head?.commit.snapshots);
  for (const sequence of kept) if (!stored.includes(sequence)) findings.add(nameOf(sequence), 'it is gone', { snapshot: sequence });
  // Of the commit before, when it opened.
  let before: { readonly sequence: number; readonly hash: string } | undefined;
  for (const sequence of stored) {
    const isLeftover = !kept.has(sequence) && sequence < (vault.head?.commit.sequence ?? 0);
    try {
      const { commit, hash } = await vault.log.read(sequence);
      if (before?.sequence === sequence - 1 && commit.previous !== before.hash) reportBreak({ vault, findings }, sequence, kept);
      before = { sequence, hash };
    } catch (error) {
      if (!isObjectProblem(error)) throw error;
      if (isLeftover) findings.addHarmless(nameOf(sequence), error.message);
      else findings.add(nameOf(sequence), error.message, kept.has(sequence) ? { snapshot: sequence } : {});
    }
  }
  return stored.length;
}

/** A writer that died can leave a commit under a number that was free again; it counts for nothing. */
function reportBreak({ findings }: Checking, sequence: number, kept: ReadonlySet<number>): void {
  if (kept.has(sequence - 1)) findings.add(nameOf(sequence), `it does not come after ${nameOf(sequence - 1)}, which was exchanged`);
  else findings.addHarmless(nameOf(sequence - 1), 'it is no part of the history; the next prune removes it');
}

/** Every index object in force opens; with `readData` the others, too, which the next prune deletes. */
export async function checkIndexes({ vault, findings }: Checking, readData: boolean): Promise<void> {
  const inForce = new Set(vault.head?.commit.indexes);
  const sealed = { blobs: vault.blobs, keys: vault.keys.seal };
  for (const name of inForce) await noting(findings, name, () => readIndexObject(sealed, name));
  if (!readData) return;
  for await (const { name } of vault.blobs.list(INDEX_PREFIX)) {
    if (inForce.has(name)) continue;
    const damage = await damageOf(() => readIndexObject(sealed, name));
    if (damage !== undefined) findings.addHarmless(name, damage);
  }
}

/** Sizes of all packs that are stored, by salt. */
export async function storedPacks(vault: Vault): Promise<Map<string, number>> {
  const stored = new Map<string, number>();
  for await (const { name, size } of vault.blobs.list(PACK_PREFIX)) {
    const salt = saltOfPackName(name);
    if (salt !== undefined) stored.set(salt, size);
  }
  return stored;
}

async function noting(findings: Findings, object: string, work: () => Promise<unknown>): Promise<void> {
  const damage = await damageOf(work);
  if (damage !== undefined) findings.add(object, damage);
}

async function damageOf(work: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (!isObjectProblem(error)) throw error;
    return error.message;
  }
}
