import {
  type BlobStore,
  type ChunkIndex,
  copyChunks,
  encodeChunkId,
  type IndexedPack,
  PACK_PREFIX,
  type PackedChunkStore,
  saltOfPackName,
} from '@cloudsync/content';
import type { ServerDatabase } from '../database/server-database.ts';
import { entriesOf, LiveChunks } from './live-chunks.ts';
import { packsToRewrite } from './pack-plan.ts';
import type { WorkspaceContent } from './workspace-content.ts';

export interface GarbageOptions {
  readonly database: ServerDatabase;
  readonly workspace: number;
  readonly content: WorkspaceContent;
  readonly blobs: BlobStore;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** What is younger is left alone: somebody may be about to refer to it. */
  readonly keepMs: number;
  /** Lets others have a turn. */
  readonly turn: () => Promise<void>;
}

export interface GarbageReport {
  readonly recipes: number;
  readonly inlineChunks: number;
  readonly packsDeleted: number;
  readonly packsRewritten: number;
}

const SQL = {
  contents: 'select sequence, content from versions where workspace = ? and sequence > ? and chunks > 1 order by sequence limit ?',
  usedSince: 'select 1 from versions where workspace = ? and sequence > ? and content = ? limit 1',
} as const;

const PAGE = 5_000;

/**
 * Takes away what no kept version needs. Safe beside commits: a commit looks for its chunks inside its transaction, and what goes is decided
 * and made unfindable in one go, so that a commit finds a chunk that stays, or is told to send it again.
 */
export async function collectGarbage(options: GarbageOptions): Promise<GarbageReport> {
  const { content } = options;
  const { index } = await content.packs.ready();
  const recipes = await forgetRecipes(options);
  const live = new LiveChunks({ ...options, index });
  await live.mark();
  const inlineChunks = await forgetInline(options, live);
  const packs = await collectPacks(options, live);
  return { recipes, inlineChunks, ...packs };
}

/** Recipes that were declared long ago and that no version has. */
async function forgetRecipes({ database, workspace, content: { recipes }, nowMs, keepMs, turn }: GarbageOptions): Promise<number> {
  let forgotten = 0;
  const used = await versionContents({ database, workspace, turn });
  for (const content of recipes.declaredBefore(nowMs - keepMs + 1)) {
    if (used.has(Buffer.from(content).toString('hex'))) continue;
    await database.transaction(() => {
      // Somebody may have referred to it since.
      if (database.prepare(SQL.usedSince).get(workspace, used.until, content) !== undefined) return;
      recipes.forget(content);
      forgotten++;
    });
  }
  return forgotten;
}

interface UsedContents {
  has(content: string): boolean;
  /** Sequence of the newest row that was looked at. */
  readonly until: number;
}

async function versionContents({
  database,
  workspace,
  turn,
}: Pick<GarbageOptions, 'database' | 'workspace' | 'turn'>): Promise<UsedContents> {
  const used = new Set<string>();
  let until = 0;
  for (;;) {
    const page = database.prepare(SQL.contents).all(workspace, until, PAGE);
    for (const { sequence, content } of page) {
      used.add(Buffer.from(content as Uint8Array).toString('hex'));
      until = sequence as number;
    }
    if (page.length < PAGE) return { has: (content) => used.has(content), until };
    await turn();
  }
}

async function forgetInline({ database, content: { inline }, nowMs, keepMs }: GarbageOptions, live: LiveChunks): Promise<number> {
  return database.transaction(() => {
    live.finish();
    const dead = inline.olderThan(nowMs - keepMs + 1).filter(({ id }) => !live.isInlineLive(id));
    for (const { id } of dead) inline.forget(id);
    return dead.length;
  });
}

async function collectPacks(options: GarbageOptions, live: LiveChunks): Promise<Pick<GarbageReport, 'packsDeleted' | 'packsRewritten'>> {
  const { content, blobs, nowMs, keepMs } = options;
  const store = await content.packs.ready();
  const old = new Set<string>();
  for await (const { name, modifiedMs } of blobs.list(PACK_PREFIX)) {
    const salt = saltOfPackName(name);
    if (salt !== undefined && nowMs - modifiedMs >= keepMs) old.add(salt);
  }
  const inForce = [...store.index.packs()].filter(({ salt }) => old.has(salt) && store.isInForce(salt));
  const rewrite = packsToRewrite(inForce.map((pack) => ({ pack, ...useOf(pack, store.index, live) })));
  // A pack with a chunk that cannot be read is not dispensable then, and stays.
  await copyChunks(store, liveIds(rewrite, store, live), { kind: 'data', onDamaged: () => undefined });
  const gone = await content.packs.condemn(() => {
    live.finish();
    const leftOver = [...old].filter((salt) => !store.isInForce(salt));
    const going = inForce.filter(
      (pack) => store.index.pack(pack.salt) === pack && (rewrite.includes(pack) || useOf(pack, store.index, live).liveBytes === 0),
    );
    return [...leftOver, ...dispensable(going, store.index, live).map(({ salt }) => salt)];
  });
  return { packsDeleted: gone.length, packsRewritten: rewrite.length };
}

function useOf(pack: IndexedPack, index: ChunkIndex, live: LiveChunks): { rawBytes: number; liveBytes: number } {
  let [rawBytes, liveBytes] = [0, 0];
  for (const entry of entriesOf(pack)) {
    const { length } = index.place(entry);
    rawBytes += length;
    if (live.isPackedLive(entry)) liveBytes += length;
  }
  return { rawBytes, liveBytes };
}

function* liveIds(packs: readonly IndexedPack[], { index }: PackedChunkStore, live: LiveChunks): Generator<string> {
  for (const pack of packs) for (const entry of entriesOf(pack)) if (live.isPackedLive(entry)) yield encodeChunkId(index.id(entry));
}

/** Those of `packs` that can go: each of their chunks that is in use lies in a pack that stays, too. */
function dispensable(packs: readonly IndexedPack[], index: ChunkIndex, live: LiveChunks): IndexedPack[] {
  const going = new Set(packs);
  const staysElsewhere = (entry: number): boolean => [...index.places(index.id(entry))].some(({ pack }) => !going.has(pack));
  return packs.filter((pack) => [...entriesOf(pack)].every((entry) => !live.isPackedLive(entry) || staysElsewhere(entry)));
}
