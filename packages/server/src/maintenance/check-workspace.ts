import { createHash } from 'node:crypto';
import { PACK_PREFIX, packName } from '@cloudsync/content';
import { SyncError } from '@cloudsync/engine';
import { ROOT_ID, type Row } from '@cloudsync/protocol';
import { readFile, refsOf } from '../content/chunk-reading.ts';
import { eachRef, refCount } from '../content/refs.ts';
import { whyNotPath } from '../journal/change-rules.ts';
import { pathOf } from '../journal/lookup.ts';
import type { WorkspaceParts } from './maintain.ts';

export interface CheckOptions {
  /** Read every content, and compare it with its hash. */
  readonly readData: boolean;
  readonly turn: () => Promise<void>;
}

const PAGE = 2_000;

/** Looks whether a workspace's data is what it has to be. @returns what is wrong, each naming what it is about */
export async function checkWorkspace(parts: WorkspaceParts, options: CheckOptions): Promise<string[]> {
  await parts.content.packs.ready();
  return [
    ...checkCounters(parts),
    ...(await checkEntries(parts, options)),
    ...(await checkPacks(parts)),
    ...(await checkVersions(parts, options)),
  ];
}

/** What is counted on the way equals what is there. */
function checkCounters({ database, workspace, table }: WorkspaceParts): string[] {
  const { head, usage } = table.state;
  const counted = database
    .prepare(
      `select coalesce(sum(v.kind <> 1), 0) as files, coalesce(sum(v.kind = 1), 0) as folders, coalesce(sum(v.size), 0) as bytes
       from entries e join versions v on v.workspace = e.workspace and v.sequence = e.head where e.workspace = ? and e.deleted = 0`,
    )
    .get(workspace);
  const problems: string[] = [];
  for (const name of ['files', 'folders', 'bytes'] as const)
    if (counted?.[name] !== usage[name]) problems.push(`there are ${counted?.[name]} ${name}, and ${usage[name]} are counted`);
  const newest = database.prepare('select coalesce(max(sequence), 0) as newest from versions where workspace = ?').get(workspace)
    ?.newest as number;
  if (newest > head) problems.push(`the journal goes to ${newest}, and ${head} is said to be its newest row`);
  if (head > 0 && table.stampAt(head) === undefined) problems.push(`the newest row ${head} has no stamp`);
  return problems;
}

/** Every entry has its head, and what lives lies in a folder that lives. */
async function checkEntries({ database, workspace, table }: WorkspaceParts, { turn }: CheckOptions): Promise<string[]> {
  const problems: string[] = [];
  for (let after = 0; ; await turn()) {
    const page = database
      .prepare('select id, parent, name, head, deleted from entries where workspace = ? and id > ? order by id limit ?')
      .all(workspace, after, PAGE);
    for (const { id, parent, name, head, deleted } of page) {
      const row = table.row(head as number);
      if (row === undefined) problems.push(`entry ${id} has no head`);
      else if (row.id !== id || row.parent !== parent || row.name !== name || row.deleted !== (deleted !== 0))
        problems.push(`entry ${id} is not what its head ${head} says`);
      else if (!row.deleted) problems.push(...checkPlace(table, row));
      after = id as number;
    }
    if (page.length < PAGE) return problems;
  }
}

function checkPlace(table: WorkspaceParts['table'], row: Row): string[] {
  const folder = row.parent === ROOT_ID ? undefined : table.head(row.parent);
  if (row.parent !== ROOT_ID && (folder === undefined || folder.deleted || folder.kind !== 'folder'))
    return [`${row.name} lies in no folder`];
  const path = pathOf(table, row);
  const unsafe = path === undefined ? undefined : whyNotPath(path);
  return unsafe === undefined ? [] : [unsafe.message];
}

/** Packs that the index names are there, and whole as far as their size tells. */
async function checkPacks({ content, blobs }: WorkspaceParts): Promise<string[]> {
  const { index } = await content.packs.ready();
  const stored = new Map<string, number>();
  for await (const { name, size } of blobs.list(PACK_PREFIX)) stored.set(name, size);
  return [...index.packs()].flatMap(({ salt, size }) => {
    const found = stored.get(packName(salt));
    if (found === undefined) return [`${packName(salt)} is gone`];
    return found === size ? [] : [`${packName(salt)} has ${found} bytes, not ${size}`];
  });
}

/** Every version that is kept can be read. */
async function checkVersions(parts: WorkspaceParts, { readData, turn }: CheckOptions): Promise<string[]> {
  const problems: string[] = [];
  const sound = new Set<string>();
  for (let after = 0; ; await turn()) {
    const page = parts.table.rowsAfter(after, PAGE);
    for (const row of page) {
      after = row.sequence;
      if (row.content === undefined || sound.has(`${row.content} ${row.hash} ${row.size}`)) continue;
      const problem = checkChunks(parts, row) ?? (readData ? await checkBytes(parts, row) : undefined);
      if (problem === undefined) sound.add(`${row.content} ${row.hash} ${row.size}`);
      else problems.push(`version ${row.sequence} of ${row.name}: ${problem}`);
    }
    if (page.length < PAGE) return problems;
  }
}

function checkChunks({ content }: WorkspaceParts, row: Row): string | undefined {
  const refs = refsOf(content, row);
  if (refCount(refs) !== row.chunks) return `its list has ${refCount(refs)} chunks, not ${row.chunks}`;
  let size = 0;
  for (const { id, length } of eachRef(refs)) {
    const found = content.packs.settledLength(id) ?? content.inline.lengthOf(id);
    if (found !== length)
      return `chunk ${Buffer.from(id).toString('hex')} ${found === undefined ? 'is gone' : `has ${found} bytes, not ${length}`}`;
    size += length;
  }
  return size === row.size ? undefined : `its chunks come to ${size} bytes, not ${row.size}`;
}

async function checkBytes({ content }: WorkspaceParts, row: Row): Promise<string | undefined> {
  const digest = createHash('sha256');
  try {
    for await (const bytes of readFile(content, row, { offset: 0, length: row.size })) digest.update(bytes);
  } catch (error) {
    if (!SyncError.is(error)) throw error;
    return error.message;
  }
  return digest.digest('hex') === row.hash ? undefined : 'its content is not what its hash says';
}
