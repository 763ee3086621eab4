import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../model/entry.ts';
import { comparePaths, isWithin } from '../model/path.ts';
import { encodeRow } from '../model/row.ts';
import type { StateFile } from './state-directory.ts';
import { encodeTree, pathOfRow } from './tree-file.ts';
import { rowOf, rowsWithin } from './tree-search.ts';

interface CountedFile extends StateFile {
  bytesRead: number;
}

async function fileOf(paths: readonly string[], padding = 0): Promise<CountedFile> {
  const target = padding > 0 ? 'x'.repeat(padding) : undefined;
  const rows = [...paths].sort(comparePaths).map((path) => encodeRow({ path, kind: 'file', size: 1, mtimeMs: 1, target } satisfies Entry));
  let text = '';
  const batches = (async function* () {
    yield rows;
  })();
  for await (const chunk of encodeTree(batches)) text += chunk;
  const bytes = new TextEncoder().encode(text);
  const file: CountedFile = {
    size: bytes.length,
    bytesRead: 0,
    read: async (offset, length) => {
      const part = bytes.slice(offset, offset + length);
      file.bytesRead += part.length;
      return part;
    },
    close: async () => undefined,
  };
  return file;
}

async function pathsWithin(file: StateFile, tops: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for await (const rows of rowsWithin(file, tops)) found.push(...rows.map(pathOfRow));
  return found;
}

const segment = fc.constantFrom('a', 'b', 'a b', 'a.txt', 'é', '👍', 'a"\\\n', 'z'.repeat(200));
const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/'));

describe('rows are found without reading the tree', () => {
  it('what lies within some paths is what a look at all rows finds', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(path, { maxLength: 120 }),
        fc.array(path, { maxLength: 12 }),
        fc.nat(900),
        async (paths, tops, padding) => {
          const file = await fileOf(paths, padding);
          const expected = [...paths].sort(comparePaths).filter((each) => tops.some((top) => isWithin(top, each)));
          expect(await pathsWithin(file, tops)).toEqual(expected);
          for (const top of tops) expect((await rowOf(file, top)) !== undefined).toBe(paths.includes(top));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('a few paths of many cost a few blocks', async () => {
    const paths = Array.from({ length: 20_000 }, (_, index) => `folder${index % 100}/file${index}`);
    const file = await fileOf(paths);
    expect(await rowOf(file, 'folder7/file10007')).toBeDefined();
    expect(await pathsWithin(file, ['folder99/file19999', 'nothing'])).toEqual(['folder99/file19999']);
    expect(file.bytesRead).toBeLessThan(file.size / 10);
  });

  it('many paths that are near each other cost one search', async () => {
    const paths = Array.from({ length: 20_000 }, (_, index) => `folder${index % 100}/file${index}`);
    const file = await fileOf(paths);
    const neighbours = paths.filter((each) => each.startsWith('folder42/'));
    expect(await pathsWithin(file, neighbours)).toEqual([...neighbours].sort(comparePaths));
    const once = file.bytesRead;
    expect(once).toBeLessThan(file.size / 10);
    const new1000 = Array.from({ length: 1_000 }, (_, index) => `folder42/new${index}`);
    expect(await pathsWithin(file, new1000)).toEqual([]);
    expect(file.bytesRead - once).toBeLessThan(file.size / 10);
  });

  it('an empty tree has none', async () => {
    const file = await fileOf([]);
    expect(await pathsWithin(file, ['a'])).toEqual([]);
    expect(await rowOf(file, 'a')).toBeUndefined();
  });

  it('a file that is cut short is refused', async () => {
    const whole = await fileOf(['a', 'b']);
    const cut: StateFile = {
      ...whole,
      read: async (offset, length) => (await whole.read(offset, length)).slice(0, Math.max(0, 10 - offset)),
    };
    await expect(rowOf(cut, 'c')).rejects.toThrow(expect.objectContaining({ code: 'state/corrupt' }));
  });
});
