import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { TestDevice } from './test-device.test.support.ts';
import { Workspaces } from './workspaces.ts';

const scratch = mkdtempSync(join(tmpdir(), 'cloudsync-restored-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let count = 0;

/** Works on a server's data as one process does, from opening it to closing it. */
async function visit<T>(data: string, work: (device: TestDevice, workspaces: Workspaces) => Promise<T>): Promise<T> {
  const workspaces = await Workspaces.open({ data });
  try {
    const [workspace = await workspaces.create({ name: 'home' })] = workspaces.list();
    return await work(new TestDevice(workspaces, workspace), workspaces);
  } finally {
    await workspaces.close();
  }
}

/** A server, a backup of it, and the cursor of a client that saw what came after the backup. */
async function newBackup(): Promise<{ data: string; backup: string; cursor: string }> {
  const data = join(scratch, `${count++}`);
  const backup = `${data}.backup`;
  await visit(data, (device) => device.write('a', 'one'));
  cpSync(data, backup, { recursive: true });
  const cursor = await visit(data, async (device) => {
    await device.write('b', 'two');
    return device.workspace.cursor;
  });
  return { data, backup, cursor };
}

describe('a restored backup', () => {
  it('of the database only: the witness tells, and the workspace gets a new epoch', async () => {
    const { data, backup, cursor } = await newBackup();
    cpSync(join(backup, 'cloudsync.db'), join(data, 'cloudsync.db'));
    await visit(data, async ({ workspace }) => {
      expect(workspace.epoch).not.toBe(cursor.split(':')[0]);
      expect(workspace.resume(cursor)).toBe('history-changed');
    });
  });

  it('of everything: the same number has another stamp, however far the journal has come since', async () => {
    const { backup, cursor } = await newBackup();
    await visit(backup, async (device) => {
      expect(device.workspace.resume(cursor)).toBe('history-changed');
      await device.write('c', 'three');
      expect(device.workspace.epoch).toBe(cursor.split(':')[0]);
      expect(device.workspace.resume(cursor)).toBe('history-changed');
      await device.write('d', 'four');
      expect(device.workspace.resume(cursor)).toBe('history-changed');
      expect(device.workspace.resume(device.workspace.cursor)).toBe('changes');
      expect(device.workspace.resume(undefined)).toBe('list');
      expect(device.workspace.resume('nonsense')).toBe('history-changed');
      expect(() => device.workspace.changes(device.caller, { cursor, limit: 1 })).toThrow(
        expect.objectContaining({ code: 'server/history-changed' }),
      );
    });
  });

  it('that is none: a server that was restarted goes on', async () => {
    const { data, cursor } = await newBackup();
    await visit(data, async ({ workspace }) => expect(workspace.resume(cursor)).toBe('changes'));
  });

  it('a damaged witness is said so', async () => {
    const { data } = await newBackup();
    writeFileSync(join(data, 'witness.json'), '{"version":1');
    await expect(visit(data, async () => undefined)).rejects.toMatchObject({ code: 'server/damaged' });
  });

  it('the witness is told at 1, 2, 4 … and then every thousand sequences', async () => {
    const data = join(scratch, `${count++}`);
    await visit(data, async (device) => {
      const told = (): unknown => JSON.parse(readFileSync(join(data, 'witness.json'), 'utf8')).heads[device.workspace.id];
      const make = (index: number): Promise<number> => device.do({ path: `f${index}`, base: 0, put: device.file('') });
      const seen = [];
      for (let index = 1; index <= 9; index++) seen.push([await make(index), told()]);
      expect(seen.map(([, told]) => told)).toEqual([1, 2, 2, 4, 4, 4, 4, 8, 8]);
      await Promise.all(Array.from({ length: 2_600 }, (_, index) => make(10 + index)));
      expect(told()).toBe(2_024);
    });
  });
});
