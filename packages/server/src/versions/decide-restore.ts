import { joinPath, nameOf } from '@cloudsync/engine';
import { ROOT_ID, type Row } from '@cloudsync/protocol';
import type { ChangeResult } from '../journal/change.ts';
import { type Refusal, refusal, whyNotPath } from '../journal/change-rules.ts';
import { type CommitContext, type Decision, placeOf } from '../journal/decide-commit.ts';
import { Draft, whyOverQuota } from '../journal/draft.ts';
import { pathOf } from '../journal/lookup.ts';

export interface RestoreRequest {
  /** The row to go back to: it is of a file, symlink or folder that was there. */
  readonly version: Row;
  /** Where to put it; undefined: where the entry is, or was when it was deleted. */
  readonly path?: string | undefined;
  /** What was deleted with a folder, parents first: heads in the trash. */
  readonly below?: readonly Row[] | undefined;
}

/**
 * Makes a version the newest again. Pure. An entry in the trash comes back under its own id, with the folders that it lay in; one that
 * is there gets the old content as a new version; at another path a copy is made of what still is where it was.
 */
export function decideRestore(context: CommitContext, { version, path, below = [] }: RestoreRequest): Decision {
  const draft = new Draft(context);
  const outcome = restore(draft, context, version, path);
  if (!('sequence' in outcome)) return { rows: [], results: [outcome], usage: context.usage, moves: [] };
  for (const row of below) restoreBelow(draft, context, row);
  return { rows: draft.rows, results: [outcome], usage: draft.usage, moves: [] };
}

function restore(draft: Draft, context: CommitContext, version: Row, path: string | undefined): ChangeResult {
  if (version.kind === 'file' && version.hash === undefined) return refusal('server/gone', 'its content was deleted for good');
  const head = draft.tree.head(version.id);
  const own = head === undefined ? undefined : pathOf(draft.tree, head);
  const target = path ?? own;
  if (head === undefined || target === undefined)
    return refusal('server/gone', 'the folder that it lay in is known no longer; say a path to restore it to');
  const refused = whyNotPath(target) ?? whyNotWritable(context, target) ?? whyNoRoom(draft, context, version, head);
  if (refused !== undefined) return refused;
  if (!head.deleted && target === own)
    return done(draft.add({ ...version, parent: head.parent, name: head.name, deleted: false, action: 'restored' }));
  const place = head.deleted && path === undefined ? reviveFolders(draft, context, head) : placeOf(draft, target);
  if ('error' in place) return place;
  if (draft.tree.child(place.parent, nameOf(target)) !== undefined)
    return refusal('storage/exists', `${target} is taken; move that away, or say another path`);
  const { id, ...state } = version;
  const row = { ...state, parent: place.parent, name: nameOf(target), deleted: false };
  return done(draft.add(head.deleted ? { ...row, id, action: 'restored' } : { ...row, action: 'created' }));
}

/** The folders above an entry in the trash come back, too. @returns where it lies then */
function reviveFolders(draft: Draft, context: CommitContext, row: Row): { readonly parent: number } | Refusal {
  const gone: Row[] = [];
  for (let id = row.parent; id !== ROOT_ID; ) {
    const folder = draft.tree.head(id);
    if (folder === undefined) return refusal('server/gone', 'the folder that it lay in is known no longer; say a path to restore it to');
    if (folder.deleted) gone.push(folder);
    id = folder.parent;
  }
  // Where a folder was made anew meanwhile, that one is meant.
  let parent = gone.at(-1)?.parent ?? row.parent;
  for (const folder of gone.reverse()) {
    const there = draft.tree.child(parent, folder.name);
    if (there !== undefined && there.kind !== 'folder')
      return refusal('storage/exists', `${folder.name} is no folder any more; say a path to restore it to`);
    const denied = there === undefined ? whyNotWritable(context, pathAt(draft, parent, folder.name)) : undefined;
    if (denied !== undefined) return denied;
    parent = there?.id ?? draft.add({ ...folder, parent, deleted: false, action: 'restored' }).id;
  }
  return { parent };
}

/** What cannot come back stays in the trash. */
function restoreBelow(draft: Draft, context: CommitContext, row: Row): void {
  const above = draft.tree.head(row.parent);
  if (above === undefined || above.deleted || draft.tree.child(row.parent, row.name) !== undefined) return;
  if (whyNotWritable(context, pathAt(draft, row.parent, row.name)) !== undefined || whyNoRoom(draft, context, row, row) !== undefined)
    return;
  draft.add({ ...row, deleted: false, action: 'restored' });
}

function pathAt({ tree }: Draft, parent: number, name: string): string {
  const folder = tree.head(parent);
  return joinPath(folder === undefined ? '' : (pathOf(tree, folder) ?? ''), name);
}

function whyNotWritable({ rights }: CommitContext, path: string): Refusal | undefined {
  return rights.writes(path) ? undefined : refusal('server/forbidden', `${path} may not be changed by you; ask an admin of the workspace`);
}

function whyNoRoom({ usage }: Draft, { quota }: CommitContext, version: Row, head: Row): Refusal | undefined {
  const files = head.deleted && version.kind !== 'folder' ? 1 : 0;
  const why = whyOverQuota(usage, quota, { files, bytes: version.size - (head.deleted ? 0 : head.size) });
  return why === undefined ? undefined : refusal('server/quota-exceeded', `${version.name}: ${why}`);
}

function done({ sequence, id }: Row): ChangeResult {
  return { sequence, id };
}
