import { encodeFrame, encodeRow, LIMITS } from '@cloudsync/protocol';
import { describe, expect, it } from 'vitest';
import { folderPut, isConflict, newServer, TestDevice } from './test-device.test.support.ts';

describe('commits', () => {
  it('many at once share transactions, and each is answered and told for itself', async () => {
    const { workspaces, workspace, device } = await newServer();
    const told: number[] = [];
    const stamps = new Set<string>();
    workspaces.onCommitted(({ rows, cursor }) => {
      told.push(...rows.map(({ sequence }) => sequence));
      stamps.add(cursor.split(':')[2] as string);
    });
    const sequences = await Promise.all(Array.from({ length: 300 }, (_, index) => device.write(`f${index}`, `text ${index}`)));
    expect(sequences).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
    expect(told).toEqual(sequences);
    expect(stamps.size).toBeLessThan(10);
    expect(workspace.stats()).toEqual({ files: 300, folders: 0, bytes: 2_290 });
  });

  it('one that throws undoes itself only', async () => {
    const { workspaces, device } = await newServer({
      onMoves: () => {
        throw new Error('a defect');
      },
    });
    const first = await device.write('a', 'a');
    const moving = device.do({ path: 'b', base: 0, from: 'a', fromBase: first });
    const writing = device.write('c', 'c');
    await expect(moving).rejects.toThrow('a defect');
    expect(await writing).toBe(2);
    expect(device.paths()).toEqual(['a', 'c']);
    expect(await workspaces.check()).toEqual([]);
  });

  it('a listener that fails fails nobody else', async () => {
    const problems: unknown[] = [];
    const { workspaces, device } = await newServer({ onError: (error) => problems.push(error) });
    workspaces.onCommitted(() => {
      throw new Error('a defect');
    });
    let told = 0;
    const stop = workspaces.onCommitted(() => told++);
    await device.write('a', 'a');
    stop();
    await device.write('a', 'b');
    expect([told, problems.length]).toEqual([1, 2]);
  });

  it('is told before it is answered, with contents of small files and the cursor after it', async () => {
    const { workspaces, workspace, device } = await newServer();
    const order: string[] = [];
    workspaces.onCommitted((committed) => {
      expect(committed).toMatchObject({ workspace, before: 0, origin: 'laptop', requestId: 'r1', moves: [] });
      expect([...committed.inline.values()].map(String)).toEqual(['hello']);
      expect(committed.cursor).toBe(workspace.cursor);
      order.push('told');
    });
    await device.commit([{ path: 'a', base: 0, put: device.file('hello') }], { inline: ['hello'], requestId: 'r1' });
    order.push('answered');
    expect(order).toEqual(['told', 'answered']);
  });

  it('that is sent again is not done again; the answer is the first one', async () => {
    const { workspaces, workspace, device } = await newServer();
    const changes = [
      { path: 'a', base: 0, put: device.file('1') },
      { path: 'x/a', base: 0, put: device.file('1') },
      { path: 'gone', base: 4, delete: true as const },
    ];
    const first = await device.commit(changes, { inline: ['1'], requestId: 'r' });
    await device.write('a', '2');
    let told = 0;
    workspaces.onCommitted(() => told++);
    expect(await device.commit(changes, { inline: ['1'], requestId: 'r' })).toEqual(first);
    expect(first.results).toMatchObject([{ sequence: 1 }, { error: 'storage/not-found' }, { conflict: undefined }]);
    expect([told, workspace.head]).toEqual([0, 2]);
    // Of another device it is another request.
    const other = new TestDevice(workspaces, workspace, { name: 'phone' });
    expect(isConflict((await other.commit(changes, { requestId: 'r' })).results[0])).toBe(true);
  });

  it('answers are forgotten after a day', async () => {
    const { workspaces, device, clock } = await newServer();
    await device.commit([{ path: 'a', base: 0, put: device.file('1') }], { inline: ['1'], requestId: 'r' });
    clock.ms += 25 * 3_600_000;
    await workspaces.maintain();
    const again = await device.commit([{ path: 'b', base: 0, put: device.file('1') }], { inline: ['1'], requestId: 'r' });
    expect(again.results).toEqual([{ sequence: 2, id: 2 }]);
  });

  it('quotas hold, whoever comes first', async () => {
    const { workspace, device } = await newServer();
    await workspace.updateSettings({ quotaFiles: 2, quotaBytes: 10 });
    const results = await Promise.all(
      ['a', 'b', 'c'].map((path) => device.commit([{ path, base: 0, put: device.file('1234') }], { inline: ['1234'] })),
    );
    expect(results.map(({ results: [result] }) => ('error' in (result ?? {}) ? 'refused' : 'done'))).toEqual(['done', 'done', 'refused']);
    expect((await device.commit([{ path: 'a', base: 1, put: device.file('1234567') }], { inline: ['1234567'] })).results).toMatchObject([
      { error: 'server/quota-exceeded', message: expect.stringContaining('10 bytes') },
    ]);
    expect(workspace.stats()).toEqual({ files: 2, folders: 0, bytes: 8 });
  });

  it('two workspaces know nothing of each other', async () => {
    const { workspaces, workspace, device } = await newServer();
    const other = await workspaces.create({ name: 'work' });
    const stranger = new TestDevice(workspaces, other);
    const secret = await device.write('secret', 'a secret');
    expect(device.file('a secret').content).not.toBe(stranger.file('a secret').content);
    const stolen = { ...stranger.file('a secret'), content: device.file('a secret').content };
    expect((await stranger.commit([{ path: 'a', base: 0, put: stolen }])).results).toMatchObject([{ error: 'storage/corrupt-transfer' }]);
    expect((await stranger.commit([{ path: 'a', base: 0, put: stranger.file('a secret') }])).missing).toHaveLength(1);
    await expect(stranger.text(secret)).rejects.toMatchObject({ code: 'server/not-found' });
    expect(other.resume(workspace.cursor)).toBe('history-changed');
    expect(await other.restore(stranger.caller, { sequence: secret }).catch(({ code }) => code)).toBe('server/not-found');
  });

  it('pages hold as much as an answer may, however long names and targets are', async () => {
    const { workspace, device } = await newServer();
    const target = 'ä'.repeat(4_096);
    const put = { kind: 'symlink', size: 0, mtimeMs: 1, chunks: 0, target } as const;
    await device.commit(Array.from({ length: 600 }, (_, index) => ({ path: `l${index}`, base: 0, put })));
    let [seen, pages, cursor, more] = [0, 0, workspace.cursorAt(0), true];
    while (more) {
      const page = workspace.changes(device.caller, { cursor, limit: 5_000 });
      const { length } = encodeFrame({ type: 'result', id: 1, result: { rows: page.rows.map(encodeRow) } });
      expect(length).toBeLessThan(LIMITS.frameBytesMax);
      ({ cursor, more } = page);
      seen += page.rows.length;
      pages++;
    }
    expect([seen, pages]).toEqual([600, 3]);
    const first = workspace.tree(device.caller, { after: 0, limit: 5_000 });
    expect([first.more, first.rows.length < 600]).toEqual([true, true]);
    expect(workspace.tree(device.caller, { after: first.after, until: first.until, limit: 5_000 }).rows.length).toBeGreaterThan(0);
  });

  it('a name is given once; a workspace that is deleted leaves nothing', async () => {
    const { workspaces, workspace, device } = await newServer();
    await expect(workspaces.create({ name: 'home' })).rejects.toMatchObject({ code: 'server/exists' });
    await workspaces.rename(workspace.id, 'house');
    expect(workspaces.get('house')).toBe(workspace);
    await device.do({ path: 'f', base: 0, put: folderPut });
    await workspaces.delete(workspace.id);
    expect(() => workspaces.get('house')).toThrow(expect.objectContaining({ code: 'server/no-such-workspace' }));
    for (const table of ['workspaces', 'entries', 'versions', 'stamps'])
      expect(workspaces.database.prepare(`select count(*) as count from ${table}`).get()).toEqual({ count: 0 });
  });
});
