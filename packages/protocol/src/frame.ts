import { SyncError } from '@cloudsync/engine/model/error';
import { Packr } from 'msgpackr';
import * as z from 'zod';
import { assertBounds } from './bounds.ts';
import { LIMITS } from './limits.ts';

/** One frame. `params`, `result` and `push` have schemas of their own (messages.ts), which whoever takes them applies. */
export type Frame =
  | { readonly type: 'request'; readonly id: number; readonly method: string; readonly params: unknown }
  | { readonly type: 'result'; readonly id: number; readonly result: unknown }
  | { readonly type: 'error'; readonly id: number; readonly code: string; readonly message: string; readonly details?: unknown }
  | { readonly type: 'push'; readonly name: string; readonly push: unknown }
  | { readonly type: 'ping' }
  | { readonly type: 'pong' };

/** Plain MessagePack, what any library reads: no records, no extensions. (`skipValues` is documented, and missing in the types.) */
const settings = { useRecords: false, variableMapSize: true, encodeUndefinedAsNil: true, skipValues: [undefined], moreTypes: false };
const codec = new Packr(settings);

const REQUEST = 1;
const RESULT = 2;
const ERROR = 3;
const PUSH = 4;
const PING = 5;
const PONG = 6;

const id = z.int().min(0);
const name = z.string().max(64);
const wire = z.union([
  z.tuple([z.literal(REQUEST), id, name, z.unknown()]),
  z.tuple([z.literal(RESULT), id, z.unknown()]),
  z.tuple([z.literal(ERROR), id, name, z.string(), z.unknown()]),
  z.tuple([z.literal(PUSH), name, z.unknown()]),
  z.tuple([z.literal(PING)]),
  z.tuple([z.literal(PONG)]),
]);

/**
 * The bytes of a frame (docs/formats/wire.md). Values that are undefined are left out.
 * @throws SyncError `server/too-large`
 */
export function encodeFrame(frame: Frame): Uint8Array {
  const bytes = codec.pack(toWire(frame));
  if (bytes.length > LIMITS.frameBytesMax) throw tooLarge(LIMITS.frameBytesMax, bytes.length);
  return bytes;
}

/**
 * @param limits of a first frame, before it is known who speaks: `bytesMax` is smaller
 * @throws SyncError `server/too-large`, `server/invalid`
 */
export function decodeFrame(bytes: Uint8Array, { bytesMax = LIMITS.frameBytesMax }: { readonly bytesMax?: number } = {}): Frame {
  if (bytes.length > bytesMax) throw tooLarge(bytesMax, bytes.length);
  assertBounds(bytes);
  const parsed = wire.safeParse(unpack(bytes));
  if (!parsed.success) throw new SyncError('server/invalid', 'a frame is none of those that the protocol knows');
  return fromWire(parsed.data);
}

function tooLarge(bytesMax: number, bytes: number): SyncError {
  return new SyncError('server/too-large', `a frame of ${bytes} bytes is too large, it has at most ${bytesMax}`);
}

function unpack(bytes: Uint8Array): unknown {
  try {
    return codec.unpack(bytes);
  } catch (cause) {
    throw new SyncError('server/invalid', 'a frame is no MessagePack', { cause });
  }
}

function toWire(frame: Frame): z.infer<typeof wire> {
  switch (frame.type) {
    case 'request':
      return [REQUEST, frame.id, frame.method, frame.params];
    case 'result':
      return [RESULT, frame.id, frame.result];
    case 'error':
      return [ERROR, frame.id, frame.code, frame.message, frame.details ?? null];
    case 'push':
      return [PUSH, frame.name, frame.push];
    case 'ping':
      return [PING];
    case 'pong':
      return [PONG];
  }
}

function fromWire(frame: z.infer<typeof wire>): Frame {
  switch (frame[0]) {
    case REQUEST:
      return { type: 'request', id: frame[1], method: frame[2], params: frame[3] };
    case RESULT:
      return { type: 'result', id: frame[1], result: frame[2] };
    case ERROR:
      return { type: 'error', id: frame[1], code: frame[2], message: frame[3], ...(frame[4] === null ? {} : { details: frame[4] }) };
    case PUSH:
      return { type: 'push', name: frame[1], push: frame[2] };
    case PING:
      return { type: 'ping' };
    case PONG:
      return { type: 'pong' };
  }
}
