import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { SyncError } from '@cloudsync/engine';
import * as z from 'zod/mini';
import { assertKnownVersion } from '../checked-text.ts';
import type { TreeRoot } from '../tree/row.ts';

export const COMMIT_KINDS = ['init', 'sync', 'restore', 'forget', 'prune', 'repair', 'keys'] as const;
export type CommitKind = (typeof COMMIT_KINDS)[number];

/** One state of the vault (docs/formats/vault.md, "Commits"). The one with the highest sequence is the present. */
export interface Commit {
  /** From 1 on. */
  readonly sequence: number;
  /** SHA-256, in hex, of the sealed bytes of the commit before it; undefined for the first. */
  readonly previous: string | undefined;
  readonly timeMs: number;
  readonly device: Device;
  readonly kind: CommitKind;
  /**
   * 16 hex digits that all commits of one sync run have in common. The later one takes the place of the earlier one among the
   * snapshots, and its changes count from where the run began.
   */
  readonly run: string | undefined;
  readonly root: TreeRoot | undefined;
  /** Names of the index objects in force. */
  readonly indexes: readonly string[];
  readonly changes: Changes;
  readonly totals: Totals;
  /** Sequences of the commits that are kept as versions, ascending. */
  readonly snapshots: readonly number[];
  /** Hex salts of packs that were taken out of force and may be deleted at any moment. Each commit repeats them until they are gone. */
  readonly condemned: readonly string[];
  /** The last commit, up to this one, of a repair that had to leave rows out: what they held is not deleted, it is lost. */
  readonly lost: number | undefined;
}

export interface Device {
  readonly id: string;
  readonly name: string;
}

export interface Totals {
  readonly files: number;
  readonly folders: number;
  readonly symlinks: number;
  /** Content of the files. */
  readonly bytes: number;
}

/** What a snapshot did to the one before it. */
export interface Changes {
  readonly created: number;
  readonly modified: number;
  readonly deleted: number;
  readonly renamed: number;
  /** The first {@link CHANGED_PATHS_MAX} of them. */
  readonly paths: readonly ChangedPath[];
}

export interface ChangedPath {
  readonly mark: '+' | '~' | '-' | '>';
  readonly path: string;
  /** Where it was before; only of a rename. */
  readonly from?: string | undefined;
}

export const NO_CHANGES: Changes = { created: 0, modified: 0, deleted: 0, renamed: 0, paths: [] };
export const CHANGED_PATHS_MAX = 1000;
const CHANGED_PATHS_LENGTH_MAX = 256 * 1024;
const PLAIN_BYTES_MAX = 16 * 1024 * 1024;
const SNAPSHOTS_MAX = 10_000_000;

/** Whether a commit of this kind is a version that users see. */
export function isSnapshotKind(kind: CommitKind): boolean {
  return kind === 'init' || kind === 'sync' || kind === 'restore' || kind === 'repair';
}

const count = z.int().check(z.minimum(0));
const sequence = z.int().check(z.minimum(1));
const sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/));
const schema = z.object({
  version: z.literal(1),
  vault: z.string(),
  sequence,
  previous: z.nullable(sha256),
  time: z.number(),
  device: z.object({ id: z.string(), name: z.string() }),
  kind: z.enum(COMMIT_KINDS),
  run: z.optional(z.string().check(z.regex(/^[0-9a-f]{16}$/))),
  root: z.nullable(
    z.object({
      level: z.int().check(z.minimum(0), z.maximum(64)),
      id: z.string().check(z.regex(/^[\w-]{43}$/)),
      length: z.int().check(z.minimum(1), z.maximum(1024 * 1024)),
    }),
  ),
  indexes: z.array(z.string().check(z.regex(/^index\/[0-9a-f]{64}$/))),
  changes: z.object({
    created: count,
    modified: count,
    deleted: count,
    renamed: count,
    paths: z
      .array(z.union([z.tuple([z.enum(['+', '~', '-']), z.string()]), z.tuple([z.literal('>'), z.string(), z.string()])]))
      .check(z.maxLength(CHANGED_PATHS_MAX)),
  }),
  totals: z.object({ files: count, folders: count, symlinks: count, bytes: count }),
  snapshots: z.array(z.tuple([sequence, sequence])),
  condemned: z.optional(z.array(z.string().check(z.regex(/^[0-9a-f]{64}$/)))),
  lost: z.optional(sequence),
});

const PLAIN = 0;
const ZSTD = 1;

/** The plain bytes of a commit's object: how it is compressed, then JSON. */
export function encodeCommit(vault: string, commit: Commit): Uint8Array {
  const { timeMs, previous, root, changes, snapshots, condemned, run, lost, ...rest } = commit;
  const stored: z.input<typeof schema> = {
    version: 1,
    vault,
    ...rest,
    kind: commit.kind,
    device: { ...commit.device },
    totals: { ...commit.totals },
    indexes: [...commit.indexes],
    previous: previous ?? null,
    time: timeMs,
    root: root === undefined ? null : { ...root },
    changes: { ...changes, paths: storedPaths(changes.paths) },
    snapshots: rangesOf(snapshots),
    ...(run === undefined ? {} : { run }),
    ...(condemned.length === 0 ? {} : { condemned: [...condemned] }),
    ...(lost === undefined ? {} : { lost }),
  };
  const json = Buffer.from(JSON.stringify(stored), 'utf8');
  const packed = zstdCompressSync(json);
  return packed.length < json.length ? Buffer.concat([Uint8Array.of(ZSTD), packed]) : Buffer.concat([Uint8Array.of(PLAIN), json]);
}

type StoredPath = ['+' | '~' | '-', string] | ['>', string, string];

/** As many as fit; long paths leave room for fewer. */
function storedPaths(paths: readonly ChangedPath[]): StoredPath[] {
  const stored: StoredPath[] = [];
  let length = 0;
  for (const { mark, path, from } of paths) {
    length += path.length + (from?.length ?? 0);
    if (stored.length === CHANGED_PATHS_MAX || length > CHANGED_PATHS_LENGTH_MAX) break;
    stored.push(mark === '>' ? [mark, path, from ?? path] : [mark, path]);
  }
  return stored;
}

export interface CommitName {
  /** Of the vault: 32 hex digits. */
  readonly vault: string;
  readonly sequence: number;
  /** Of the blob, for messages. */
  readonly object: string;
}

/**
 * Reads what {@link encodeCommit} made. Both vault and sequence stand inside, so that no commit can be shown in another's place.
 * @throws SyncError `vault/damaged`, `vault/newer-version`
 */
export function decodeCommit(bytes: Uint8Array, { vault, sequence, object }: CommitName): Commit {
  const json = parse(decompress(bytes, object), object);
  assertKnownVersion(object, json);
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw damagedCommit(object, `${parsed.error.issues[0]?.path.join('.')} does not fit`, parsed.error);
  const { data } = parsed;
  if (data.vault !== vault) throw damagedCommit(object, 'it is of another vault');
  if (data.sequence !== sequence) throw damagedCommit(object, `it is commit ${data.sequence} under another number`);
  const { time, previous, root, changes, snapshots, condemned, run, lost, device, kind, indexes, totals } = data;
  return {
    sequence,
    previous: previous ?? undefined,
    timeMs: time,
    device,
    kind,
    run,
    root: root ?? undefined,
    indexes,
    changes: { ...changes, paths: changes.paths.map(([mark, path, from]): ChangedPath => ({ mark, path, from })) },
    totals,
    snapshots: sequencesOf(snapshots) ?? fail(object, 'its snapshots are not in order'),
    condemned: condemned ?? [],
    lost,
  };
}

function decompress(bytes: Uint8Array, object: string): string {
  const body = bytes.subarray(1);
  if (bytes[0] === PLAIN) return Buffer.from(body).toString('utf8');
  if (bytes[0] !== ZSTD) throw damagedCommit(object, 'it is compressed in a way that nobody knows');
  try {
    return zstdDecompressSync(body, { maxOutputLength: PLAIN_BYTES_MAX }).toString('utf8');
  } catch (cause) {
    throw damagedCommit(object, 'it cannot be decompressed', cause);
  }
}

function parse(text: string, object: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw damagedCommit(object, 'it is not JSON', cause);
  }
}

/** Runs of numbers without a gap, each with its first and last: most snapshots follow one another. */
export function rangesOf(sequences: readonly number[]): [number, number][] {
  const ranges: [number, number][] = [];
  for (const sequence of sequences) {
    const last = ranges.at(-1);
    if (last?.[1] === sequence - 1) last[1] = sequence;
    else ranges.push([sequence, sequence]);
  }
  return ranges;
}

function sequencesOf(ranges: readonly (readonly [number, number])[]): number[] | undefined {
  const sequences: number[] = [];
  let before = 0;
  for (const [first, last] of ranges) {
    if (first <= before || last < first || last - first > SNAPSHOTS_MAX - sequences.length) return undefined;
    for (let sequence = first; sequence <= last; sequence++) sequences.push(sequence);
    before = last;
  }
  return sequences;
}

function fail(object: string, why: string): never {
  throw damagedCommit(object, why);
}

export function damagedCommit(object: string, why: string, cause?: unknown): SyncError {
  return new SyncError('vault/damaged', `${object} of the vault is damaged: ${why}; run cloudsync vault check`, { path: object, cause });
}
