import type { SQLInputValue, SQLOutputValue } from 'node:sqlite';
import { KINDS, ROW_ACTIONS, type Row } from '@cloudsync/protocol';

/** A row as the table `versions` has it. */
export type RowRecord = Record<string, SQLOutputValue>;

export const ROW_COLUMNS =
  'sequence, entry, parent, name, kind, size, mtime_ms, mode, hash, target, content, chunks, deleted, at_ms, author, action';

export function toRow(record: RowRecord): Row {
  return {
    sequence: record.sequence as number,
    id: record.entry as number,
    parent: record.parent as number,
    name: record.name as string,
    kind: KINDS[record.kind as number] ?? 'file',
    size: record.size as number,
    mtimeMs: record.mtime_ms as number,
    mode: (record.mode as number | null) ?? undefined,
    hash: toHex(record.hash),
    target: (record.target as string | null) ?? undefined,
    content: toHex(record.content),
    chunks: record.chunks as number,
    deleted: record.deleted === 1,
    atMs: record.at_ms as number,
    author: record.author as number,
    action: ROW_ACTIONS[record.action as number] ?? 'modified',
  };
}

/** In the order of {@link ROW_COLUMNS}. */
export function toRecord(row: Row): SQLInputValue[] {
  return [
    row.sequence,
    row.id,
    row.parent,
    row.name,
    KINDS.indexOf(row.kind),
    row.size,
    row.mtimeMs,
    row.mode ?? null,
    fromHex(row.hash),
    row.target ?? null,
    fromHex(row.content),
    row.chunks,
    row.deleted ? 1 : 0,
    row.atMs,
    row.author,
    ROW_ACTIONS.indexOf(row.action),
  ];
}

function toHex(bytes: SQLOutputValue | undefined): string | undefined {
  return bytes instanceof Uint8Array ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex') : undefined;
}

function fromHex(hex: string | undefined): Uint8Array | null {
  return hex === undefined ? null : Buffer.from(hex, 'hex');
}
