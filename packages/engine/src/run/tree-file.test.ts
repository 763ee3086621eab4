import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../model/entry.ts';
import { comparePaths } from '../model/path.ts';
import { encodeRow } from '../model/row.ts';
import { parseRow } from '../model/tree-schema.ts';
import { encodeTree, findRows, type Overlay, overlayRows, pathOfRow, RowReader } from './tree-file.ts';

const path = fc
  .array(fc.constantFrom('a', 'b', 'é', '"', '\\', '\n', ':{"is_dir":', '👍', '\uD83D', ' ', '}', ',', '__proto__'), {
    minLength: 1,
    maxLength: 3,
  })
  .map((names) => names.join('/'));
const rowOf = (path: string, size: number): string => encodeRow({ path, kind: 'file', size, mtimeMs: 0 });
const tree = fc.dictionary(path, fc.nat(9), { maxKeys: 8, noNullPrototype: false }).map((sizes) => sorted(new Map(Object.entries(sizes))));

function sorted<T>(map: ReadonlyMap<string, T>): Map<string, T> {
  return new Map([...map].sort(([a], [b]) => comparePaths(a, b)));
}

async function* batches(rows: readonly string[]): AsyncGenerator<string[]> {
  for (const row of rows) yield [row];
}

async function textOf(chunks: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const chunk of chunks) text += chunk;
  return text;
}

function fileOf(sizes: ReadonlyMap<string, number>): Promise<string> {
  return textOf(encodeTree(batches([...sizes].map(([path, size]) => rowOf(path, size)))));
}

/** Cuts a text at any places, in the middle of a character as well. */
async function* cut(text: string, places: readonly number[]): AsyncGenerator<string> {
  const ends = [...places.map((place) => place % (text.length + 1)), text.length].sort((a, b) => a - b);
  let at = 0;
  for (const end of ends) {
    yield text.slice(at, end);
    at = end;
  }
}

async function rowsOf(reader: RowReader): Promise<string[]> {
  const rows: string[] = [];
  while (await reader.next()) rows.push(reader.row);
  return rows;
}

const corrupt = expect.objectContaining({ name: 'SyncError', code: 'state/corrupt' });

describe('a tree file', () => {
  it('is one JSON object with one row a line', async () => {
    expect(
      await fileOf(
        new Map([
          ['a', 1],
          ['b/c', 2],
        ]),
      ),
    ).toBe(`{\n${rowOf('a', 1)},\n${rowOf('b/c', 2)}\n}\n`);
    expect(await fileOf(new Map())).toBe('{\n}\n');
    await fc.assert(
      fc.asyncProperty(tree, async (sizes) => {
        // One row after the other: Node 24 can mistake escaped keys of one object for each other.
        expect(Object.keys(JSON.parse(await fileOf(sizes))).length).toBeLessThanOrEqual(sizes.size);
        const lines = (await fileOf(sizes)).split('\n').slice(1, -2);
        expect(lines.map((line) => parseRow(line.replace(/,$/, ''))?.path)).toEqual([...sizes.keys()]);
      }),
    );
  });

  it('counts its rows, and comes in chunks that are not too long', async () => {
    const rows = Array.from({ length: 5000 }, (_, index) => rowOf(`${'x'.repeat(100)}${index}`, index));
    let count = 0;
    const chunks: string[] = [];
    const text = encodeTree(batches(rows), (rows) => {
      count = rows;
    });
    for await (const chunk of text) chunks.push(chunk);
    expect(count).toBe(5000);
    expect(Math.max(...chunks.map((chunk) => chunk.length))).toBeLessThan(300_000);
    expect(await rowsOf(new RowReader(cut(chunks.join(''), [])))).toEqual(rows);
  });

  it('reads as the same rows however its text arrives', async () => {
    await fc.assert(
      fc.asyncProperty(tree, fc.array(fc.nat(), { maxLength: 12 }), async (sizes, places) => {
        const reader = new RowReader(cut(await fileOf(sizes), places));
        expect(await rowsOf(reader)).toEqual([...sizes].map(([path, size]) => rowOf(path, size)));
        expect(reader.next()).toBe(false);
      }),
    );
  });

  it('arrives a character at a time', async () => {
    const text = await fileOf(
      new Map([
        ['a', 1],
        ['👍', 2],
      ]),
    );
    const reader = new RowReader(
      cut(
        text,
        Array.from(text, (_, index) => index),
      ),
    );
    expect(await rowsOf(reader)).toHaveLength(2);
  });

  it('cut off anywhere is found out', async () => {
    const text = await fileOf(
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
    );
    for (let length = 0; length < text.length; length++)
      await expect(rowsOf(new RowReader(cut(text.slice(0, length), []))), `cut at ${length}`).rejects.toThrow(corrupt);
  });

  it.each(['', '[]', '{}', 'null\n', '{"a":1}\n', '\uFEFF{\n}\n', `x{\n}\n`])('%j is none', async (text) => {
    await expect(rowsOf(new RowReader(cut(text, [])))).rejects.toThrow(corrupt);
  });
});

describe('the path of a row', () => {
  it('is found without parsing the row', () => {
    fc.assert(
      fc.property(path, fc.nat(), (path, size) => {
        expect(pathOfRow(rowOf(path, size))).toBe(path);
      }),
    );
  });

  it.each(['', 'x', '"a"', ':{"is_dir":true', '"a\\x":{"is_dir":true', '"a\\":{"is_dir":true'])('%j has none', (row) => {
    expect(() => pathOfRow(row)).toThrow(corrupt);
  });
});

describe('rows of some paths', () => {
  it('are those that there are, wherever the text is cut', async () => {
    await fc.assert(
      fc.asyncProperty(tree, fc.array(path, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 6 }), async (base, others, places) => {
        const some = [...base.keys()].filter((_, index) => index % 2 === 0);
        const wanted = [...new Set([...others, ...some])].sort(comparePaths);
        const rows: string[] = [];
        for await (const row of findRows(new RowReader(cut(await fileOf(base), places)), wanted)) rows.push(row);
        expect(rows).toEqual(wanted.filter((one) => base.has(one)).map((one) => rowOf(one, base.get(one) as number)));
      }),
      { numRuns: 300 },
    );
  });

  it('let go of the file when nothing more is wanted', async () => {
    let isOpen = false;
    async function* chunks(): AsyncGenerator<string> {
      isOpen = true;
      try {
        yield `{\n${rowOf('a', 1)},\n`;
        yield `${rowOf('b', 1)},\n`;
        yield `${rowOf('c', 1)}\n}\n`;
      } finally {
        isOpen = false;
      }
    }
    const rows: string[] = [];
    for await (const row of findRows(new RowReader(chunks()), ['a'])) {
      expect(isOpen).toBe(true);
      rows.push(row);
    }
    expect([rows, isOpen]).toEqual([[rowOf('a', 1)], false]);
  });
});

describe('changes laid over a tree file', () => {
  const change = fc.tuple(path, fc.option(fc.nat(9)));

  it('give what a map gives', async () => {
    await fc.assert(
      fc.asyncProperty(tree, fc.array(change, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 6 }), async (base, changes, places) => {
        const expected = new Map(base);
        for (const [path, size] of changes) {
          if (size === null) expected.delete(path);
          else expected.set(path, size);
        }
        const overlay: Overlay = [...sorted(new Map(changes))].map(([path, size]) => [path, size === null ? null : rowOf(path, size)]);
        const result = overlayRows(new RowReader(cut(await fileOf(base), places)), overlay);
        const rows: string[] = [];
        for await (const batch of result) rows.push(...batch);
        expect(rows.join(',\n')).toBe([...sorted(expected)].map(([path, size]) => rowOf(path, size)).join(',\n'));
      }),
      { numRuns: 300 },
    );
  });

  it('over nothing are all there is', async () => {
    const overlay: Overlay = [
      ['a', rowOf('a', 1)],
      ['b', null],
    ];
    expect(await textOf(encodeTree(overlayRows(undefined, overlay)))).toBe(await fileOf(new Map([['a', 1]])));
  });

  it('rows that are not touched are passed on letter for letter, even what this program does not know', async () => {
    const text = '{\n"a":{"is_dir":false,"later":1},\n"c":{"is_dir":true}\n}\n';
    const overlay: Overlay = [['b', rowOf('b', 1)]];
    const result = await textOf(encodeTree(overlayRows(new RowReader(cut(text, [])), overlay)));
    expect(result).toBe(`{\n"a":{"is_dir":false,"later":1},\n${rowOf('b', 1)},\n"c":{"is_dir":true}\n}\n`);
  });
});

it('a row says the same in every kind of entry', () => {
  const kinds: Entry[] = [
    { path: 'a', kind: 'folder', size: 0, mtimeMs: 0 },
    { path: 'a', kind: 'symlink', size: 0, mtimeMs: 0, target: ':{"is_dir":' },
  ];
  for (const entry of kinds) expect(pathOfRow(encodeRow(entry))).toBe('a');
});
