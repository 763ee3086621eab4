import { randomBytes } from 'node:crypto';
import { type BlobInfo, MemoryBlobStore, PACK_PREFIX } from '@cloudsync/content';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newServer, type TestDevice } from '../workspace/test-device.test.support.ts';

const HOUR_MS = 3_600_000;
const turn = async (): Promise<void> => undefined;

/** Lets something happen just before blobs are listed, once. */
class WatchedBlobs extends MemoryBlobStore {
  beforeList: (() => Promise<void>) | undefined;

  override async *list(prefix: string): AsyncGenerator<BlobInfo> {
    const happens = this.beforeList;
    this.beforeList = undefined;
    await happens?.();
    yield* super.list(prefix);
  }
}

async function countBlobs(blobs: MemoryBlobStore, prefix: string): Promise<number> {
  let count = 0;
  for await (const _ of blobs.list(prefix)) count++;
  return count;
}

async function newStore() {
  const blobs = new WatchedBlobs();
  const server = await newServer({ blobs: () => blobs });
  const packs = (): Promise<number> => countBlobs(blobs, PACK_PREFIX);
  const maintain = (options: { keepMs?: number; inlineMs?: number } = { keepMs: 0, inlineMs: 0 }) =>
    server.workspace.maintain({ nowMs: Date.now() + 48 * HOUR_MS, turn, ...options });
  return { ...server, blobs, packs, maintain };
}

/** Uploads a file of several chunks as a client does. */
async function upload(device: TestDevice, path: string, parts: readonly Uint8Array[]): Promise<number> {
  for (;;) {
    const recipe = device.recipe(parts);
    const [missing = []] = await device.workspace.declare(device.caller, [recipe]);
    const wanted: Uint8Array[] = [];
    for (let at = 0; at < missing.length; at += 2)
      wanted.push(...parts.slice(missing[at], (missing[at] as number) + (missing[at + 1] as number)));
    if (wanted.length > 0) await device.workspace.putChunks(device.caller, wanted);
    const answer = await device.commit([{ path, base: 'any', put: device.bigFile(parts) }]);
    const [result] = answer.results;
    if (result !== undefined && 'sequence' in result) return result.sequence;
    expect(answer.missing).toHaveLength(1);
  }
}

const parts = (count: number): Uint8Array[] => Array.from({ length: count }, () => randomBytes(5_000));

describe('garbage', () => {
  it('what no version needs goes: packs, chunks in the database, recipes', async () => {
    const { workspace, device, packs, maintain } = await newStore();
    await workspace.updateSettings({ versionHistory: false });
    await upload(device, 'big', parts(10));
    await device.write('small', 'one');
    await upload(device, 'big', parts(10));
    await device.write('small', 'two');
    expect(await packs()).toBe(2);
    expect(await maintain({ keepMs: 0, inlineMs: 1e9 })).toMatchObject({ recipes: 1, inlineChunks: 1, packsDeleted: 1, packsRewritten: 0 });
    expect(await packs()).toBe(1);
    expect(await workspace.check({ readData: true, turn })).toEqual([]);
    expect(await maintain({ keepMs: 0, inlineMs: 1e9 })).toMatchObject({ recipes: 0, inlineChunks: 0, packsDeleted: 0 });
  });

  it('what was sent and not committed is kept for a day', async () => {
    const { workspace, device, packs, maintain, clock } = await newStore();
    clock.ms = Date.now();
    const sent = parts(3);
    await workspace.declare(device.caller, [device.recipe(sent)]);
    await workspace.putChunks(device.caller, sent);
    await workspace.maintain({ nowMs: Date.now() + 23 * HOUR_MS, turn });
    expect(await workspace.declare(device.caller, [device.recipe(sent)])).toEqual([[]]);
    await maintain({ keepMs: 24 * HOUR_MS });
    expect(await packs()).toBe(0);
    expect(await workspace.declare(device.caller, [device.recipe(sent)])).toEqual([[0, 3]]);
  });

  it('a pack with much waste is written anew, and many small ones become one', async () => {
    const { workspace, device, packs, maintain } = await newStore();
    await workspace.updateSettings({ versionHistory: false });
    const [kept, dropped] = [parts(2), parts(8)];
    const mixed = [...kept, ...dropped];
    await upload(device, 'a', mixed);
    const sequence = await upload(device, 'a', kept);
    expect(await maintain()).toMatchObject({ packsRewritten: 1, packsDeleted: 1 });
    expect(await device.bytes(sequence)).toEqual(Buffer.concat(kept));
    for (let index = 0; index < 20; index++) await upload(device, `f${index}`, parts(2));
    expect(await packs()).toBe(21);
    await maintain();
    expect(await packs()).toBe(1);
    expect(await workspace.check({ readData: true, turn })).toEqual([]);
  });

  it('chunks go from the database into packs when there are many', async () => {
    const { workspaces, workspace, device, packs, maintain } = await newStore();
    const texts = Array.from({ length: 90 }, () => randomBytes(50_000));
    const sequences = await Promise.all(
      texts.map((text, index) => device.do({ path: `f${index}`, base: 0, put: device.file(text) }, text)),
    );
    expect(await maintain()).toMatchObject({ moved: 90 });
    expect(workspaces.database.prepare('select count(*) as count from chunks').get()).toEqual({ count: 0 });
    expect(await packs()).toBeGreaterThan(0);
    for (const [index, sequence] of sequences.entries()) expect(await device.bytes(sequence)).toEqual(texts[index]);
    expect(await workspace.check({ readData: true, turn })).toEqual([]);
  });

  it('index objects that a killed server left are deleted', async () => {
    const { device, blobs, maintain } = await newStore();
    await upload(device, 'a', parts(2));
    await blobs.create('index/00', [Uint8Array.of(1)]);
    await maintain();
    expect(await countBlobs(blobs, 'index/')).toBe(1);
  });

  it('what is wanted again after it was looked at stays: from the database, and from a pack', async () => {
    const { workspace, device, blobs } = await newStore();
    await workspace.updateSettings({ versionHistory: false });
    const old = parts(4);
    await upload(device, 'big', old);
    await upload(device, 'big', parts(4));
    await device.write('small', 'old');
    await device.write('small', 'new');
    let turns = 0;
    const commitInline = async (): Promise<void> => {
      if (turns++ === 1) await device.do({ path: 'small again', base: 0, put: device.file('old') });
    };
    blobs.beforeList = async () => {
      expect(await workspace.declare(device.caller, [device.recipe(old)])).toEqual([[]]);
      await upload(device, 'big again', old);
    };
    await workspace.maintain({ nowMs: Date.now() + 48 * HOUR_MS, turn: commitInline, keepMs: 0, inlineMs: 1e9 });
    expect(device.paths()).toEqual(['big', 'big again', 'small', 'small again']);
    expect(await workspace.check({ readData: true, turn })).toEqual([]);
  });

  it('whatever is uploaded, deleted and forgotten beside it: every version that is kept can be read', async () => {
    let collected = 0;
    const contents = Array.from({ length: 6 }, () => parts(4));
    const step = fc.record({
      what: fc.constantFrom('upload', 'upload', 'upload', 'mix', 'small', 'delete', 'purge', 'maintain', 'maintain'),
      path: fc.constantFrom('a', 'b', 'c'),
      content: fc.nat(5),
      together: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), fc.boolean(), async (steps, versionHistory) => {
        const { workspaces, workspace, device, maintain } = await newStore();
        await workspace.updateSettings({ versionHistory, maxVersions: 2 });
        const running: Promise<unknown>[] = [];
        for (const { what, path, content, together } of steps) {
          const [one, other] = [contents[content], contents[(content + 1) % 6]] as [Uint8Array[], Uint8Array[]];
          if (what === 'upload') running.push(upload(device, path, one));
          else if (what === 'mix') running.push(upload(device, path, [...one.slice(2), ...other.slice(2)]));
          else if (what === 'small')
            running.push(device.do({ path, base: 'any', put: device.file(one[0] as Uint8Array) }, one[0] as Uint8Array));
          else if (what === 'delete') running.push(device.commit([{ path, base: 'any', delete: true }]));
          else if (what === 'purge')
            running.push(
              workspace.purge(
                device.caller,
                workspace.trash(device.caller, { limit: 1 }).entries.map(({ row }) => row.id),
              ),
            );
          else running.push(maintain().then(({ packsDeleted, inlineChunks }) => (collected += packsDeleted + inlineChunks)));
          if (!together) await Promise.all(running);
        }
        await Promise.all(running);
        expect(await workspace.check({ readData: true, turn })).toEqual([]);
        await workspaces.close();
      }),
      { numRuns: 15 },
    );
    expect(collected).toBeGreaterThan(10);
  }, 60_000);
});
