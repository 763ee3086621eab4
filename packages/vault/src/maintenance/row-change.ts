import { liveRow } from '../storage/row-entry.ts';
import type { LiveRow, Row } from '../tree/row.ts';

/** What happened to a path between two versions, as a person sees it. */
export type RowChange = 'created' | 'modified' | 'attributes' | 'deleted';

/** Undefined when a person sees no difference: vectors and tombstones are the vault's own business. */
export function changeOf(before: Row | undefined, after: Row | undefined): RowChange | undefined {
  const [old, now] = [liveRow(before), liveRow(after)];
  if (old === undefined) return now === undefined ? undefined : 'created';
  if (now === undefined) return 'deleted';
  if (!hasSameContent(old, now)) return 'modified';
  const isSame = old.mode === now.mode && (old.mtimeMs === now.mtimeMs || now.kind === 'folder');
  return isSame ? undefined : 'attributes';
}

export function hasSameContent(a: LiveRow, b: LiveRow): boolean {
  if (a.kind === 'file') return b.kind === 'file' && a.hash === b.hash;
  if (a.kind === 'symlink') return b.kind === 'symlink' && a.target === b.target;
  return b.kind === 'folder';
}
