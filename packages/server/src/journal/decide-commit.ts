import { nameOf, parentOf } from '@cloudsync/engine';
import { ROOT_ID, type Row } from '@cloudsync/protocol';
import type { AttributesChange, Base, Change, ChangeResult, DeleteChange, MoveChange, Put, PutChange } from './change.ts';
import { type Refusal, refusal, whyNotMove, whyNotPath, whyNotPut } from './change-rules.ts';
import { Draft, type DraftOptions, type Move, type Quota, type Usage, whyOverQuota } from './draft.ts';
import { resolve } from './lookup.ts';

/** What the author may write. Paths have no leading slash. */
export interface WriteRights {
  writes(path: string): boolean;
  /** The path and everything that is or could be below it. */
  writesAllBelow(path: string): boolean;
}

export interface CommitContext extends DraftOptions {
  readonly rights: WriteRights;
  readonly quota: Quota;
}

export interface CommitRequest {
  readonly changes: readonly Change[];
  /** One conflict or refusal refuses all. */
  readonly atomic: boolean;
  /** Changes, by their number, that were refused before for what their content is. */
  readonly refusals?: ReadonlyMap<number, Refusal> | undefined;
}

export interface Decision {
  /** To be appended in this order. */
  readonly rows: readonly Row[];
  /** Of each change, in the order asked. */
  readonly results: readonly ChangeResult[];
  /** With the rows. */
  readonly usage: Usage;
  readonly moves: readonly Move[];
}

/**
 * The journal's whole policy: which rows a commit appends to the tree that is there. Pure. Each change sees what those before it did, and adds
 * all of its rows or none.
 */
export function decideCommit(context: CommitContext, { changes, atomic, refusals }: CommitRequest): Decision {
  const draft = new Draft(context);
  const results = changes.map((change, index) => refusals?.get(index) ?? decide({ draft, context }, change));
  if (!atomic || results.every(isDone)) return { rows: draft.rows, results, usage: draft.usage, moves: draft.moves };
  const refused = refusal('server/precondition-failed', 'nothing was done, because another change of the same commit was refused');
  return { rows: [], results: results.map((result) => (isDone(result) ? refused : result)), usage: context.usage, moves: [] };
}

export function isDone(result: ChangeResult): result is { readonly sequence: number; readonly id: number } {
  return 'sequence' in result;
}

interface Deciding {
  readonly draft: Draft;
  readonly context: CommitContext;
}

function decide(deciding: Deciding, change: Change): ChangeResult {
  const unsafe = whyNotPath(change.path) ?? ('from' in change ? whyNotPath(change.from) : undefined);
  if (unsafe !== undefined) return unsafe;
  if ('put' in change) return decidePut(deciding, change);
  if ('from' in change) return decideMove(deciding, change);
  if ('delete' in change) return decideDelete(deciding, change);
  return decideAttributes(deciding, change);
}

function decidePut({ draft, context }: Deciding, { path, base, put }: PutChange): ChangeResult {
  const invalid = whyNotPut(path, put) ?? whyNotWritable(context, path);
  if (invalid !== undefined) return invalid;
  const place = placeOf(draft, path);
  if ('error' in place) return place;
  const { head } = place;
  if (!fits(base, head)) return { conflict: head };
  const isNew = head === undefined || head.kind !== put.kind;
  if (!isNew && isAsAsked(head, put)) return done(head);
  const blocked = head === undefined || !isNew ? undefined : whyNotRemovable(draft, head, path);
  const tooMuch = whyOverQuota(draft.usage, context.quota, growth(head, put));
  if (blocked !== undefined) return blocked;
  if (tooMuch !== undefined) return refusal('server/quota-exceeded', `${path}: ${tooMuch}`);
  const state = { parent: place.parent, name: nameOf(path), deleted: false, ...stateOf(put) };
  if (!isNew) return done(draft.add({ ...state, id: head.id, action: hasSameContent(head, put) ? 'attributes' : 'modified' }));
  if (head !== undefined) draft.delete(head);
  return done(draft.add({ ...state, action: 'created' }));
}

function decideMove({ draft, context }: Deciding, { path, base, from, fromBase }: MoveChange): ChangeResult {
  const invalid = whyNotMove(from, path);
  if (invalid !== undefined) return invalid;
  const { rights } = context;
  // Before anything is looked up: who may not write there does not learn what is there.
  const denied = whyNotWritable(context, from) ?? whyNotWritable(context, path);
  if (denied !== undefined) return denied;
  const found = resolve(draft.tree, from);
  if (found === undefined || found === 'root') return { conflict: undefined };
  const { row } = found;
  const mayCarry = row.kind !== 'folder' || [from, path].every((folder) => rights.writesAllBelow(folder));
  if (!mayCarry) return refusal('server/forbidden', `${from} may not be moved to ${path} by you; ask an admin of the workspace`);
  if (!fits(fromBase, row)) return { conflict: row };
  const place = placeOf(draft, path);
  if ('error' in place) return place;
  if (!fits(base, place.head)) return { conflict: place.head };
  if (place.head !== undefined) {
    const blocked = whyNotRemovable(draft, place.head, path);
    if (blocked !== undefined) return blocked;
    draft.delete(place.head);
  }
  draft.moves.push({ from, to: path });
  return done(draft.add({ ...row, parent: place.parent, name: nameOf(path), action: 'moved' }));
}

function decideDelete({ draft, context }: Deciding, { path, base }: DeleteChange): ChangeResult {
  const denied = whyNotWritable(context, path);
  if (denied !== undefined) return denied;
  const found = resolve(draft.tree, path);
  if (found === undefined || found === 'root') return { conflict: undefined };
  if (!fits(base, found.row)) return { conflict: found.row };
  return whyNotRemovable(draft, found.row, path) ?? done(draft.delete(found.row));
}

function decideAttributes({ draft, context }: Deciding, { path, base, attributes }: AttributesChange): ChangeResult {
  const denied = whyNotWritable(context, path);
  if (denied !== undefined) return denied;
  const found = resolve(draft.tree, path);
  if (found === undefined || found === 'root') return { conflict: undefined };
  const { row } = found;
  if (!fits(base, row)) return { conflict: row };
  const { mtimeMs = row.mtimeMs, mode = row.mode } = attributes;
  if (mtimeMs === row.mtimeMs && mode === row.mode) return done(row);
  return done(draft.add({ ...row, mtimeMs, mode, action: 'attributes' }));
}

/** Where a path would lie, and what is there. */
export function placeOf(draft: Draft, path: string): { readonly parent: number; readonly head: Row | undefined } | Refusal {
  const above = resolve(draft.tree, parentOf(path));
  if (above === undefined || (above !== 'root' && above.row.kind !== 'folder'))
    return refusal('storage/not-found', `${path}: the folder it lies in is not there; make that first`);
  const parent = above === 'root' ? ROOT_ID : above.row.id;
  return { parent, head: draft.tree.child(parent, nameOf(path)) };
}

function fits(base: Base, head: Row | undefined): boolean {
  return base === 'any' || base === (head?.sequence ?? 0);
}

function whyNotWritable({ rights }: CommitContext, path: string): Refusal | undefined {
  return rights.writes(path) ? undefined : refusal('server/forbidden', `${path} may not be changed by you; ask an admin of the workspace`);
}

function whyNotRemovable({ tree }: Draft, head: Row, path: string): Refusal | undefined {
  if (head.kind !== 'folder' || tree.childCount(head.id, 1) === 0) return undefined;
  return refusal('storage/not-empty', `${path} is a folder with something in it; delete that first`);
}

function growth(head: Row | undefined, put: Put): { files: number; bytes: number } {
  const count = (kind: string | undefined): number => (kind === undefined || kind === 'folder' ? 0 : 1);
  return { files: count(put.kind) - count(head?.kind), bytes: put.size - (head?.size ?? 0) };
}

function stateOf({ kind, size, mtimeMs, mode, hash, target, content, chunks }: Put) {
  return { kind, size, mtimeMs, mode, hash, target, content, chunks };
}

function hasSameContent(head: Row, put: Put): boolean {
  return head.hash === put.hash && head.target === put.target && head.size === put.size;
}

/** Nothing would change: a commit that is sent twice does nothing the second time. */
function isAsAsked(head: Row, put: Put): boolean {
  return hasSameContent(head, put) && head.mtimeMs === put.mtimeMs && head.mode === put.mode;
}

function done({ sequence, id }: Row): ChangeResult {
  return { sequence, id };
}
