import { describe, expect, it } from 'vitest';
import { pathRights } from '../access/path-rights.ts';
import { folderPut, newServer, TestDevice } from '../workspace/test-device.test.support.ts';

const DAY_MS = 86_400_000;
const turn = async (): Promise<void> => undefined;

describe('versions', () => {
  it('every content that a file had is listed, newest first, with who made it, and can be read', async () => {
    const { workspace, device } = await newServer();
    for (const text of ['one', 'two', 'three']) await device.write('a', text);
    await device.do({ path: 'a', base: 3, attributes: { mode: 0o600 } });
    await device.do({ path: 'b', base: 0, from: 'a', fromBase: 4 });
    const versions = workspace.versions(device.caller, 'b');
    expect(versions.map(({ row, path, user, device: by }) => [row.sequence, path, user, by])).toEqual(
      [3, 2, 1].map((sequence) => [sequence, 'a', 'jo', 'laptop']),
    );
    expect(await Promise.all(versions.map(({ row }) => device.text(row.sequence)))).toEqual(['three', 'two', 'one']);
  });

  it('restoring makes the old content the newest version', async () => {
    const { workspace, device } = await newServer();
    await device.write('a', 'one');
    await device.write('a', 'two');
    expect(await workspace.restore(device.caller, { sequence: 1 })).toEqual({ sequence: 3, id: 1 });
    expect(await device.text(3)).toBe('one');
    expect(workspace.stat(device.caller, 'a')?.row).toMatchObject({ sequence: 3, action: 'restored' });
    expect(await workspace.restore(device.caller, { sequence: 2, path: 'copy' })).toEqual({ sequence: 4, id: 4 });
    expect(device.paths()).toEqual(['a', 'copy']);
    expect(workspace.stats()).toEqual({ files: 2, folders: 0, bytes: 6 });
  });

  it('what was deleted lies in the trash and comes back with its folders, under its own id', async () => {
    const { workspace, device } = await newServer();
    await device.do({ path: 'd', base: 0, put: folderPut });
    const file = await device.write('d/f', 'text');
    await device.do({ path: 'd/f', base: file, delete: true });
    await device.do({ path: 'd', base: 1, delete: true });
    const { entries, more } = workspace.trash(device.caller, { limit: 10 });
    expect([entries.map(({ path }) => path), more]).toEqual([['d', 'd/f'], false]);
    expect(await workspace.restore(device.caller, { sequence: file })).toEqual({ sequence: 6, id: file });
    expect(device.paths()).toEqual(['d', 'd/f']);
    expect(await device.text(6)).toBe('text');
    expect(workspace.trash(device.caller, { limit: 10 }).entries).toEqual([]);
  });

  it('a folder comes back with what was deleted with it, and without what was deleted before', async () => {
    const { workspace, device, clock } = await newServer();
    await device.do({ path: 'd', base: 0, put: folderPut });
    await device.do({ path: 'd/old', base: await device.write('d/old', 'x'), delete: true });
    clock.ms += 3_600_000;
    const file = await device.write('d/f', 'text');
    await device.commit([
      { path: 'd/f', base: file, delete: true },
      { path: 'd', base: 1, delete: true },
    ]);
    await workspace.restore(device.caller, { sequence: workspace.head, deep: true });
    expect(device.paths()).toEqual(['d', 'd/f']);
  });

  it('a name that is taken, a version that is not there, a place where one may not write: said so, and nothing is done', async () => {
    const { workspaces, workspace, device } = await newServer();
    const file = await device.write('a', 'one');
    await device.do({ path: 'a', base: file, delete: true });
    await device.write('a', 'two');
    const { head } = workspace;
    expect(await workspace.restore(device.caller, { sequence: file })).toMatchObject({ error: 'storage/exists' });
    expect(await workspace.restore(device.caller, { sequence: file, path: 'x/y' })).toMatchObject({ error: 'storage/not-found' });
    expect(await workspace.restore(device.caller, { sequence: file, path: '../y' })).toMatchObject({ error: 'path/unsafe' });
    await expect(workspace.restore(device.caller, { sequence: 99 })).rejects.toMatchObject({ code: 'server/not-found' });
    const viewer = new TestDevice(workspaces, workspace, { rights: pathRights({ role: 'viewer', userId: 'jo', rules: [] }) });
    expect(await workspace.restore(viewer.caller, { sequence: file, path: 'b' })).toMatchObject({ error: 'server/forbidden' });
    await workspace.updateSettings({ quotaBytes: 4 });
    expect(await workspace.restore(device.caller, { sequence: file, path: 'b' })).toMatchObject({ error: 'server/quota-exceeded' });
    expect(workspace.head).toBe(head);
  });

  it('what is purged is gone for good; that it was deleted is still told', async () => {
    const { workspace, device } = await newServer();
    const { cursor } = workspace;
    const file = await device.write('a', 'one');
    const deleted = await device.do({ path: 'a', base: file, delete: true });
    expect(await workspace.purge(device.caller, [file, 99])).toBe(1);
    expect(workspace.trash(device.caller, { limit: 10 }).entries).toEqual([]);
    expect(await workspace.restore(device.caller, { sequence: deleted })).toMatchObject({ error: 'server/gone' });
    await expect(device.text(file)).rejects.toMatchObject({ code: 'server/not-found' });
    expect(workspace.changes(device.caller, { cursor, limit: 10 }).rows).toMatchObject([{ id: file, deleted: true }]);
    expect(await workspace.check({ readData: true, turn })).toEqual([]);
  });

  it.each([
    ['as many as the workspace keeps', { maxVersions: 2 }, [5, 4]],
    ['only the newest without a history', { versionHistory: false }, [5]],
    ['all of them', { maxVersions: null, retentionDays: null }, [5, 4, 3, 2, 1]],
  ])('%s', async (_, settings, kept) => {
    const { workspace, device } = await newServer({ workspace: { settings } });
    for (const text of ['1', '2', '3', '4', '5']) await device.write('a', text);
    expect(workspace.versions(device.caller, 'a').map(({ row }) => row.sequence)).toEqual(kept);
  });

  it('rows that only set a time are forgotten a day after they were replaced, and never the newest', async () => {
    const { workspaces, workspace, device, clock } = await newServer();
    await device.write('a', 'one');
    for (let mtimeMs = 10; mtimeMs < 15; mtimeMs++) await device.do({ path: 'a', base: 'any', attributes: { mtimeMs } });
    const kept = (): number[] => workspace.activity(device.caller, { limit: 100 }).map(({ row }) => row.sequence);
    await workspaces.maintain();
    expect(kept()).toEqual([6, 5, 4, 3, 2, 1]);
    clock.ms += DAY_MS + 1;
    await workspaces.maintain();
    expect(kept()).toEqual([6, 1]);
    expect(workspace.stat(device.caller, 'a')?.row).toMatchObject({ mtimeMs: 14, sequence: 6 });
    expect(await workspace.check({ readData: true, turn })).toEqual([]);
  });

  it('fewer than before: at the next maintenance', async () => {
    const { workspaces, workspace, device } = await newServer();
    for (const text of ['1', '2', '3']) await device.write('a', text);
    await workspace.updateSettings({ maxVersions: 2 });
    await workspaces.maintain();
    expect(workspace.versions(device.caller, 'a').map(({ row }) => row.sequence)).toEqual([3, 2]);
  });

  it('old ones are forgotten after the days that the workspace keeps them, and so is the trash', async () => {
    const { workspaces, workspace, device, clock } = await newServer({ workspace: { settings: { retentionDays: 10 } } });
    const cursor = workspace.cursorAt(0);
    await device.write('a', 'one');
    await device.write('gone', 'text');
    await device.do({ path: 'gone', base: 2, delete: true });
    clock.ms += 6 * DAY_MS;
    await device.write('a', 'two');
    clock.ms += 6 * DAY_MS;
    await workspaces.maintain();
    // `one` was replaced six days ago; `gone` has been in the trash for twelve.
    expect(workspace.versions(device.caller, 'a')).toHaveLength(2);
    expect(workspace.trash(device.caller, { limit: 10 }).entries).toEqual([]);
    expect(workspace.resume(cursor)).toBe('list');
    clock.ms += 6 * DAY_MS;
    await workspaces.maintain();
    expect(workspace.versions(device.caller, 'a').map(({ row }) => row.sequence)).toEqual([4]);
    expect(await workspace.check({ readData: true, turn })).toEqual([]);
  });
});
