import { type AttributeChange, type AttributeRules, mergeAttributes } from '../compare/attributes.ts';
import { changeOf, type Triple } from '../compare/triple.ts';
import { type Entry, isUntouched, type Side } from '../model/entry.ts';
import type { SyncErrorCode } from '../model/error.ts';
import { ancestorsOf, comparePaths, depthOf } from '../model/path.ts';
import type { Agreement } from '../model/tree-schema.ts';
import type { Action, ActionType, Conflict } from './action.ts';
import { type Decision, decidePath, type PlanRules } from './decision.ts';
import { checkNames, type NameCheck } from './name-check.ts';
import { type HeldFolders, sparePlacesOfSurvivors } from './survivors.ts';

export interface PlanQuestion {
  /** Every path that changed on a side, in the names that hold after the renames. */
  readonly triples: readonly Triple[];
  readonly rules: PlanRules;
  readonly attributes: AttributeRules;
  readonly held: HeldFolders;
  readonly names: NameCheck;
  /** Folders that a rename moves into; they are made before the renames. */
  readonly neededFirst: ReadonlySet<string>;
}

/** What is to be done, in phases that are carried out one after the other. */
export interface Plan {
  /** Folders that renames need. */
  readonly foldersFirst: readonly Action[];
  /** Deletions that make way for another kind, deepest first, and files that make way for folders. */
  readonly clearing: readonly Action[];
  /** Parents before children. */
  readonly folders: readonly Action[];
  readonly transfers: readonly Action[];
  /** Files first, then folders deepest first. */
  readonly deletions: readonly Action[];
  readonly attributes: readonly Action[];
  /** What enters or leaves the last state without an action. */
  readonly agreements: readonly Agreement[];
  readonly conflicts: readonly Conflict[];
  readonly problems: readonly PathProblem[];
  /** Files and symlinks that would be deleted on each side. */
  readonly deletedFiles: Readonly<Record<Side, number>>;
}

export interface PathProblem {
  readonly path: string;
  readonly side: Side | undefined;
  readonly code: SyncErrorCode;
  readonly message: string;
}

/** The plan of a cycle: a pure function of what was agreed, what is there now, and the rules. */
export function plan(question: PlanQuestion): Plan {
  const decisions = new Map(question.triples.map((triple) => [triple.path, decidePath(triple, question.rules)]));
  sparePlacesOfSurvivors(decisions, question.held, question.rules);
  checkNames(decisions, question.names);
  // What a name keeps from leaving keeps its folders.
  sparePlacesOfSurvivors(decisions, question.held, question.rules);
  const draft = new PlanDraft(question);
  for (const decision of [...decisions.values()].sort((a, b) => comparePaths(a.triple.path, b.triple.path))) draft.add(decision);
  return draft.finish();
}

class PlanDraft {
  readonly #question: PlanQuestion;
  readonly #foldersFirst: Action[] = [];
  readonly #folders: Action[] = [];
  readonly #transfers: Action[] = [];
  readonly #makingWay: Action[] = [];
  readonly #deletions: Action[] = [];
  readonly #attributes: Action[] = [];
  readonly #agreements: Agreement[] = [];
  readonly #conflicts: Conflict[] = [];
  readonly #problems: PathProblem[] = [];
  readonly #deletedFiles: Record<Side, number> = { source: 0, destination: 0 };
  /** Paths per side that must be empty before something of another kind can stand there. */
  readonly #cleared: Record<Side, Set<string>> = { source: new Set(), destination: new Set() };

  constructor(question: PlanQuestion) {
    this.#question = question;
  }

  add(decision: Decision): void {
    const { triple, verdict, conflict, problem } = decision;
    const { path, last } = triple;
    if (conflict !== undefined) this.#conflicts.push(conflict);
    switch (verdict) {
      case 'in-sync':
        this.#keep(triple);
        return;
      case 'upload':
      case 'download':
        this.#transfer(decision, verdict);
        return;
      case 'delete-source':
      case 'delete-destination':
        this.#delete(decision, verdict === 'delete-source' ? 'source' : 'destination');
        return;
      case 'settle':
        this.#settle(triple, conflict);
        return;
      case 'forget':
      case 'leave':
        if (last !== undefined) this.#agreements.push({ path, source: undefined, destination: undefined });
        return;
      case 'failed':
        this.#problems.push({ path, side: problem?.side, code: problem?.code ?? 'storage/io', message: problem?.message ?? path });
        return;
      case 'hold':
      case 'wait':
      case 'conflict':
        return;
    }
  }

  finish(): Plan {
    const clears = (action: Action): boolean => {
      const side = action.type === 'DELETE_SOURCE' ? 'source' : 'destination';
      return this.#cleared[side].size > 0 && [action.path, ...ancestorsOf(action.path)].some((path) => this.#cleared[side].has(path));
    };
    const deepestFirst = [...this.#deletions].sort(
      (a, b) => Number(a.kind === 'folder') - Number(b.kind === 'folder') || depthOf(b.path) - depthOf(a.path),
    );
    return {
      foldersFirst: this.#foldersFirst,
      clearing: [...deepestFirst.filter(clears), ...this.#makingWay],
      folders: this.#folders,
      transfers: this.#transfers,
      deletions: deepestFirst.filter((action) => !clears(action)),
      attributes: this.#attributes,
      agreements: this.#agreements,
      conflicts: this.#conflicts,
      problems: this.#problems,
      deletedFiles: this.#deletedFiles,
    };
  }

  /** Content agrees; attributes may still have to travel. */
  #keep(found: Triple): void {
    const { path, last } = found;
    if (found.source === undefined || found.destination === undefined) return;
    const source = withHash(found.source, last?.source);
    const destination = withHash(found.destination, last?.destination);
    const triple = { path, last, source, destination };
    const change = mergeAttributes(triple, this.#question.attributes);
    if (change.destination !== undefined) this.#attributes.push(attributeAction(triple, 'destination', change.destination));
    if (change.source !== undefined) this.#attributes.push(attributeAction(triple, 'source', change.source));
    const quiet = change.source === undefined && change.destination === undefined;
    if (!quiet) return;
    const known =
      last !== undefined && isUntouched(last.source, source) && isUntouched(last.destination, destination) && last.source.path === path;
    if (!known) this.#agreements.push({ path, source, destination });
  }

  #transfer(decision: Decision, verdict: 'upload' | 'download'): void {
    const { triple, conflict, changes } = decision;
    const [giver, receiver] = verdict === 'upload' ? (['source', 'destination'] as const) : (['destination', 'source'] as const);
    const entry = triple[giver];
    const there = triple[receiver];
    if (entry === undefined) throw new TypeError(`nothing to give at ${triple.path}`);
    const suffix = there !== undefined ? 'UPDATE' : triple.last !== undefined ? 'RESTORE' : 'NEW';
    const type: ActionType = `${verdict === 'upload' ? 'UPLOAD' : 'DOWNLOAD'}_${suffix}`;
    const reason =
      conflict?.message ?? REASONS[changes[giver]] ?? `${changes[receiver] === 'deleted' ? 'missing' : 'changed'} at the ${receiver}`;
    const action: Action = {
      ...base(triple),
      type,
      kind: entry.kind,
      bytes: entry.size,
      reason: reason.replace('{side}', giver),
      conflict,
      ...(decision.isCarrier === true ? { isCarrier: true } : {}),
    };
    if (there !== undefined && there.kind !== entry.kind && (there.kind === 'folder' || entry.kind === 'folder')) {
      this.#cleared[receiver].add(triple.path);
      if (there.kind === 'folder') this.#deletions.push(deleteAction(triple, receiver, `becomes a ${entry.kind}`));
      else this.#deletions.push(deleteAction(triple, receiver, 'becomes a folder'));
    }
    if (entry.kind !== 'folder') this.#transfers.push(action);
    else if (this.#question.neededFirst.has(triple.path)) this.#foldersFirst.push(action);
    else this.#folders.push(action);
  }

  #settle(triple: Triple, conflict: Conflict | undefined): void {
    const { source, destination } = triple;
    const action: Action = {
      ...base(triple),
      type: 'CONFLICT',
      kind: source?.kind ?? 'file',
      bytes: 0,
      reason: conflict?.message ?? '',
      conflict,
    };
    // A file makes way for a folder before anything is put into the folder.
    if (source?.kind === 'folder' || destination?.kind === 'folder') this.#makingWay.push(action);
    else this.#transfers.push(action);
  }

  #delete({ triple, changes }: Decision, side: Side): void {
    const other = side === 'source' ? 'destination' : 'source';
    const reason = changes[other] === 'deleted' ? `deleted at the ${other}` : `not at the ${other}`;
    if (triple[side]?.kind !== 'folder') this.#deletedFiles[side]++;
    this.#deletions.push({ ...deleteAction(triple, side, reason), tombstone: triple.tombstones?.[other] });
  }
}

const REASONS: Partial<Record<string, string>> = { created: 'new at the {side}', modified: 'edited at the {side}' };

function base({ path, source, destination }: Triple): Pick<Action, 'path' | 'source' | 'destination'> {
  return { path, source, destination };
}

function deleteAction(triple: Triple, side: Side, reason: string): Action {
  const type = side === 'source' ? 'DELETE_SOURCE' : 'DELETE_DESTINATION';
  return { ...base(triple), type, kind: triple[side]?.kind ?? 'file', bytes: 0, reason };
}

function attributeAction(triple: Triple, receiver: Side, change: AttributeChange): Action {
  const type = receiver === 'destination' ? 'UPLOAD_UPDATE' : 'DOWNLOAD_UPDATE';
  const what = [change.mode === undefined ? undefined : 'permissions', change.mtimeMs === undefined ? undefined : 'time']
    .filter((part) => part !== undefined)
    .join(' and ');
  return {
    ...base(triple),
    type,
    kind: triple.source?.kind ?? 'file',
    bytes: 0,
    attributesOnly: true,
    attributes: change,
    reason: what === '' ? 'the same was made on both sides' : `${what} changed`,
  };
}

/** A file that was not edited keeps the hash it had; one that cannot be known is left out, never guessed. */
function withHash(entry: Entry, last: Entry | undefined): Entry {
  if (entry.kind !== 'file' || entry.hash !== undefined || last?.hash === undefined) return entry;
  return changeOf(last, entry) === 'none' ? { ...entry, hash: last.hash } : entry;
}
