import { describe, expect, it } from 'vitest';
import type { Entry } from '../model/entry.ts';
import type { ChunkAccess, ChunkRef, Storage } from '../storage.ts';
import { deltaRoute, moveByChunks } from './delta.ts';

const PIECE = 64 * 1024;

/** One file, kept whole or as chunks of 64 KiB that are named by their first letter, and what was asked of it. */
class OneFile {
  content: Uint8Array;
  readonly sent: number[] = [];
  /** What an upload that was cut off left. */
  arrived: Uint8Array = new Uint8Array();
  readonly storage: Storage;

  constructor(content: Uint8Array, able: 'ranges' | 'chunks', scheme = 'letters') {
    this.content = content;
    const partial: Partial<Storage> =
      able === 'ranges'
        ? {
            download: () => this.#pieces(),
            readRanges: (_, ranges) => this.#ranges(ranges),
            upload: (entry, bytes, options) => this.#take(entry, bytes, options.resumeAt),
          }
        : { chunks: this.#chunkAccess(scheme) };
    // Only what a delta asks for; anything else would fail the test by not being there.
    this.storage = partial as Storage;
  }

  #chunkAccess(scheme: string): ChunkAccess {
    return {
      scheme: { id: scheme, cut: (content) => cut(content) },
      list: async () => refsOf(this.content),
      has: async (ids) => ids.map((id) => refsOf(this.content).some((ref) => ref.id === id)),
      get: (ids) =>
        this.#ranges(ids.map((id) => ({ offset: refsOf(this.content).findIndex((ref) => ref.id === id) * PIECE, length: PIECE }))),
      assemble: async (entry, chunks, missing) => {
        const own = new Map<string, Uint8Array>(
          refsOf(this.content).map(({ id }, index) => [id, this.content.slice(index * PIECE, (index + 1) * PIECE)]),
        );
        for await (const bytes of missing) own.set(nameOf(bytes), bytes);
        this.content = joined(chunks.map(({ id }) => own.get(id) as Uint8Array));
        return entry;
      },
    };
  }

  async *#pieces(): AsyncGenerator<Uint8Array> {
    yield this.content;
  }

  async *#ranges(ranges: readonly { offset: number; length: number }[]): AsyncGenerator<Uint8Array> {
    for (const { offset, length } of ranges) {
      this.sent.push(offset / PIECE);
      yield this.content.slice(offset, offset + length);
    }
  }

  async #take(entry: Entry, content: AsyncIterable<Uint8Array> | undefined, resumeAt = 0): Promise<Entry> {
    const parts: Uint8Array[] = [this.arrived.subarray(0, resumeAt)];
    for await (const part of content ?? []) parts.push(part);
    this.content = joined(parts);
    return entry;
  }
}

function letters(text: string): Uint8Array {
  return joined([...text].map((letter) => new Uint8Array(PIECE).fill(letter.charCodeAt(0))));
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function nameOf(bytes: Uint8Array): string {
  return String.fromCharCode(bytes[0] as number);
}

function refsOf(content: Uint8Array): ChunkRef[] {
  return Array.from({ length: content.length / PIECE }, (_, index) => ({ id: nameOf(content.subarray(index * PIECE)), length: PIECE }));
}

async function* streamOf(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}

async function* cut(content: AsyncIterable<Uint8Array>): AsyncGenerator<ChunkRef> {
  for await (const bytes of content) yield* refsOf(bytes);
}

function fileOf(content: Uint8Array): Entry {
  return { path: 'f', kind: 'file', size: content.length, mtimeMs: 0, hash: 'the hash' };
}

async function move(giver: OneFile, receiver: OneFile): Promise<{ arrived: number; reused: number; by: string | undefined }> {
  const counts = { arrived: 0, reused: 0 };
  const [from, expected] = [fileOf(giver.content), fileOf(receiver.content)];
  const route = deltaRoute({ giver: giver.storage, receiver: receiver.storage, from, expected, hasCopier: false });
  if (route === undefined) return { ...counts, by: undefined };
  await moveByChunks(route, {
    from,
    to: from,
    expected,
    signal: new AbortController().signal,
    onBytes: (bytes) => {
      counts.arrived += bytes;
    },
    onReused: (bytes) => {
      counts.reused += bytes;
    },
  });
  expect(receiver.content).toEqual(giver.content);
  return { ...counts, by: route.by };
}

describe('only chunks travel that the receiver lacks', () => {
  const before = letters('abcdefghij');
  const after = letters('abcXefghijYX');

  it.each([
    ['chunks', new OneFile(after, 'chunks'), new OneFile(before, 'chunks')],
    ['cutting', new OneFile(after, 'ranges'), new OneFile(before, 'chunks')],
  ] as const)('by %s: each missing chunk once', async (by, giver, receiver) => {
    expect(await move(giver, receiver)).toEqual({ by, arrived: after.length, reused: after.length - 2 * PIECE });
    expect(giver.sent).toEqual([3, 10]);
  });

  it('the receiver’s old version gives what it holds, the giver the rest', async () => {
    const [giver, receiver] = [new OneFile(after, 'chunks'), new OneFile(before, 'ranges')];
    expect(await move(giver, receiver)).toEqual({ by: 'old-version', arrived: after.length, reused: after.length - 3 * PIECE });
    expect(giver.sent.toSorted((a, b) => a - b)).toEqual([3, 3, 10]);
    expect(receiver.sent).toEqual([0, 1, 2, 4, 5, 6, 7, 8, 9]);
  });

  it('what arrived before an interruption is not sent again', async () => {
    const receiver = new OneFile(letters('abcXefghij'), 'chunks');
    const giver = new OneFile(after, 'chunks');
    await move(giver, receiver);
    expect(giver.sent).toEqual([10]);
  });

  it('after an interruption a new file goes on where whole chunks had arrived', async () => {
    const [giver, receiver] = [new OneFile(after, 'chunks'), new OneFile(new Uint8Array(), 'ranges')];
    receiver.arrived = after.slice(0, 5.5 * PIECE);
    Object.assign(receiver.storage, { partial: () => streamOf(receiver.arrived) });
    expect(await move(giver, receiver)).toEqual({ by: 'old-version', arrived: after.length, reused: 5 * PIECE });
    expect(giver.sent).toEqual([5, 6, 7, 8, 9, 10, 3]);
  });

  it.each([
    ['names that mean other things', new OneFile(after, 'chunks', 'other'), new OneFile(before, 'chunks')],
    ['a file of a few chunks', new OneFile(letters('ab'), 'chunks'), new OneFile(letters('ac'), 'chunks')],
    ['two storages without chunks', new OneFile(after, 'ranges'), new OneFile(before, 'ranges')],
  ])('%s: the file is sent whole', async (_, giver, receiver) => {
    expect((await move(giver, receiver)).by).toBeUndefined();
  });
});
