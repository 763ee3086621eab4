import { randomBytes } from 'node:crypto';
import { LIMITS } from '@cloudsync/protocol';
import { describe, expect, it } from 'vitest';
import { type PathRights, pathRights } from '../access/path-rights.ts';
import { newServer, TestDevice } from '../workspace/test-device.test.support.ts';

const chunks = (count: number, bytes = 1_000): Uint8Array[] => Array.from({ length: count }, () => randomBytes(bytes));

/** Reads everything, writes everything, but in `hidden` nothing. */
const withoutHidden: PathRights = pathRights({ role: 'editor', userId: 'jo', rules: [{ path: 'hidden', user: '*', level: 'none' }] });

describe('contents', () => {
  it('of several chunks: declare, send what is missing, commit; the second time nothing is missing', async () => {
    const { device, workspace } = await newServer();
    const parts = chunks(5);
    const recipe = device.recipe(parts);
    const put = device.bigFile(parts);
    expect((await device.commit([{ path: 'a', base: 0, put }])).missing).toEqual([recipe.content.toString('hex')]);
    expect(await workspace.declare(device.caller, [recipe])).toEqual([[0, 5]]);
    expect((await device.commit([{ path: 'a', base: 0, put }])).missing).toHaveLength(1);
    await workspace.putChunks(device.caller, [parts[0], parts[3]] as Uint8Array[]);
    expect(await workspace.declare(device.caller, [recipe])).toEqual([[1, 2, 4, 1]]);
    await workspace.putChunks(device.caller, parts);
    const sequence = await device.do({ path: 'a', base: 0, put });
    expect(await device.bytes(sequence)).toEqual(Buffer.concat(parts));
    expect(await workspace.missing(device.caller, Buffer.concat(parts.map((part) => device.idOf(part))))).toEqual([]);
    expect(await device.do({ path: 'copy', base: 0, put })).toBe(2);
  });

  it('several chunks may come inside the commit; a big recipe may come in parts, in any order', async () => {
    const { device, workspace } = await newServer();
    const parts = chunks(7, 10);
    const { refs, ...recipe } = device.recipe(parts);
    const [head, tail] = [refs.subarray(0, 3 * 36), refs.subarray(3 * 36)];
    expect(await workspace.declare(device.caller, [{ ...recipe, first: 3, refs: tail }])).toEqual([[3, 4]]);
    expect(await workspace.declare(device.caller, [{ ...recipe, first: 0, refs: head }])).toEqual([[0, 3]]);
    const sequence = await device.do({ path: 'a', base: 0, put: device.bigFile(parts) }, ...parts);
    expect(await device.bytes(sequence)).toEqual(Buffer.concat(parts));
    expect(workspace.recipe(device.caller, { sequence, first: 2, limit: 3 })).toEqual({
      refs: Buffer.from(refs.subarray(72, 180)),
      chunks: 7,
    });
  });

  it('a recipe that is not what its id says is refused, and so is a file that is not what its recipe says', async () => {
    const { device, workspace } = await newServer();
    const parts = chunks(3);
    const recipe = device.recipe(parts);
    const forged = [
      { ...recipe, content: Buffer.alloc(32, 1) },
      { ...recipe, chunks: 2 },
      { ...recipe, first: 1 },
      { ...device.recipe([...parts, new Uint8Array(0)]) },
      { ...device.recipe([...parts, new Uint8Array(LIMITS.chunkBytesMax + 1)]) },
    ];
    for (const one of forged) await expect(workspace.declare(device.caller, [one])).rejects.toMatchObject({ code: 'server/invalid' });
    await workspace.declare(device.caller, [recipe]);
    await workspace.putChunks(device.caller, parts);
    const put = device.bigFile(parts);
    for (const wrong of [
      { ...put, size: put.size + 1 },
      { ...put, chunks: 4 },
    ])
      expect((await device.commit([{ path: 'a', base: 0, put: wrong }])).results).toMatchObject([{ error: 'storage/corrupt-transfer' }]);
    // A recipe that says another length than the chunk has.
    const [a, b, c] = parts as [Uint8Array, Uint8Array, Uint8Array];
    const lying = device.recipe([a, b, c]);
    new DataView(lying.refs.buffer, lying.refs.byteOffset).setUint32(32, 999);
    new DataView(lying.refs.buffer, lying.refs.byteOffset).setUint32(36 + 32, 1_001);
    const { recipeId } = await import('./refs.ts');
    const content = recipeId(lying.refs);
    await workspace.declare(device.caller, [{ ...lying, content }]);
    expect((await device.commit([{ path: 'a', base: 0, put: { ...put, content: content.toString('hex') } }])).results).toMatchObject([
      { error: 'storage/corrupt-transfer', message: expect.stringContaining('999') },
    ]);
    expect(workspace.head).toBe(0);
  });

  it('one chunk has to be what the hash says, and as long as the file', async () => {
    const { device } = await newServer();
    const put = device.file('hello');
    for (const wrong of [
      { ...put, hash: device.file('other').hash },
      { ...put, size: 6 },
    ])
      expect((await device.commit([{ path: 'a', base: 0, put: wrong }], { inline: ['hello'] })).results).toMatchObject([
        { error: 'storage/corrupt-transfer' },
      ]);
  });

  it('chunks are 1 byte to 1 MiB', async () => {
    const { device, workspace } = await newServer();
    for (const bytes of [new Uint8Array(0), new Uint8Array(LIMITS.chunkBytesMax + 1)]) {
      await expect(workspace.putChunks(device.caller, [bytes])).rejects.toMatchObject({ code: 'server/invalid' });
      await expect(device.commit([{ path: 'a', base: 0, put: device.file(bytes) }], { inline: [bytes] })).rejects.toMatchObject({
        code: 'server/invalid',
      });
    }
  });

  it('are not taken without end where the workspace has a quota, and are again an hour later', async () => {
    const { device, workspace, clock } = await newServer();
    await workspace.updateSettings({ quotaBytes: 4 * 2 ** 20 });
    const send = (): Promise<void> => workspace.putChunks(device.caller, Array<Uint8Array>(8).fill(new Uint8Array(LIMITS.chunkBytesMax)));
    for (let sent = 0; sent < 9; sent++) await send();
    await expect(send()).rejects.toMatchObject({ code: 'server/quota-exceeded' });
    clock.ms += 3_600_000;
    await send();
  });

  it('are read in parts', async () => {
    const { device, workspace } = await newServer();
    const parts = chunks(300, 10);
    await workspace.declare(device.caller, [device.recipe(parts)]);
    await workspace.putChunks(device.caller, parts);
    const whole = Buffer.concat(parts);
    const sequence = await device.do({ path: 'a', base: 0, put: device.bigFile(parts) });
    for (const [offset, length] of [
      [0, 0],
      [0, 1],
      [5, 10],
      [9, 2],
      [10, 10],
      [995, 1_010],
      [2_990, 100],
      [3_000, 5],
      [9_999, 1],
    ] as const)
      expect(await device.bytes(sequence, { offset, length })).toEqual(whole.subarray(offset, offset + length));
    const asked = await workspace.getChunks(device.caller, [
      { sequence, ranges: [299, 1, 0, 2] },
      { sequence: 77 },
      { sequence, ranges: [299, 2] },
    ]);
    expect(asked.map((part) => part && Buffer.from(part))).toEqual([parts[299], parts[0], parts[1], null, parts[299], null]);
  });

  it('an answer is as large as it may be, and has at least one chunk', async () => {
    const { device, workspace } = await newServer();
    const parts = chunks(5, LIMITS.chunkBytesMax);
    await workspace.declare(device.caller, [device.recipe(parts)]);
    await workspace.putChunks(device.caller, parts);
    const sequence = await device.do({ path: 'a', base: 0, put: device.bigFile(parts) });
    expect(await workspace.getChunks(device.caller, [{ sequence }])).toHaveLength(3);
    expect(await workspace.getChunks(device.caller, [{ sequence, ranges: [0, 1_000_000_000] }])).toHaveLength(3);
  });

  it('a stream is cut, stored and found again', async () => {
    const { device, workspace } = await newServer();
    const bytes = randomBytes(100_000);
    const stream = async function* (): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < bytes.length; at += 777) yield bytes.subarray(at, at + 777);
    };
    const stored = await workspace.store(device.caller, stream());
    expect(stored.chunks).toBeGreaterThan(5);
    const sequence = await device.do({ path: 'a', base: 0, put: { kind: 'file', mtimeMs: 1, ...stored } });
    expect(await device.bytes(sequence)).toEqual(bytes);
    expect(await workspace.store(device.caller, stream())).toEqual(stored);
    await expect(workspace.store(device.caller, stream(), { bytesMax: 99_999 })).rejects.toMatchObject({ code: 'server/too-large' });
    const empty = await workspace.store(device.caller, (async function* () {})());
    expect(await device.bytes(await device.do({ path: 'b', base: 0, put: { kind: 'file', mtimeMs: 1, ...empty } }))).toHaveLength(0);
  });
});

describe('who may not read everything', () => {
  it('refers only to chunks that he sent or was given: guessing an id tells nothing', async () => {
    const { workspaces, workspace, device } = await newServer();
    const guest = new TestDevice(workspaces, workspace, { name: 'guest', rights: withoutHidden });
    const parts = chunks(3);
    const secret = await device.do({ path: 'hidden', base: 0, put: device.file('secret') }, 'secret');
    await workspace.declare(device.caller, [device.recipe(parts)]);
    await workspace.putChunks(device.caller, parts);
    const open = await device.do({ path: 'open', base: 0, put: device.bigFile(parts) });

    expect((await guest.commit([{ path: 'mine', base: 0, put: guest.file('secret') }])).missing).toHaveLength(1);
    expect(await workspace.missing(guest.caller, guest.idOf(Buffer.from('secret')))).toEqual([0, 1]);
    expect(await workspace.declare(guest.caller, [guest.recipe(parts)])).toEqual([[0, 3]]);
    expect((await guest.commit([{ path: 'mine', base: 0, put: guest.bigFile(parts) }])).missing).toHaveLength(1);
    expect(await workspace.getChunks(guest.caller, [{ sequence: secret }])).toEqual([null]);
    await expect(guest.text(secret)).rejects.toMatchObject({ code: 'server/not-found' });

    await workspace.getChunks(guest.caller, [{ sequence: open, ranges: [0, 2] }]);
    expect(await workspace.declare(guest.caller, [guest.recipe(parts)])).toEqual([[2, 1]]);
    await workspace.putChunks(guest.caller, [parts[2] as Uint8Array]);
    await guest.do({ path: 'mine', base: 0, put: guest.bigFile(parts) });
    await guest.do({ path: 'mine too', base: 0, put: guest.file('secret') }, 'secret');
  });

  it('sees a file that goes where he may not look as deleted, and gets it when it comes back', async () => {
    const { workspaces, workspace, device } = await newServer();
    const guest = new TestDevice(workspaces, workspace, { name: 'guest', rights: withoutHidden });
    await device.do({ path: 'hidden', base: 0, put: { kind: 'folder', size: 0, mtimeMs: 1, chunks: 0 } });
    const first = await device.write('a', 'a');
    const { cursor } = workspace.changes(guest.caller, { cursor: workspace.cursorAt(0), limit: 10 });
    expect(guest.paths()).toEqual(['a']);
    const moved = await device.do({ path: 'hidden/a', base: 0, from: 'a', fromBase: first });
    const gone = workspace.changes(guest.caller, { cursor, limit: 10 });
    expect(gone.rows).toEqual([
      expect.objectContaining({ id: first, deleted: true, name: '', hash: undefined, content: undefined, size: 0 }),
    ]);
    await device.do({ path: 'b', base: 0, from: 'hidden/a', fromBase: moved });
    expect(workspace.changes(guest.caller, { cursor: gone.cursor, limit: 10 }).rows).toEqual([
      expect.objectContaining({ id: first, name: 'b', deleted: false }),
    ]);
  });

  it('is told to list anew when a folder that he sees has moved: rows alone do not tell what is in it', async () => {
    const { workspaces, workspace, device } = await newServer();
    const guest = new TestDevice(workspaces, workspace, { name: 'guest', rights: withoutHidden });
    const folder = { kind: 'folder', size: 0, mtimeMs: 1, chunks: 0 } as const;
    await device.do({ path: 'hidden', base: 0, put: folder });
    const id = await device.do({ path: 'hidden/f', base: 0, put: folder });
    await device.write('hidden/f/a', 'a');
    const { cursor } = workspace;
    await device.do({ path: 'f', base: 0, from: 'hidden/f', fromBase: id });
    expect(() => workspace.changes(guest.caller, { cursor, limit: 10 })).toThrow(
      expect.objectContaining({ code: 'server/cursor-too-old' }),
    );
    expect(workspace.visible(guest.caller, [workspace.byId(device.caller, id)?.row as never], workspace.head - 1)).toBeUndefined();
    expect(guest.paths()).toEqual(['f', 'f/a']);
    expect(workspace.changes(device.caller, { cursor, limit: 10 }).rows).toHaveLength(1);
  });
});
