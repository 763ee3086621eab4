import type { Triple } from '../compare/triple.ts';
import { mergeContents, type NoMerge } from '../merge/merge-text.ts';
import { MERGE_BYTES_MAX } from '../merge/text.ts';
import type { Entry, Side } from '../model/entry.ts';
import { SyncError } from '../model/error.ts';
import type { Action, Conflict } from '../plan/action.ts';
import type { Storage } from '../storage.ts';
import type { CyclePlan } from './cycle-plan.ts';
import type { Known } from './facts.ts';
import { agreedHash, type HashBytes, type MergeBases } from './merge-bases.ts';
import { finishedSide, type MergeUnderway } from './merges-underway.ts';
import type { SyncPauseController } from './pause-controller.ts';
import { readSmall } from './read-text.ts';
import { runBounded } from './work.ts';

/** Outcomes wait in memory until they are written. Conflicts whose versions together are larger than this are kept twice. */
const VERSIONS_BYTES_MAX = 128 * 1024 * 1024;

/** What a run writes to both sides in place of two versions. */
export interface PlannedMerge {
  readonly bytes: Uint8Array;
  readonly mode: number | undefined;
  /** The side that holds exactly this already. */
  readonly heldBy: Side | undefined;
  readonly underway: MergeUnderway;
}

export interface MergeQuestion {
  readonly cyclePlan: CyclePlan;
  /** What each side has, under its present paths. */
  readonly now: Known['now'];
  readonly storages: Readonly<Record<Side, Pick<Storage, 'download'>>>;
  /** Asked one after the other. */
  readonly bases: readonly MergeBases[];
  readonly underway: readonly MergeUnderway[];
  /** The last run may have brought content over that it could not agree on, so that a base may be older than it should be. */
  readonly careful: boolean;
  readonly hashBytes: HashBytes;
  /** How many are read at once. */
  readonly atOnce: number;
  readonly pause: SyncPauseController;
}

export interface MergePlan {
  readonly cyclePlan: CyclePlan;
  /** By path, as it will be after the renames. */
  readonly merges: ReadonlyMap<string, PlannedMerge>;
}

type Reason = NoMerge | 'no-base' | 'unreadable' | 'too-many';

const REASONS: Readonly<Record<Reason, string>> = {
  overlap: 'both edited the same place',
  'not-text': 'not a text in UTF-8',
  'too-large': 'larger than 1 MiB',
  'too-different': 'too much was changed',
  'same-edit': 'both seem to have made the same edit',
  'no-base': 'the text before both edits is not known',
  unreadable: 'it could not be read',
  'too-many': 'too many merges at once',
};

/**
 * Merges what both sides edited, as far as that can be done, so that a dry run tells truly which edits will be merged and
 * which kept twice. It reads both versions and writes nothing; the run writes the outcome only while both are still what was read.
 */
export async function planMerges(question: MergeQuestion): Promise<MergePlan> {
  const { cyclePlan } = question;
  const candidates = cyclePlan.plan.transfers.filter(isCandidate);
  if (candidates.length === 0) return { cyclePlan, merges: new Map() };
  const triples = new Map(cyclePlan.triples.map((triple) => [triple.path, triple]));
  const baseHash = (path: string): string | undefined => {
    const last = triples.get(path)?.last;
    return last && agreedHash(last.source, last.destination);
  };
  const bases = await readBases(question.bases, new Set(candidates.flatMap(({ path }) => baseHash(path) ?? [])));
  const present = { source: presentPaths('source', question), destination: presentPaths('destination', question) };
  const merges = new Map<string, PlannedMerge>();
  const reasons = new Map<string, Reason>();
  let bytes = 0;
  const mergeAt = async ({ path, source, destination }: Action): Promise<void> => {
    const sizes = [source?.size ?? 0, destination?.size ?? 0];
    if (Math.max(...sizes) > MERGE_BYTES_MAX) return void reasons.set(path, 'too-large');
    for (const size of sizes) bytes += size;
    if (bytes > VERSIONS_BYTES_MAX) return void reasons.set(path, 'too-many');
    const hash = baseHash(path);
    const base = hash === undefined ? undefined : { hash, bytes: bases.get(hash) };
    const merge = await mergeOne(triples.get(path), { ...question, present, base });
    if (typeof merge === 'string') reasons.set(path, merge);
    else merges.set(path, merge);
  };
  await runBounded(candidates, mergeAt, { atOnce: question.atOnce, pause: question.pause });
  const told = (conflict: Conflict): Conflict => toldOf(conflict, merges, reasons);
  const transfers = cyclePlan.plan.transfers.map((action): Action => {
    if (!isCandidate(action)) return action;
    const conflict = told(action.conflict);
    return { ...action, conflict, reason: conflict.message };
  });
  const conflicts = cyclePlan.plan.conflicts.map((conflict) => (isContest(conflict) ? told(conflict) : conflict));
  return { cyclePlan: { ...cyclePlan, plan: { ...cyclePlan.plan, transfers, conflicts } }, merges };
}

type Candidate = Action & { readonly conflict: Conflict };

function isCandidate(action: Action): action is Candidate {
  return action.type === 'CONFLICT' && action.conflict !== undefined && isContest(action.conflict);
}

function isContest({ kind, outcome, source, destination }: Conflict): boolean {
  return kind === 'both-changed' && outcome === 'both' && source?.kind === 'file' && destination?.kind === 'file';
}

function toldOf(conflict: Conflict, merges: MergePlan['merges'], reasons: ReadonlyMap<string, Reason>): Conflict {
  const { kind, path, source, destination } = conflict;
  if (merges.has(path)) {
    return { kind, path, source, destination, outcome: 'merged', message: 'changed on both sides: the edits of both are merged' };
  }
  const reason = reasons.get(path);
  return reason === undefined ? conflict : { ...conflict, message: `${conflict.message} (not merged: ${REASONS[reason]})` };
}

async function readBases(places: readonly MergeBases[], hashes: ReadonlySet<string>): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  for (const place of places) {
    const missing = new Set([...hashes].filter((hash) => !found.has(hash)));
    if (missing.size === 0) break;
    for (const [hash, bytes] of await place.read(missing)) found.set(hash, bytes);
  }
  return found;
}

interface MergeTools extends MergeQuestion {
  readonly present: Readonly<Record<Side, ReadonlyMap<string, string>>>;
  readonly base: { readonly hash: string; readonly bytes: Uint8Array | undefined } | undefined;
}

async function mergeOne(triple: Triple | undefined, tools: MergeTools): Promise<PlannedMerge | Reason> {
  const { base, hashBytes } = tools;
  if (triple?.source === undefined || triple.destination === undefined || base === undefined) return 'no-base';
  const source = await readSide('source', triple.source, tools);
  if (typeof source === 'string') return source;
  const destination = await readSide('destination', triple.destination, tools);
  if (typeof destination === 'string') return destination;
  const hashes = { source: await hashBytes(source), destination: await hashBytes(destination) };
  const outcome = mergeVersions({ path: triple.path, source, destination, hashes, base, underway: tools.underway, careful: tools.careful });
  if (typeof outcome === 'string') return outcome;
  const merged = await hashBytes(outcome);
  return {
    bytes: outcome,
    mode: modeOf(triple),
    heldBy: merged === hashes.source ? 'source' : merged === hashes.destination ? 'destination' : undefined,
    underway: { path: triple.path, base: base.hash, ...hashes, merged },
  };
}

interface MergeVersions extends Readonly<Record<Side, Uint8Array>> {
  readonly path: string;
  readonly hashes: Readonly<Record<Side, string>>;
  readonly base: NonNullable<MergeTools['base']>;
  readonly underway: readonly MergeUnderway[];
  readonly careful: boolean;
}

function mergeVersions({ path, source, destination, hashes, base, underway, careful }: MergeVersions): Uint8Array | Reason {
  // Once the path is agreed on again, its base is another and the note has had its day.
  const cutOff = underway.find((merge) => merge.path === path && merge.base === base.hash);
  const finished = cutOff && finishedSide(cutOff, hashes);
  if (finished !== undefined) return finished === 'source' ? source : destination;
  if (base.bytes === undefined) return 'no-base';
  const outcome = mergeContents(path, { base: base.bytes, a: source, b: destination }, { careful: careful || cutOff !== undefined });
  return 'reason' in outcome ? outcome.reason : outcome.merged;
}

/** Permission bits go with whoever changed them, and with the source where both did. */
function modeOf({ last, source, destination }: Triple): number | undefined {
  const isSourceSame = last !== undefined && last.source.mode === source?.mode;
  return (isSourceSame ? destination?.mode : source?.mode) ?? source?.mode ?? destination?.mode;
}

async function readSide(side: Side, entry: Entry, { storages, present, pause }: MergeTools): Promise<Uint8Array | Reason> {
  try {
    const path = present[side].get(entry.path) ?? entry.path;
    return (await readSmall(storages[side], { ...entry, path }, pause.signal)) ?? 'not-text';
  } catch (error) {
    if (!SyncError.is(error) && error !== pause.signal.reason) throw error;
    return 'unreadable';
  }
}

/** Where things are now whose renames in this plan are still to be carried out: later path → present path. */
function presentPaths(side: Side, { cyclePlan, now }: MergeQuestion): ReadonlyMap<string, string> {
  const present = new Map<string, string>();
  for (const [path, entry] of now[side]) {
    const later = cyclePlan.places[side].map(path);
    if (entry !== undefined && later !== path) present.set(later, path);
  }
  return present;
}
