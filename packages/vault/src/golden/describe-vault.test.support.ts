import { zstdDecompressSync } from 'node:zlib';
import { type BlobStore, HEADER_BYTES, openObject, type PackDirectory, readIndexObject, readPackDirectory } from '@cloudsync/content';
import { snapshots, treeOf } from '../maintenance/snapshots.ts';
import { encodeRow } from '../tree/row-codec.ts';
import type { Vault } from '../vault.ts';

/**
 * Everything about the form of a vault that does not depend on chance: what its blobs are called and begin with, what they say when they are
 * open, with random names replaced. Two vaults with the same keys and the same history have the same description, as long as the format is the same.
 * How well zstd packs is no part of the format.
 */
export async function describeVault(vault: Vault): Promise<string[]> {
  const lines: string[] = [];
  for await (const { name, size } of vault.blobs.list('')) {
    const place = name.replace(/[0-9a-f]{64}$/, '<salt>').replace(/^packs\/../, 'packs/<..>');
    if (name.startsWith('commits/')) lines.push(`${name}: ${await describeCommit(vault, name)}`);
    else if (name.startsWith('index/'))
      lines.push(
        `${place}: ${await headOf(vault.blobs, name)} ${(await readIndexObject(sealed(vault), name)).map(({ directory }) => directory.kind).sort()}`,
      );
    else if (name.startsWith('packs/')) {
      const { directory } = await readPackDirectory(sealed(vault), name, size);
      lines.push(`${place}: ${await headOf(vault.blobs, name)} ${describeDirectory(directory)}`);
    }
  }
  return [...lines.sort(), ...(await describeRows(vault))];
}

/** The keys and kinds of values of plain blobs: config and key slots. */
export async function describePlainBlobs(blobs: BlobStore): Promise<string[]> {
  const lines: string[] = [];
  for (const prefix of ['config', 'keys/']) {
    for await (const { name } of blobs.list(prefix === 'config' ? '' : prefix)) {
      if (!name.startsWith(prefix)) continue;
      const text = Buffer.from(await blobs.get(name)).toString('utf8');
      lines.push(`${prefix}: ${text.split('\n').map(shapeOfLine).join(' | ')}`);
    }
  }
  return lines.sort();
}

function shapeOfLine(line: string): string {
  return line.startsWith('{')
    ? JSON.stringify(JSON.parse(line), (key, value) => (typeof value === 'object' || key === 'version' ? value : typeof value))
    : `${line.length} characters`;
}

function sealed({ blobs, keys }: Vault): { blobs: BlobStore; keys: Vault['keys']['seal'] } {
  return { blobs, keys: keys.seal };
}

/** Magic, suite, zero, epoch. */
async function headOf(blobs: BlobStore, name: string): Promise<string> {
  const header = Buffer.from(await blobs.getRange(name, 0, HEADER_BYTES));
  return `${header.toString('latin1', 0, 4)} ${header.toString('hex', 4, 8)}`;
}

async function describeCommit(vault: Vault, name: string): Promise<string> {
  const plain = openObject(vault.keys.seal, { kind: 'commit', bytes: await vault.blobs.get(name), object: name });
  const body = plain[0] === 1 ? zstdDecompressSync(plain.subarray(1)) : plain.subarray(1);
  const json = JSON.parse(Buffer.from(body).toString('utf8')) as Record<string, unknown>;
  const hidden = (key: string, value: unknown): unknown =>
    typeof value === 'string' && (key === 'previous' || key === 'id' || key === 'run' || value.startsWith('index/'))
      ? value.replace(/[\w-]{16,}/, '<hidden>')
      : value;
  return `${await headOf(vault.blobs, name)} ${JSON.stringify(json, hidden)}`;
}

function describeDirectory({ kind, segments, lengths }: PackDirectory): string {
  const raw = segments.map(({ codec, rawLength, chunks }) => `codec ${codec}, ${rawLength} bytes, ${chunks} chunks`);
  return `${kind}: ${raw.join('; ')}${kind === 'data' ? `; lengths ${[...lengths].join(' ')}` : ''}`;
}

/** Rows of all versions; ids are numbered in the order in which they appear. */
async function describeRows(vault: Vault): Promise<string[]> {
  const lines: string[] = [];
  const ids = new Map<string, string>();
  const numbered = (id: string): string => ids.get(id) ?? (ids.set(id, String(ids.size + 1).padStart(16, '0')).get(id) as string);
  for await (const { sequence, commit } of snapshots(vault)) {
    if (commit === undefined) continue;
    for await (const rows of treeOf(vault, commit).rows({ tombstones: true })) {
      for (const row of rows) lines.push(`${sequence} ${encodeRow({ ...row, id: numbered(row.id) })}`);
    }
  }
  return lines;
}
