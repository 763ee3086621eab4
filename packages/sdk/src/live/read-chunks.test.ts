import { describe, expect, it } from 'vitest';
import { type ChunkRun, type GetChunks, readChunks } from './read-chunks.ts';

/** A server that answers with few chunks at a time; a chunk is its sequence and number. */
function server(perAnswer: number): { getChunks: GetChunks; answers: number } {
  const it = {
    answers: 0,
    getChunks: async ({ asks }: Parameters<GetChunks>[0]) => {
      it.answers++;
      const all = asks.flatMap(({ sequence, ranges = [] }) =>
        Array.from({ length: ranges[1] ?? 0 }, (_, at) => [sequence, (ranges[0] ?? 0) + at]),
      );
      return {
        chunks: all.slice(0, perAnswer).map(([sequence, number]) => (sequence === 404 ? null : Uint8Array.of(sequence ?? 0, number ?? 0))),
      };
    },
  };
  return it;
}

async function read(runs: readonly ChunkRun[], getChunks: GetChunks, signal?: AbortSignal): Promise<string[]> {
  const chunks: string[] = [];
  for await (const chunk of readChunks(runs, { getChunks, signal })) chunks.push(chunk.join('.'));
  return chunks;
}

const run = (sequence: number, first: number, count: number): ChunkRun => ({ sequence, first, count, bytes: count * 300_000 });

describe('readChunks', () => {
  it('gives the chunks of all runs in order, however few an answer holds', async () => {
    const expected = [...Array.from({ length: 20 }, (_, at) => `1.${at}`), '2.5', '2.6', '3.0'];
    for (const perAnswer of [1, 2, 3, 7, 1_000])
      expect(await read([run(1, 0, 20), run(2, 5, 2), run(3, 0, 1)], server(perAnswer).getChunks)).toEqual(expected);
    expect(await read([], server(1).getChunks)).toEqual([]);
  });

  it('many small files are one question', async () => {
    const { getChunks, ...rest } = server(10_000);
    const small = Array.from({ length: 500 }, (_, at): ChunkRun => ({ sequence: at % 250, first: 0, count: 1, bytes: 100 }));
    const counting = { ...rest, answers: 0 };
    const counted: GetChunks = (params) => {
      counting.answers++;
      return getChunks(params);
    };
    expect((await read(small, counted)).length).toBe(500);
    expect(counting.answers).toBe(1);
  });

  it('a version that is not kept any more is storage/changed', async () => {
    await expect(read([run(1, 0, 2), run(404, 0, 1)], server(10).getChunks)).rejects.toMatchObject({ code: 'storage/changed' });
  });

  it('a server that answers with nothing is not asked for ever', async () => {
    await expect(read([run(1, 0, 1)], async () => ({ chunks: [] }))).rejects.toMatchObject({ code: 'server/invalid' });
  });

  it('stops when it is cancelled', async () => {
    await expect(read([run(1, 0, 1)], server(1).getChunks, AbortSignal.abort())).rejects.toMatchObject({ code: 'sync/cancelled' });
  });
});
