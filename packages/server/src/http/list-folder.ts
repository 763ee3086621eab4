import type { Page } from '@cloudsync/protocol/rest/envelope';
import { decodeCursor } from '../access/page.ts';
import { type Caller, systemCaller } from '../workspace/caller.ts';
import type { Located, Workspace } from '../workspace/workspace.ts';
import { visiblePage } from './visible-page.ts';

export interface FolderPage<Shown> {
  readonly path: string;
  readonly limit: number;
  readonly cursor: string | undefined;
  readonly show: (entry: Located) => Shown;
}

/** What a folder holds, in the order of names, as far as the caller sees it. Whether he sees the folder was asked before. */
export function listFolder<Shown>(workspace: Workspace, { rights }: Caller, { path, limit, cursor, show }: FolderPage<Shown>): Page<Shown> {
  return visiblePage({
    limit,
    position: cursor === undefined ? undefined : decodeCursor(cursor),
    next: (after, count) => workspace.children(systemCaller, { path, ...(typeof after === 'string' && { after }), limit: count }).entries,
    positionOf: ({ row }) => row.name,
    sees: (entry) => (entry.row.kind === 'folder' ? rights.sees(entry.path) : rights.reads(entry.path)),
    show,
  });
}
