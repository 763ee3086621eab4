import { describe, expect, it } from 'vitest';
import { editTree } from '../tree/edit-tree.ts';
import { fileRow, MemoryChunks, nodesOf } from '../tree/memory-nodes.test.support.ts';
import { Tree } from '../tree/tree.ts';
import { readableRows, type UnreadableNode } from './readable-rows.ts';

async function bigTree(): Promise<{ chunks: MemoryChunks; tree: Tree; paths: string[] }> {
  const chunks = new MemoryChunks();
  const rows = Array.from({ length: 3000 }, (_, n) => fileRow(`d${n % 7}/file ${n}`));
  const { root } = await editTree(new Tree(nodesOf(chunks), undefined), new Map(rows.map((row) => [row.path, row])));
  const tree = new Tree(nodesOf(chunks), root);
  const paths: string[] = [];
  for await (const part of tree.rows()) paths.push(...part.map(({ path }) => path));
  return { chunks, tree: new Tree(nodesOf(chunks), root), paths };
}

async function read(tree: Tree, within?: string): Promise<{ paths: string[]; lost: UnreadableNode[] }> {
  const lost: UnreadableNode[] = [];
  const paths: string[] = [];
  for await (const part of readableRows(tree, { within, onDamage: (node) => lost.push(node) })) paths.push(...part.map(({ path }) => path));
  return { paths, lost };
}

describe('readableRows', () => {
  it('gives every row of a sound tree, or those within a folder', async () => {
    const { tree, paths } = await bigTree();
    expect(await read(tree)).toEqual({ paths, lost: [] });
    expect(await read(tree, 'd3')).toEqual({ paths: paths.filter((path) => path.startsWith('d3/')), lost: [] });
    expect((await read(tree, 'd')).paths).toEqual([]);
  });

  it('passes over a leaf that is missing or damaged, and says which paths went with it', async () => {
    const { chunks, tree, paths } = await bigTree();
    const leaves: string[] = [];
    for await (const { id, node } of tree.walk()) if ('rows' in node) leaves.push(id);
    chunks.chunks.delete(leaves[3] as string);
    chunks.chunks.set(leaves[5] as string, Buffer.from('["a'));
    const { paths: left, lost } = await read(new Tree(nodesOf(chunks), tree.root));
    expect(lost.map(({ problem }) => problem.code)).toEqual(['content/missing', 'vault/damaged']);
    const between = (path: string): boolean =>
      lost.some(({ first, last }) => paths.indexOf(path) >= paths.indexOf(first ?? '') && paths.indexOf(path) <= paths.indexOf(last ?? ''));
    expect(left).toEqual(paths.filter((path) => !between(path)));
    expect(left.length).toBeLessThan(paths.length);
  });

  it('says that all is lost when the root is', async () => {
    const { chunks, tree } = await bigTree();
    chunks.chunks.delete(tree.root?.id as string);
    const { paths, lost } = await read(tree);
    expect(paths).toEqual([]);
    expect(lost).toMatchObject([{ first: undefined, last: undefined, problem: { code: 'content/missing' } }]);
  });

  it('lets other failures through: a disk that is unplugged damages nothing', async () => {
    const { chunks, tree } = await bigTree();
    chunks.get = () => {
      throw new Error('unplugged');
    };
    await expect(read(tree)).rejects.toThrow('unplugged');
  });
});
