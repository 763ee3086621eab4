import { describe, expect, it } from 'vitest';
import { editTree } from '../tree/edit-tree.ts';
import { fileRow, MemoryChunks, nodesOf, tombstoneRow } from '../tree/memory-nodes.test.support.ts';
import type { Row } from '../tree/row.ts';
import { Tree } from '../tree/tree.ts';
import { treeChanges } from './tree-changes.ts';

async function treeOf(chunks: MemoryChunks, rows: readonly Row[]): Promise<Tree> {
  return editTree(new Tree(nodesOf(chunks), undefined), new Map(rows.map((row) => [row.path, row])));
}

async function changes(before: readonly Row[], after: readonly Row[]): Promise<string[]> {
  const chunks = new MemoryChunks();
  const found: string[] = [];
  for await (const { mark, path, from } of treeChanges(await treeOf(chunks, before), await treeOf(chunks, after)))
    found.push(from === undefined ? `${mark} ${path}` : `${mark} ${from} > ${path}`);
  return found;
}

function moved(row: Row, path: string): Row {
  return { ...row, path } as Row;
}

const [a, b] = [fileRow('a'), fileRow('b')];

describe('treeChanges', () => {
  it.each<[string, Row[], Row[], string[]]>([
    ['nothing', [a, b], [a, b], []],
    ['created and deleted', [a], [b], ['- a', '+ b']],
    ['deleted with a tombstone', [a, b], [tombstoneRow('a', 3), b], ['- a']],
    ['a tombstone that goes is nothing to see', [tombstoneRow('a', 3), b], [b], []],
    ['came back after a tombstone', [tombstoneRow('a', 3)], [a], ['+ a']],
    ['other content', [a], [fileRow('a', 2)], ['~ a']],
    ['other attributes', [a], [{ ...a, mode: 0o755 } as Row], ['~ a']],
    ['only the vector', [a], [{ ...a, vector: 'bbbbbbbbbbbbbbbb:1' } as Row], []],
    ['renamed, leaving a tombstone', [a, b], [tombstoneRow('a', 3), b, moved(a, 'z')], ['> a > z']],
    ['two files that changed places', [a, b], [moved(b, 'a'), moved(a, 'b')], ['~ a', '~ b']],
    ['a copy is no rename', [a], [a, moved(a, 'c')], ['+ c']],
  ])('%s', async (_, before, after, expected) => {
    expect(await changes(before, after)).toEqual(expected);
  });

  it('reads only what differs', async () => {
    const chunks = new MemoryChunks();
    const rows = Array.from({ length: 5000 }, (_, n) => fileRow(`folder ${n % 40}/file ${n}`));
    const before = await treeOf(chunks, rows);
    const after = await treeOf(chunks, [...rows.slice(0, 4999), fileRow('folder 39/file 4999', 2)]);
    chunks.reads = 0;
    const fresh = (tree: Tree): Tree => new Tree(nodesOf(chunks), tree.root);
    const found: string[] = [];
    for await (const { mark, path } of treeChanges(fresh(before), fresh(after))) found.push(`${mark} ${path}`);
    expect(found).toEqual(['~ folder 39/file 4999']);
    expect(chunks.reads).toBeLessThan(12);
  });
});
