import * as z from 'zod';
import { LIMITS } from './limits.ts';

/** Schemas of all that is said over a connection (docs/formats/wire.md). What is more than they name is dropped. */

const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'bytes expected');
/** 32 bytes: a chunk id, a recipe id, a SHA-256. */
const id32 = bytes.refine((value) => value.length === 32, '32 bytes expected');
const chunkBytes = bytes.refine(({ length }) => length > 0 && length <= LIMITS.chunkBytesMax, 'a chunk has 1 byte to 1 MiB');
const path = z.string().min(1).max(LIMITS.pathMax);
const sequence = z.int().min(0);
const workspace = z.string().min(1).max(128);
const cursor = z.string().max(64);
const requestId = z.string().min(1).max(64);
const limit = z.int().min(1).max(LIMITS.pageRowsMax);
/** Rows travel as arrays: `decodeRow`. */
const rows = z.array(z.array(z.unknown())).max(LIMITS.pageRowsMax);
/** Milliseconds since 1970 that a Date can hold. */
const mtimeMs = z.number().min(-8.64e15).max(8.64e15);
const mode = z.int().min(0).max(0o7777);

/** Chunk references: 36 bytes each, the id (32) and the length (4, big-endian). */
export const REF_BYTES = 36;
const refs = bytes.refine(({ length }) => length % REF_BYTES === 0 && length <= REF_BYTES * LIMITS.recipePartMax, 'references expected');

const put = z.object({
  kind: z.enum(['file', 'folder', 'symlink']),
  size: z.int().min(0),
  mtimeMs,
  mode: mode.optional(),
  hash: id32.optional(),
  target: z.string().min(1).max(LIMITS.targetMax).optional(),
  content: id32.optional(),
  chunks: z.int().min(0).max(LIMITS.chunksMax),
});

/** `base`: the sequence that the caller saw at `path`; 0: nothing may be there. */
const change = z.union([
  z.object({ path, base: sequence, put }),
  z.object({ path, base: sequence, from: path, fromBase: sequence }),
  z.object({ path, base: sequence, delete: z.literal(true) }),
  z.object({ path, base: sequence, attributes: z.object({ mtimeMs: mtimeMs.optional(), mode: mode.optional() }) }),
]);
/** One change of a commit as it travels. */
export type WireChange = z.infer<typeof change>;

const result = z.union([
  z.object({ sequence, id: z.int() }),
  /** What is there instead; null: nothing. */
  z.object({ conflict: z.array(z.unknown()).nullable() }),
  z.object({ error: z.string(), message: z.string() }),
]);
/** What became of one change. */
export type WireResult = z.infer<typeof result>;

const recipePart = z.object({
  /** Id of the recipe: SHA-256 over all of its references. */
  content: id32,
  /** Of the whole file. */
  chunks: z.int().min(2).max(LIMITS.chunksMax),
  /** Number of the first reference in `refs`. */
  first: z.int().min(0),
  refs,
});

const chunkAsk = z.object({
  /** Of a row of a file that the caller may read, in the present or kept as a version. */
  sequence,
  /** Numbers of chunks: first, count, first, count …; without: all. */
  ranges: z.array(z.int().min(0)).max(8_192).optional(),
});

const version = z.object({ row: z.array(z.unknown()), path: z.string(), user: z.string(), device: z.string() });

/** What a client asks, and what it is answered. */
export const METHODS = {
  hello: {
    params: z.object({
      /** Versions of this protocol that the client speaks. */
      protocols: z.array(z.int()).max(16),
      /** API key, where it could not go in the `Authorization` header. */
      key: z.string().max(128).optional(),
      device: z.object({ id: z.string().min(1).max(64), name: z.string().max(128) }),
      agent: z.string().max(128).optional(),
    }),
    result: z.object({ protocol: z.int(), server: z.string(), user: z.object({ id: z.string(), name: z.string() }) }),
  },
  workspaces: {
    params: z.object({}),
    result: z.object({
      workspaces: z.array(
        z.object({ id: z.string(), name: z.string(), role: z.string(), files: z.number(), bytes: z.number(), updatedMs: z.number() }),
      ),
    }),
  },
  open: {
    /** `workspace`: an id or a name. */
    params: z.object({ workspace, cursor: cursor.optional() }),
    result: z.object({
      workspace,
      name: z.string(),
      role: z.string(),
      /** Changes when what this member may read does. */
      view: z.number(),
      epoch: z.string(),
      /** Of the newest row. */
      cursor,
      scheme: z.object({
        minimum: z.int(),
        average: z.int(),
        maximum: z.int(),
        /** 32 bytes each. */
        chunkerKey: id32,
        idKey: id32,
      }),
      /**
       * `changes`: go on at the cursor that was given; `list`: too old for that, or none was given; `history-changed`: it is of a history that
       * this server does not know, so nothing that is not there was deleted.
       */
      resume: z.enum(['changes', 'list', 'history-changed']),
    }),
  },
  close: { params: z.object({ workspace }), result: z.object({}) },
  tree: {
    /** `after` (0 at first) and `until`: what the page before answered. */
    params: z.object({ workspace, after: sequence, until: sequence.optional(), limit }),
    /** `cursor` is that of `until`: `changes` go on there. */
    result: z.object({ rows, more: z.boolean(), after: sequence, until: sequence, cursor }),
  },
  changes: {
    params: z.object({ workspace, cursor, limit }),
    result: z.object({ rows, more: z.boolean(), cursor }),
  },
  declare: {
    params: z.object({ workspace, recipes: z.array(recipePart).min(1).max(1_000) }),
    /** Of each part the numbers of the chunks that are missing: first, count, first, count … */
    result: z.object({ missing: z.array(z.array(z.int())) }),
  },
  missing: {
    /** Chunk ids, 32 bytes each. */
    params: z.object({ workspace, ids: bytes.refine(({ length }) => length % 32 === 0, 'ids of 32 bytes expected') }),
    /** Numbers of those that are missing: first, count, first, count … */
    result: z.object({ missing: z.array(z.int()) }),
  },
  putChunks: {
    params: z.object({ workspace, chunks: z.array(chunkBytes).min(1).max(4_096) }),
    result: z.object({}),
  },
  getChunks: {
    params: z.object({ workspace, asks: z.array(chunkAsk).min(1).max(4_096) }),
    /** In the order asked, as many as fit and at least one; null: not there (any more), or not for the caller. */
    result: z.object({ chunks: z.array(bytes.nullable()) }),
  },
  recipe: {
    params: z.object({ workspace, sequence, first: z.int().min(0), limit: z.int().min(1).max(LIMITS.recipePartMax) }),
    result: z.object({ refs, chunks: z.int() }),
  },
  commit: {
    params: z.object({
      workspace,
      /** A commit that is sent again with it is not done again. */
      requestId,
      /** One conflict or error refuses all. */
      atomic: z.boolean(),
      changes: z.array(change).min(1).max(LIMITS.changesMax),
      /** Chunks that changes refer to; the server names them itself. */
      inline: z.array(chunkBytes).max(LIMITS.changesMax),
    }),
    result: z.object({
      /** One for each change; none when contents were missing. */
      results: z.array(result),
      /** Contents of which chunks are missing. When there are any, nothing was changed. */
      missing: z.array(id32),
    }),
  },
  versions: {
    params: z.object({ workspace, path }),
    /** Newest first. */
    result: z.object({ versions: z.array(version) }),
  },
  trash: {
    params: z.object({ workspace, before: sequence.optional(), limit }),
    /** Deleted entries, the last deleted first; `path` is where each was. */
    result: z.object({ entries: z.array(version), more: z.boolean() }),
  },
  restore: {
    /** Makes a version the newest again; `path`: elsewhere than it was; `deep`: of a deleted folder also what was deleted with it. */
    params: z.object({ workspace, requestId, sequence, path: path.optional(), deep: z.boolean().optional() }),
    result: z.object({ result }),
  },
  purge: {
    /** Forgets deleted entries for good. */
    params: z.object({ workspace, entries: z.array(z.int().min(1)).min(1).max(1_000) }),
    result: z.object({ purged: z.int() }),
  },
  done: { params: z.object({ workspace, cursor }), result: z.object({}) },
  stats: {
    params: z.object({ workspace }),
    result: z.object({ files: z.number(), folders: z.number(), bytes: z.number(), quotaBytes: z.number(), quotaFiles: z.number() }),
  },
} as const;

export type Method = keyof typeof METHODS;
export type Params<M extends Method> = z.infer<(typeof METHODS)[M]['params']>;
export type Result<M extends Method> = z.infer<(typeof METHODS)[M]['result']>;

/** What the server says unasked. */
export const PUSHES = {
  /** Rows of the journal, in order. */
  rows: z.object({
    workspace,
    rows,
    /** After the last of these rows. */
    cursor,
    /** Made by this connection: the id of the request. */
    own: requestId.optional(),
    /** Contents of small files among them, by `content`. */
    inline: z.array(z.tuple([id32, bytes])),
  }),
  /** Too much was waiting: rows after `cursor` are to be fetched with `changes`, and pushes go on after that. */
  behind: z.object({ workspace, cursor }),
  /** What this member may read or do has changed: open anew. */
  access: z.object({ workspace, view: z.number(), role: z.string() }),
  /** The workspace is no longer open here. */
  closed: z.object({ workspace, code: z.string(), message: z.string() }),
} as const;

export type PushName = keyof typeof PUSHES;
export type Push<P extends PushName> = z.infer<(typeof PUSHES)[P]>;
