import { readableSnapshots, type Snapshot } from '../maintenance/snapshots.ts';
import type { FileRow } from '../tree/row.ts';
import { isDamage, type Vault } from '../vault.ts';
import { readRow } from './read-row.ts';

const CONTENT_BYTES_MAX = 1024 * 1024;
/** What a pair last agreed on is seldom older. */
const VERSIONS_MAX = 200;

/**
 * The contents with these hashes that one version of the vault replaced in the one before it, newest first. Only what differs between
 * versions is read, and what is damaged is not found.
 */
export async function oldContents(vault: Vault, hashes: ReadonlySet<string>): Promise<ReadonlyMap<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  let newer: Snapshot | undefined;
  let versions = 0;
  for await (const older of readableSnapshots(vault)) {
    for (const row of newer === undefined ? [] : await replacedRows(older, newer, hashes)) {
      const content = found.has(row.hash) ? undefined : await contentOf(vault, row);
      if (content !== undefined) found.set(row.hash, content);
    }
    if (found.size === hashes.size || ++versions > VERSIONS_MAX) break;
    newer = older;
  }
  return found;
}

async function replacedRows(older: Snapshot, newer: Snapshot, hashes: ReadonlySet<string>): Promise<FileRow[]> {
  const rows: FileRow[] = [];
  for await (const { before } of older.tree.diff(newer.tree)) {
    if (before?.kind === 'file' && before.size <= CONTENT_BYTES_MAX && hashes.has(before.hash)) rows.push(before);
  }
  return rows;
}

async function contentOf(vault: Vault, row: FileRow): Promise<Uint8Array | undefined> {
  try {
    const parts: Uint8Array[] = [];
    for await (const part of readRow(vault, row)) parts.push(part);
    return Buffer.concat(parts);
  } catch (error) {
    if (isDamage(error)) return undefined;
    throw error;
  }
}
