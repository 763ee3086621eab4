import { hash } from 'node:crypto';
import { LIMITS } from '@cloudsync/protocol';
import * as z from 'zod';
import type { Position } from '../live/live-workspace.ts';
import { Mirror, type MirrorRow } from '../mirror/mirror.ts';

/**
 * A mirror as it is kept between two runs: lines of JSON. First its position, then an entry a line, at last the SHA-256 of all lines before:
 * an entry that is missing would pass for deleted at the server, so a file that is not whole counts for nothing.
 */
const FORMAT = 'cloudsync mirror 1';

const positionSchema = z.object({
  workspace: z.string().max(128),
  cursor: z.string().max(64),
  epoch: z.string().max(64),
  view: z.number(),
  lineage: z.string().max(64),
});
const header = z.object({ format: z.literal(FORMAT), position: positionSchema });

const KINDS = ['file', 'folder', 'symlink'] as const;
const whole = z.int().min(0);
const row = z.tuple([
  whole,
  whole,
  whole,
  z.string().min(1).max(1024),
  z.int().min(0).max(2),
  whole,
  z.number(),
  z.int().min(0).max(0o7777).nullable(),
  z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
  z.string().max(LIMITS.targetMax).nullable(),
  whole,
]);

/** A mirror, and where it is. */
export interface Kept {
  readonly position: Position;
  readonly mirror: Mirror;
}

/** Enough lines for one piece that goes into the hash. */
const LINES_PER_PIECE = 1_000;

export function encodeMirror(position: Position, mirror: Mirror): Uint8Array {
  const pieces: string[] = [];
  let lines = [JSON.stringify({ format: FORMAT, position })];
  for (const { sequence, id, parent, name, kind, size, mtimeMs, mode, hash: digest, target, chunks } of mirror.nodes()) {
    const values = [sequence, id, parent, name, KINDS.indexOf(kind), size, mtimeMs, mode ?? null, digest ?? null, target ?? null, chunks];
    lines.push(JSON.stringify(values));
    if (lines.length < LINES_PER_PIECE) continue;
    pieces.push(`${lines.join('\n')}\n`);
    lines = [];
  }
  pieces.push(`${lines.join('\n')}\n`);
  const body = Buffer.from(pieces.join('').replace(/^\n/, ''));
  return Buffer.concat([body, Buffer.from(hash('sha256', body, 'hex'))]);
}

const DIGEST_CHARACTERS = 64;

/** Undefined when it is not whole, or of a format that is not known here. */
export function decodeMirror(bytes: Uint8Array): Kept | undefined {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, Math.max(0, bytes.length - DIGEST_CHARACTERS));
  if (hash('sha256', body, 'hex') !== Buffer.from(bytes.subarray(body.length)).toString('latin1')) return undefined;
  try {
    const [first, ...lines] = body.toString().trimEnd().split('\n');
    const { position } = header.parse(JSON.parse(first ?? ''));
    const mirror = new Mirror();
    mirror.apply(lines.filter((line) => line !== '').map(decodeLine));
    return { position, mirror };
  } catch (error) {
    // Whole, and yet not understood: of another version of this program.
    if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
    throw error;
  }
}

/** A position by itself, which a last state may rely on sooner than the mirror is saved. */
export function encodePosition(position: Position): Uint8Array {
  const line = JSON.stringify(position);
  return Buffer.from(`${line}\n${hash('sha256', line, 'hex')}\n`);
}

/** Undefined when it is not whole. */
export function decodePosition(bytes: Uint8Array): Position | undefined {
  const [line = '', digest] = Buffer.from(bytes).toString().split('\n');
  return hash('sha256', line, 'hex') === digest ? positionSchema.safeParse(JSON.parse(line)).data : undefined;
}

function decodeLine(line: string): MirrorRow {
  const [sequence, id, parent, name, kind, size, mtimeMs, mode, digest, target, chunks] = row.parse(JSON.parse(line));
  return {
    ...{ sequence, id, parent, name, kind: KINDS[kind] ?? 'file', size, mtimeMs, chunks, deleted: false },
    ...{ mode: mode ?? undefined, hash: digest ?? undefined, target: target ?? undefined },
  };
}
