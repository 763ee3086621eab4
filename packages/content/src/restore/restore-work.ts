import { hash } from 'node:crypto';
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { damaged } from '../seal/damaged.ts';
import { openPiece } from '../seal/seal.ts';
import { chunkIdOfDigest } from '../store/chunk-id.ts';
import { decodeSegment, SEGMENT_BYTES_MAX } from '../store/segment.ts';
import { type Failure, failureOf } from '../threads/failure.ts';
import type { Work } from '../threads/work-thread.ts';
import type { ChunkWrite, LocalRange, RestoreOrder, RestoreTarget } from './restore-order.ts';
import { setAttributes } from './set-attributes.ts';

/** What a thread needs to know before its first order. A plain value. */
export interface RestoreSetup {
  /** 32 bytes. */
  readonly idKey: Uint8Array;
}

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
const OWNER_ONLY = 0o600;

/** Opens segments, compares every chunk with its id, and writes what it is sure of into files. */
export class RestoreWork implements Work<RestoreOrder> {
  readonly #idKey: Uint8Array;
  /** Used again for each segment. */
  readonly #raw = Buffer.allocUnsafeSlow(SEGMENT_BYTES_MAX);
  /** Used again for each order. */
  #sealed = Buffer.alloc(0);

  constructor({ idKey }: RestoreSetup) {
    this.#idKey = idKey;
  }

  nameOf({ pack }: RestoreOrder): string {
    return pack;
  }

  do(order: RestoreOrder): readonly (Failure | undefined)[] {
    const failures = order.targets.map((): Failure | undefined => undefined);
    const files = new TargetFiles(order);
    const sealed = order.sealed instanceof Uint8Array ? order.sealed : this.#read(order.sealed, order.pack);
    try {
      for (const writes of bySegment(order)) this.#restoreSegment({ ...order, sealed }, writes, { files, failures });
    } finally {
      files.close();
    }
    return failures;
  }

  #restoreSegment(order: OrderWithBytes, writes: readonly ChunkWrite[], { files, failures }: Outcome): void {
    const fail = (target: number, error: unknown): void => {
      failures[target] ??= failureOf(error, order.targets[target]?.name ?? '', 'write');
    };
    let raw: Uint8Array;
    try {
      raw = this.#open(order, writes[0]?.segment ?? 0);
    } catch (error) {
      for (const { target } of writes) fail(target, error);
      return;
    }
    for (const write of writes) {
      if (failures[write.target] !== undefined) continue;
      try {
        const bytes = raw.subarray(write.offset, write.offset + write.length);
        this.#assertId(bytes, write, order.pack);
        files.write(write, bytes);
      } catch (error) {
        fail(write.target, error);
      }
    }
  }

  #open({ pack, seal, sealed, segments }: OrderWithBytes, index: number): Uint8Array {
    const place = segments[index];
    if (place === undefined) throw new TypeError('a chunk of a segment that is not there');
    const { at, length, piece, codec, rawLength } = place;
    const bytes = openPiece(seal, { piece, sealed: sealed.subarray(at, at + length), object: pack, into: this.#raw });
    return decodeSegment({ codec, bytes }, rawLength, pack);
  }

  #read({ path, offset, length }: LocalRange, pack: string): Uint8Array {
    if (this.#sealed.length < length) this.#sealed = Buffer.allocUnsafeSlow(length);
    const file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      for (let at = 0; at < length; ) {
        const bytesRead = readSync(file, this.#sealed, at, length - at, offset + at);
        if (bytesRead === 0) throw damaged(pack, 'it was cut off');
        at += bytesRead;
      }
    } finally {
      closeSync(file);
    }
    return this.#sealed.subarray(0, length);
  }

  #assertId(bytes: Uint8Array, { id }: ChunkWrite, pack: string): void {
    const own = chunkIdOfDigest(this.#idKey, hash('sha256', bytes, 'buffer'));
    if (own.toString('base64url') !== id) throw damaged(pack, 'a chunk is not what its id says');
  }
}

type OrderWithBytes = RestoreOrder & { readonly sealed: Uint8Array };

interface Outcome {
  readonly files: TargetFiles;
  readonly failures: (Failure | undefined)[];
}

/** Runs of writes from one segment. */
function bySegment({ writes }: RestoreOrder): ChunkWrite[][] {
  const runs: ChunkWrite[][] = [];
  for (const write of writes) {
    if (runs.at(-1)?.[0]?.segment !== write.segment) runs.push([]);
    runs.at(-1)?.push(write);
  }
  return runs;
}

/** Keeps the file open that was written last: neighbouring chunks mostly belong to one. */
class TargetFiles {
  readonly #targets: readonly RestoreTarget[];
  /** How many writes are to come for each. */
  readonly #left: Uint32Array;
  readonly #made = new Set<number>();
  #open: { readonly target: number; readonly descriptor: number } | undefined;

  constructor({ targets, writes }: RestoreOrder) {
    this.#targets = targets;
    this.#left = new Uint32Array(targets.length);
    for (const { target } of writes) this.#left[target] = (this.#left[target] as number) + 1;
  }

  write({ target, position }: ChunkWrite, bytes: Uint8Array): void {
    const descriptor = this.#descriptorOf(target);
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at, bytes.length - at, position + at);
    const left = (this.#left[target] as number) - 1;
    this.#left[target] = left;
    const { isNew, attributes } = this.#targets[target] as RestoreTarget;
    if (left === 0 && isNew && attributes !== undefined) setAttributes(descriptor, attributes);
  }

  close(): void {
    if (this.#open !== undefined) closeSync(this.#open.descriptor);
    this.#open = undefined;
  }

  #descriptorOf(target: number): number {
    if (this.#open?.target === target) return this.#open.descriptor;
    this.close();
    const { path, isNew } = this.#targets[target] as RestoreTarget;
    const isToMake = isNew && !this.#made.has(target);
    const descriptor = openSync(path, O_WRONLY | O_NOFOLLOW | (isToMake ? O_CREAT | O_EXCL : 0), OWNER_ONLY);
    this.#open = { target, descriptor };
    this.#made.add(target);
    return descriptor;
  }
}
