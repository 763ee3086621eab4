import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeChunkId } from './chunk-id.ts';
import { ChunkIndex } from './chunk-index.ts';
import type { PackDirectory } from './directory.ts';
import type { WrittenPack } from './pack-writer.ts';
import { noise } from './store.test.support.ts';

/** A pack of segments with so many chunks each, of 1, 2, 3 … bytes. */
function packOf(salt: string, ids: Uint8Array, ...counts: number[]): WrittenPack {
  const lengths = Uint32Array.from({ length: ids.length / 32 }, (_, at) => at + 1);
  let chunk = 0;
  const segments = counts.map((chunks, piece) => {
    const rawLength = lengths.subarray(chunk, chunk + chunks).reduce((sum, length) => sum + length, 0);
    chunk += chunks;
    return { piece, codec: 0 as const, sealedLength: rawLength + 16, rawLength, chunks };
  });
  const directory: PackDirectory = { kind: 'data', segments, ids, lengths };
  return { salt, epoch: 1, size: 1000, directory };
}

const idAt = (ids: Uint8Array, at: number) => ids.subarray(at * 32, at * 32 + 32);

describe('the chunk index', () => {
  it('finds every chunk where its pack says, and gives the directory back', () => {
    const index = new ChunkIndex();
    const ids = noise('ids', 32 * 20_000);
    const packs = Array.from({ length: 20 }, (_, at) => packOf(`${at}`, ids.subarray(at * 32_000, (at + 1) * 32_000), 300, 1, 699));
    for (const pack of packs) index.add(pack);
    for (let at = 0; at < 20_000; at += 7) {
      const { pack, segment, offset, length } = index.place(index.find(idAt(ids, at)));
      const chunk = at % 1000;
      expect([pack.salt, segment.piece, length]).toEqual([`${Math.floor(at / 1000)}`, chunk < 300 ? 0 : chunk === 300 ? 1 : 2, chunk + 1]);
      const first = chunk < 300 ? 0 : chunk === 300 ? 300 : 301;
      expect(offset).toBe((chunk * (chunk + 1)) / 2 - (first * (first + 1)) / 2);
    }
    expect(index.find(noise('other', 32))).toBe(-1);
    for (const pack of packs) {
      const indexed = index.pack(pack.salt);
      const directory = indexed && index.directoryOf(indexed);
      expect(directory?.lengths).toEqual(pack.directory.lengths);
      expect(Buffer.from(directory?.ids ?? [])).toEqual(Buffer.from(pack.directory.ids));
      expect(directory?.segments).toMatchObject(pack.directory.segments);
    }
  });

  it('segments begin behind the header, one after the other', () => {
    const index = new ChunkIndex();
    const { segments } = index.add(packOf('a', noise(1, 96), 1, 2));
    expect(segments.map(({ sealedOffset }) => sealedOffset)).toEqual([40, 57]);
  });

  it('does what a map of lists does, with packs that come, go and come again', () => {
    const step = fc.record({ pack: fc.nat(5), drop: fc.boolean(), first: fc.nat(8), count: fc.integer({ min: 1, max: 6 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const all = noise('model', 32 * 16);
        const index = new ChunkIndex();
        const model = new Map<string, Set<string>>();
        for (const { pack, drop, first, count } of steps) {
          const salt = `${pack}`;
          if (drop) {
            index.drop(salt);
            model.delete(salt);
          } else if (!model.has(salt)) {
            const ids = all.subarray(first * 32, (first + count) * 32);
            index.add(packOf(salt, ids, count));
            model.set(salt, new Set(Array.from({ length: count }, (_, at) => encodeChunkId(ids, at))));
          }
          for (let at = 0; at < 16; at++) {
            const expected = [...model].filter(([, ids]) => ids.has(encodeChunkId(all, at))).map(([name]) => name);
            const found = [...index.places(idAt(all, at))].map(({ pack: { salt: name } }) => name);
            expect(found.sort()).toEqual(expected.sort());
            expect(index.find(idAt(all, at)) >= 0).toBe(expected.length > 0);
          }
          expect([...index.packs()].map(({ salt: name }) => name).sort()).toEqual([...model.keys()].sort());
        }
      }),
      { numRuns: 100 },
    );
  });

  it('takes at most 60 bytes a chunk', () => {
    const chunks = 200_000;
    const index = new ChunkIndex();
    for (let pack = 0; pack < chunks / 250; pack++) index.add(packOf(`${pack}`, noise(pack, 32 * 250), 125, 125));
    expect(index.bytes / chunks).toBeLessThan(60);
    expect(index.entries).toBe(chunks);
  });
});
