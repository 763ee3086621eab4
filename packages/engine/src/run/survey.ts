import type { Entry, Side } from '../model/entry.ts';
import { ancestorsOf, isWithin, parentOf } from '../model/path.ts';
import type { Agreement } from '../model/tree-schema.ts';
import type { SymlinkPolicy } from '../storage.ts';
import type { Issue } from './events.ts';
import type { Known } from './facts.ts';
import type { SideChanges } from './side-changes.ts';
import type { SyncStateManager } from './state-manager.ts';
import { pathOfRow } from './tree-file.ts';

/** Everything that the comparison may look at, gathered from both scans. */
export interface Survey {
  readonly known: Known;
  readonly changes: Readonly<Record<Side, SideChanges>>;
  /** Folders that stay on a side because of what is in them. */
  readonly held: Readonly<Record<Side, Set<string>>>;
  /** Rows of paths that became ignored. */
  readonly forgotten: readonly Agreement[];
  readonly issues: readonly Issue[];
}

export interface SurveyQuestion {
  readonly changes: Readonly<Record<Side, SideChanges>>;
  readonly state: SyncStateManager;
  readonly symlinks: SymlinkPolicy;
}

const SIDES = ['source', 'destination'] as const;

/** Puts the two scans together: whatever changed on a side, with what the other side and the last state have there. */
export async function survey({ changes, state, symlinks }: SurveyQuestion): Promise<Survey> {
  const held: Record<Side, Set<string>> = { source: new Set(), destination: new Set() };
  const issues = SIDES.flatMap((side) => notesOf(changes[side], held[side]));
  const paths = new Set<string>();
  for (const side of SIDES) {
    for (const path of changes[side].gone) paths.add(path);
    for (const path of changes[side].now.keys()) {
      paths.add(path);
      // A rename needs to know about the folder that it moves into.
      for (const folder of ancestorsOf(path)) paths.add(folder);
    }
  }
  for (const side of SIDES) for (const path of await heldOver(changes[side], state)) paths.add(path);
  for (const path of paths) if (isOutOfSight(path, changes)) paths.delete(path);
  const last = { source: await rowsOf(state, changes.source, paths), destination: await rowsOf(state, changes.destination, paths) };
  const forgotten: Agreement[] = [];
  for (const path of paths) {
    const entry = SIDES.map((side) => changes[side].now.get(path) ?? last[side].get(path)).find((found) => found !== undefined);
    if (!isIgnored(path, entry, { changes, symlinks })) continue;
    paths.delete(path);
    for (const side of SIDES) if (!changes[side].gone.has(path)) held[side].add(parentOf(path));
    if (last.source.has(path) || last.destination.has(path)) forgotten.push({ path, source: undefined, destination: undefined });
  }
  const known = knownOf(paths, changes, last);
  forgotten.push(...forgetDeleted(known, { changes, state }));
  return { known, changes, held, forgotten, issues };
}

/**
 * What lies in a folder that is another one now. A thing can look untouched there although its folder was renamed and the thing moved
 * back, where a storage gives it no stamp for that: a rename of the folder must not carry it along on the other side.
 */
async function heldOver({ side, now, last }: SideChanges, state: SyncStateManager): Promise<string[]> {
  const isOther = ({ path, kind, id }: Entry): boolean => {
    const row = last.get(path);
    return kind === 'folder' && row?.kind === 'folder' && row.id !== undefined && id !== undefined && row.id !== id;
  };
  const folders = new Set([...now.values()].filter(isOther).map(({ path }) => path));
  const paths: string[] = [];
  const reader = folders.size === 0 ? undefined : state.rows(side, [...folders]);
  while (reader !== undefined && (await reader.next())) {
    const path = pathOfRow(reader.row);
    if ([...ancestorsOf(path)].some((folder) => folders.has(folder))) paths.push(path);
  }
  return paths;
}

/**
 * What an earlier run deleted and could not agree on before it ended: that it is gone there is no user's act. Without its row
 * it is new at the other side, if it is there again.
 */
function forgetDeleted({ last }: Known, { changes, state }: Pick<SurveyQuestion, 'changes' | 'state'>): Agreement[] {
  const forgotten: Agreement[] = [];
  if (state.doomed.size === 0) return forgotten;
  const idsOn = (side: Side): ReadonlySet<string | undefined> => new Set([...changes[side].now.values()].map((entry) => entry.id));
  const ids = { source: idsOn('source'), destination: idsOn('destination') };
  for (const [path, side] of state.doomed) {
    const row = last[side].get(path);
    if (row === undefined || !changes[side].gone.has(path)) continue;
    // A user moved it before it could be deleted.
    if (row.id !== undefined && ids[side].has(row.id)) continue;
    last.source.delete(path);
    last.destination.delete(path);
    forgotten.push({ path, source: undefined, destination: undefined });
  }
  return forgotten;
}

function notesOf(side: SideChanges, held: Set<string>): Issue[] {
  for (const folder of side.holdsIgnored) held.add(folder);
  for (const { path } of [...side.skipped, ...side.unreadable]) held.add(parentOf(path)).add(path);
  held.delete('');
  return [
    ...side.unreadable.map(
      (note): Issue => ({ severity: 'failed', path: note.path, side: side.side, code: note.code, message: note.message }),
    ),
    ...side.skipped.map(
      (note): Issue => ({ severity: 'note', path: note.path, side: side.side, code: 'storage/skipped', message: note.message }),
    ),
  ];
}

/** What a scan could not look into, or passed over as unsyncable, is left alone on both sides. */
function isOutOfSight(path: string, changes: SurveyQuestion['changes']): boolean {
  return SIDES.some(
    (side) =>
      changes[side].unreadable.some((note) => isWithin(note.path, path)) || changes[side].skipped.some((note) => isWithin(note.path, path)),
  );
}

async function rowsOf(state: SyncStateManager, changes: SideChanges, paths: ReadonlySet<string>): Promise<Map<string, Entry>> {
  const rows = new Map<string, Entry>();
  const missing = new Set<string>();
  for (const path of paths) {
    const row = changes.last.get(path);
    if (row !== undefined) rows.set(path, row);
    else if (!changes.now.has(path)) missing.add(path);
  }
  for (const [path, row] of await state.pick(changes.side, missing)) rows.set(path, row);
  return rows;
}

/** Either side's rules count: an ignore file works from the cycle in which it appears, wherever it appears. */
function isIgnored(path: string, entry: Entry | undefined, { changes, symlinks }: Omit<SurveyQuestion, 'state'>): boolean {
  if (symlinks === 'skip' && entry?.kind === 'symlink') return true;
  return SIDES.some((side) => changes[side].rules.covers(path, entry?.kind === 'folder'));
}

function knownOf(paths: ReadonlySet<string>, changes: SurveyQuestion['changes'], last: Known['last']): Known {
  const now: Known['now'] = { source: new Map(), destination: new Map() };
  for (const side of SIDES) {
    for (const path of paths) {
      const entry = changes[side].gone.has(path) ? undefined : (changes[side].now.get(path) ?? last[side].get(path));
      now[side].set(path, entry);
    }
    for (const path of last[side].keys()) if (!paths.has(path)) last[side].delete(path);
  }
  return { now, last };
}
