import { displacedIn, hashCandidates, matchById } from '../compare/renames.ts';
import { type Entry, isUntouched, otherSide, type Side } from '../model/entry.ts';
import { SyncError } from '../model/error.ts';
import type { Storage } from '../storage.ts';
import type { Issue } from './events.ts';

/** What is known of the paths that a cycle looks at, per side. Maps are filled in place as facts are learned. */
export interface Known {
  /** What each side has now, in its own paths; absent keys are paths that nobody asked about. */
  readonly now: Readonly<Record<Side, Map<string, Entry | undefined>>>;
  readonly last: Readonly<Record<Side, Map<string, Entry>>>;
}

export interface FactQuestion {
  readonly known: Known;
  readonly storages: Readonly<Record<Side, Pick<Storage, 'stat' | 'hash'>>>;
  readonly usesHash: boolean;
  readonly signal: AbortSignal;
}

/**
 * Learns the symlink targets and content hashes that the decisions need, and no others: a file is only read when the quick
 * check cannot clear it, when both sides made it, or when it may be a renamed one.
 * @returns the paths that could not be read; they take no part in the cycle
 */
export async function learnFacts({ known, storages, usesHash, signal }: FactQuestion): Promise<Issue[]> {
  const issues: Issue[] = [];
  const learn = async (side: Side): Promise<void> => {
    carryFromLast(known.now[side], known.last[side]);
    await learnTargets(side, known.now[side], storages[side], issues);
    if (usesHash) await learnHashes(side, wantedHashes(side, known), { known, storages, usesHash, signal }, issues);
  };
  await Promise.all([learn('source'), learn('destination')]);
  return issues;
}

/** An untouched entry keeps what was learned of it, under its new path as well. */
function carryFromLast(now: Map<string, Entry | undefined>, last: ReadonlyMap<string, Entry>): void {
  const moved = matchById(displacedIn(last, now));
  for (const [path, entry] of now) {
    if (entry === undefined) continue;
    const row = moved.get(path) ?? last.get(path);
    if (row !== undefined && isUntouched(row, entry))
      now.set(path, { ...entry, hash: entry.hash ?? row.hash, target: entry.target ?? row.target });
  }
}

async function learnTargets(
  side: Side,
  now: Map<string, Entry | undefined>,
  storage: Pick<Storage, 'stat'>,
  issues: Issue[],
): Promise<void> {
  for (const [path, entry] of now) {
    if (entry?.kind !== 'symlink' || entry.target !== undefined) continue;
    try {
      const found = await storage.stat(path);
      if (found?.kind === 'symlink') now.set(path, found);
      else throw new SyncError('storage/changed', `${path} changed while it was looked at; run again`, { path });
    } catch (error) {
      issues.push(issueOf(error, { path, side }));
    }
  }
}

function wantedHashes(side: Side, { now, last }: Known): Entry[] {
  const other = otherSide(side);
  const wanted = new Map<string, Entry>();
  const displaced = displacedIn(last[side], now[side]);
  const pairs = matchById(displaced);
  const meets = sizesThatMayMeet(other, { now, last }, pairs);
  for (const [path, entry] of now[side]) {
    if (entry?.kind !== 'file' || entry.hash !== undefined) continue;
    const row = last[side].get(path);
    const there = now[other].get(path);
    const mayBeUnedited = row?.kind === 'file' && row.size === entry.size && row.hash !== undefined;
    const mayBeEqual = there?.kind === 'file' && there.size === entry.size;
    if (mayBeUnedited || mayBeEqual || meets?.has(entry.size)) wanted.set(path, entry);
  }
  // A renamed file may have been edited as well; its new version stamp cannot tell.
  for (const [path, row] of pairs) {
    const entry = now[side].get(path);
    if (entry?.kind === 'file' && entry.hash === undefined && row.size === entry.size && row.hash !== undefined) wanted.set(path, entry);
  }
  for (const entry of hashCandidates(displaced, pairs)) if (entry.hash === undefined) wanted.set(entry.path, entry);
  return [...wanted.values()];
}

/** Where something was renamed, files of different paths can end under one: sizes of the other side's files, else undefined. */
function sizesThatMayMeet(other: Side, { now, last }: Known, pairs: ReadonlyMap<string, Entry>): Set<number> | undefined {
  const displacedThere = displacedIn(last[other], now[other]);
  const isRenamed = pairs.size > 0 || matchById(displacedThere).size > 0 || displacedThere.gone.length > 0;
  if (!isRenamed) return undefined;
  const sizes = new Set<number>();
  for (const entry of now[other].values()) if (entry?.kind === 'file') sizes.add(entry.size);
  return sizes;
}

async function learnHashes(
  side: Side,
  wanted: readonly Entry[],
  { known, storages, signal }: FactQuestion,
  issues: Issue[],
): Promise<void> {
  const storage = storages[side];
  if (wanted.length === 0 || storage.hash === undefined) return;
  const results = await storage.hash(wanted, { signal });
  for (const [index, result] of results.entries()) {
    const entry = wanted[index] as Entry;
    if ('hash' in result) known.now[side].set(entry.path, { ...entry, hash: result.hash });
    else issues.push(issueOf(result.error, { path: entry.path, side }));
  }
}

/** A failure of one path as data. Anything but a SyncError is a bug and is thrown on. */
export function issueOf(error: unknown, { path, side }: { path: string; side?: Side | undefined }): Issue {
  if (!SyncError.is(error)) throw error;
  return { severity: error.code === 'storage/unsupported' ? 'note' : 'failed', path, side, code: error.code, message: error.message };
}
