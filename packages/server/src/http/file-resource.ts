import { nameOf } from '@cloudsync/engine';
import type { Activity, FileResource, FileVersion, TrashedFile } from '@cloudsync/protocol/rest/files';
import type { Located } from '../workspace/workspace.ts';
import type { Workspaces } from '../workspace/workspaces.ts';

/** A head of the journal as the API shows it. */
export function toFile({ row, path }: Located): FileResource {
  return {
    id: String(row.id),
    path,
    name: nameOf(path),
    kind: row.kind,
    size: row.size,
    mtimeMs: row.mtimeMs,
    mode: row.mode ?? null,
    hash: row.hash ?? null,
    target: row.target ?? null,
    version: row.sequence,
  };
}

/** Who made a row: the server itself has neither user nor device. */
type AuthorOf = Pick<Workspaces, 'authorOf'>;

export function toVersion(workspaces: AuthorOf, { row, path }: Located): FileVersion {
  return {
    version: row.sequence,
    fileId: String(row.id),
    path,
    kind: row.kind,
    action: row.action,
    size: row.size,
    mtimeMs: row.mtimeMs,
    hash: row.hash ?? null,
    at: new Date(row.atMs).toISOString(),
    ...authorOf(workspaces, row.author),
  };
}

export function toActivity(workspaces: AuthorOf, located: Located): Activity {
  const { mtimeMs: _mtimeMs, hash: _hash, ...activity } = toVersion(workspaces, located);
  return activity;
}

export function toTrashed(workspaces: AuthorOf, located: Located): TrashedFile {
  const { atMs, author } = located.row;
  return { ...toFile(located), deletedAt: new Date(atMs).toISOString(), deletedBy: authorOf(workspaces, author).userId };
}

function authorOf(workspaces: AuthorOf, author: number): { readonly userId: string | null; readonly device: string | null } {
  if (author === 0) return { userId: null, device: null };
  const { user, device } = workspaces.authorOf(author);
  return { userId: user, device };
}
