import type { Readable } from 'node:stream';
import { SyncError } from '@cloudsync/engine';
import type { Base } from '../journal/change.ts';
import type { Caller } from '../workspace/caller.ts';
import type { Located, Workspace } from '../workspace/workspace.ts';
import { commitOne, missingFolders } from './commit-changes.ts';

export interface ContentToReceive {
  readonly path: string;
  readonly content: AsyncIterable<Uint8Array>;
  readonly base: Base;
  readonly nowMs: number;
  readonly mtimeMs?: number | undefined;
  readonly mode?: number | undefined;
  /** SHA-256 in hex that the content has to have. */
  readonly hash?: string | undefined;
  readonly requestId?: string | undefined;
}

/**
 * Makes a file from a stream, or gives it a new version. Nothing is to be seen of it before all of it has arrived.
 * @throws SyncError `storage/corrupt-transfer`, `server/quota-exceeded`, `server/precondition-failed`, …
 */
export async function receiveContent(workspace: Workspace, caller: Caller, file: ContentToReceive): Promise<Located> {
  const { path, base, nowMs, mtimeMs = nowMs } = file;
  const before = workspace.stat(caller, path);
  assertFits(path, base, before);
  const bytesMax = bytesLeft(workspace, before);
  const { size, hash, content, chunks } = await workspace.store(caller, file.content, { bytesMax }).catch((error: unknown) => {
    const isQuota = SyncError.is(error, 'server/too-large');
    throw isQuota
      ? new SyncError('server/quota-exceeded', `${path} is more than the ${bytesMax} bytes that the workspace has left`, { path })
      : error;
  });
  if (file.hash !== undefined && file.hash !== hash)
    throw new SyncError('storage/corrupt-transfer', `${path} arrived with the SHA-256 ${hash}, not ${file.hash}; send it again`, { path });
  const mode = file.mode ?? before?.row.mode;
  const put = { kind: 'file', size, mtimeMs, mode, hash, content, chunks } as const;
  return commitOne(workspace, caller, [...missingFolders(workspace, caller, { path, nowMs }), { path, base, put }], {
    onConflict: 'server/precondition-failed',
    ...(file.requestId !== undefined && { requestId: file.requestId }),
  });
}

/** Says no before the content travels, where that is known. The commit looks again. */
function assertFits(path: string, base: Base, before: Located | undefined): void {
  if (before?.row.kind === 'folder') throw new SyncError('storage/exists', `${path} is a folder; a file cannot replace it`, { path });
  if (base === 'any' || base === (before?.row.sequence ?? 0)) return;
  const there = before === undefined ? 'nothing is there' : `its version now is "${before.row.sequence}"`;
  throw new SyncError('server/precondition-failed', `${path} is not what the request says: ${there}; look again`, { path });
}

/** What the workspace's quota leaves for this content; undefined: no limit. */
function bytesLeft(workspace: Workspace, before: Located | undefined): number | undefined {
  const { quotaBytes } = workspace.settings;
  return quotaBytes === null ? undefined : Math.max(0, quotaBytes - workspace.stats().bytes + (before?.row.size ?? 0));
}

/** The body of a request of a route with `rawBody`. No body at all is an empty one. */
export function bodyStream(body: unknown): AsyncIterable<Uint8Array> {
  return (body as Readable | undefined | null) ?? empty();
}

async function* empty(): AsyncGenerator<Uint8Array> {}
