import { randomBytes } from 'node:crypto';
import { MemoryBlobStore, PACK_PREFIX } from '@cloudsync/content';
import { describe, expect, it } from 'vitest';
import { newServer } from '../workspace/test-device.test.support.ts';

async function newStore() {
  const blobs = new MemoryBlobStore();
  const server = await newServer({ blobs: () => blobs });
  const { device, workspace, workspaces } = server;
  const parts = Array.from({ length: 3 }, () => randomBytes(5_000));
  await device.do({ path: 'd', base: 0, put: { kind: 'folder', size: 0, mtimeMs: 1, chunks: 0 } });
  await device.write('d/small', 'hello');
  await workspace.declare(device.caller, [device.recipe(parts)]);
  await workspace.putChunks(device.caller, parts);
  await device.do({ path: 'd/big', base: 0, put: device.bigFile(parts) });
  const sql = (statement: string): unknown => workspaces.database.prepare(statement).run();
  return { ...server, blobs, sql };
}

async function packName(blobs: MemoryBlobStore): Promise<string> {
  for await (const { name } of blobs.list(PACK_PREFIX)) return name;
  throw new Error('there is no pack');
}

describe('a check', () => {
  it('finds nothing where nothing is wrong', async () => {
    const { workspaces } = await newStore();
    expect(await workspaces.check({ readData: true })).toEqual([]);
  });

  it.each([
    ['a counter that is wrong', 'update workspaces set bytes = bytes + 1', '15005 bytes, and 15006 are counted'],
    ['a head that is gone', 'delete from versions where sequence = 2', 'entry 2 has no head'],
    ['a journal that goes on after its end', 'update workspaces set head = 2', 'the journal goes to 3'],
    ['a missing stamp', 'delete from stamps', 'the newest row 3 has no stamp'],
    ['an entry that is not what its head says', "update entries set name = 'other' where id = 2", 'entry 2 is not what its head 2 says'],
    ['what lies in no folder', 'update entries set parent = 77 where id = 2', 'entry 2 is not what'],
    ['a chunk that is gone', 'delete from chunks', 'version 2 of small: chunk'],
    ['a recipe that is gone', 'delete from recipe_parts', 'version 3 of big: its list has 0 chunks, not 3'],
    [
      'a file with another hash',
      "update versions set hash = x'00' where sequence = 2",
      'version 2 of small: its content is not what its hash says',
    ],
    ['a chunk with other bytes', "update chunks set bytes = x'6865786c6f'", 'version 2 of small: its content is not'],
    ['a size that is wrong', 'update versions set size = 6 where sequence = 2; ', 'there are 15006 bytes'],
    ['an unsafe name', "update versions set name = '..' where sequence = 2", 'entry 2 is not what its head'],
  ])('%s', async (_, statement, problem) => {
    const { workspaces, sql } = await newStore();
    sql(statement);
    expect(await workspaces.check({ readData: true })).toContainEqual(expect.stringContaining(problem));
  });

  it('a name that is unsafe in both tables, and a folder that is none', async () => {
    const { workspaces, sql } = await newStore();
    sql("update versions set name = '..' where sequence = 2");
    sql("update entries set name = '..' where id = 2");
    sql('update versions set parent = 2 where sequence = 3');
    sql('update entries set parent = 2 where id = 3');
    const problems = await workspaces.check();
    expect(problems).toContainEqual(expect.stringContaining('leads out of the workspace'));
    expect(problems).toContainEqual(expect.stringContaining('big lies in no folder'));
  });

  it('a pack that is gone, or shorter, or other bytes in it', async () => {
    const { workspaces, blobs } = await newStore();
    const name = await packName(blobs);
    const bytes = await blobs.get(name);
    const flipped = Uint8Array.from(bytes);
    flipped[100] = (flipped[100] as number) ^ 1;
    await blobs.put(name, flipped);
    expect(await workspaces.check()).toEqual([]);
    expect(await workspaces.check({ readData: true })).toContainEqual(expect.stringContaining('version 3 of big'));
    await blobs.put(name, bytes.subarray(1));
    expect(await workspaces.check()).toContainEqual(expect.stringContaining(`${name} has ${bytes.length - 1} bytes`));
    await blobs.delete(name);
    expect(await workspaces.check()).toContainEqual(expect.stringContaining(`${name} is gone`));
  });
});
