import { SyncError } from '@cloudsync/engine';
import { encodeRow } from '@cloudsync/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { CommitQueue } from './commit-queue.ts';
import { LiveWorkspace, type LiveWorkspaceOptions } from './live-workspace.ts';
import { cursorAt, EPOCH, folderRow, hasty, ScriptedServer } from './scripted-server.test.support.ts';

const open: LiveWorkspace[] = [];
afterEach(async () => {
  for (const live of open.splice(0)) await live.close();
});

function follow(server: ScriptedServer, options: Partial<LiveWorkspaceOptions> = {}): LiveWorkspace {
  const live = new LiveWorkspace({ workspace: 'docs', dial: server.dial, environment: hasty, device: { id: 'd', name: 'd' }, ...options });
  open.push(live);
  return live;
}

const names = (live: LiveWorkspace): string[] => [...(live.mirror.root.children?.keys() ?? [])];

describe('LiveWorkspace', () => {
  it('lists, catches up, and is pushed what comes', async () => {
    const server = new ScriptedServer();
    server.head = 2;
    const tree = { rows: [encodeRow(folderRow(1, 'a'))], more: true, after: 1, until: 2, cursor: cursorAt(2) };
    server.answers.set('tree', ({ params }) =>
      (params as { after: number }).after === 0 ? tree : { ...tree, rows: [encodeRow(folderRow(2, 'b'))], more: false, after: 2 },
    );
    const live = follow(server);
    await live.ready();
    expect(names(live)).toEqual(['a', 'b']);
    expect(live.identity).toBe(`ws:${EPOCH}:0:`);
    server.push([folderRow(3, 'c')]);
    await live.refresh();
    expect(names(live)).toEqual(['a', 'b', 'c']);
    expect(live.position?.cursor).toBe(cursorAt(3));
  });

  it('after a lost connection it goes on where it was', async () => {
    const server = new ScriptedServer();
    const live = follow(server);
    await live.ready();
    server.push([folderRow(1, 'a')]);
    await live.refresh();
    server.answers.set('changes', ({ params }) => {
      const isFirst = (params as { cursor: string }).cursor === cursorAt(1);
      return { rows: isFirst ? [encodeRow(folderRow(2, 'b'))] : [], more: false, cursor: cursorAt(2) };
    });
    server.line.close('the network is gone');
    await live.reconnected();
    expect(server.lines.length).toBe(2);
    expect(server.line.asked.map(({ method }) => method)).toEqual(['hello', 'open', 'changes']);
    expect(names(live)).toEqual(['a', 'b']);
  });

  it('another history is another lineage; a right that changed another view: neither looks like a deletion', async () => {
    const server = new ScriptedServer();
    const live = follow(server);
    await live.ready();
    const first = live.identity;
    server.push([folderRow(1, 'a')]);
    await live.refresh();
    server.answers.set('open', () => server.opened({ role: 'owner', view: 0, resume: 'history-changed' }));
    server.line.close();
    await live.reconnected();
    const second = live.identity;
    expect(second).not.toBe(first);
    expect(names(live)).toEqual([]);
    server.answers.set('open', () => server.opened({ role: 'viewer', view: 7, resume: 'changes' }));
    server.line.say({ type: 'push', name: 'access', push: { workspace: 'ws', view: 7, role: 'viewer' } });
    while (live.identity === second) await live.reconnected().then(() => live.refresh().catch(() => undefined));
    expect(live.identity).toBe(second?.replace(':0:', ':7:'));
  });

  it('what was relied on in an earlier run is asked about, also when the mirror is older or not there', async () => {
    const position = { workspace: 'ws', cursor: cursorAt(9), epoch: EPOCH, view: 0, lineage: 'x' };
    const server = new ScriptedServer();
    const same = follow(server, { remembered: { position, kept: undefined } });
    await same.ready();
    expect(server.line.asked.find(({ method }) => method === 'open')?.params).toMatchObject({ cursor: cursorAt(9) });
    expect(server.line.asked.map(({ method }) => method)).toContain('tree');
    expect(same.identity).toBe(`ws:${EPOCH}:0:x`);
    server.answers.set('open', () => server.opened({ role: 'owner', view: 0, resume: 'history-changed' }));
    const other = follow(server, { remembered: { position, kept: undefined } });
    await other.ready();
    expect(other.identity).not.toBe(same.identity);
    const lost = follow(new ScriptedServer(), { remembered: 'lost' });
    await lost.ready();
    expect(lost.identity).not.toBe(`ws:${EPOCH}:0:`);
  });

  it('who is told that he is behind asks for what he missed; pushes that come meanwhile wait', async () => {
    const server = new ScriptedServer();
    const live = follow(server);
    await live.ready();
    server.answers.set('changes', () => {
      server.push([folderRow(5, 'later')]);
      return { rows: [encodeRow(folderRow(4, 'missed'))], more: false, cursor: cursorAt(4) };
    });
    server.line.say({ type: 'push', name: 'behind', push: { workspace: 'ws', cursor: cursorAt(0) } });
    await live.refresh();
    await live.refresh();
    expect(names(live)).toEqual(['missed', 'later']);
    expect(live.position?.cursor).toBe(cursorAt(5));
  });

  it('a commit whose answer is lost with the connection is sent again on the next one', async () => {
    const server = new ScriptedServer();
    const live = follow(server);
    await live.ready();
    const queue = new CommitQueue({
      environment: hasty,
      send: (commit) => live.request('commit', commit),
      reconnected: () => live.reconnected(),
      identity: () => live.identity,
    });
    server.answers.set('commit', (_, line) => {
      if (line === server.lines[0]) line.close('in the middle');
      else return { results: [{ sequence: 1, id: 1 }], missing: [] };
    });
    const put = { kind: 'folder', size: 0, mtimeMs: 0, chunks: 0 } as const;
    expect(await queue.commit({ change: { path: 'a', base: 0, put } })).toEqual({ sequence: 1, id: 1 });
    const [first, second] = server.lines.map(({ asked }) => asked.find(({ method }) => method === 'commit'));
    expect(second?.params).toEqual(first?.params);
  });

  it('while the server is away requests fail at once; what it refuses is said as it is', async () => {
    const server = new ScriptedServer();
    server.isAway = true;
    const live = follow(server);
    await expect(live.ready()).rejects.toMatchObject({ code: 'storage/unreachable', retryable: true });
    await expect(live.request('stats', {})).rejects.toMatchObject({ code: 'storage/unreachable' });
    server.isAway = false;
    await live.reconnected();
    await live.refresh();
    server.answers.set('hello', () => new SyncError('server/key-revoked', 'this key was revoked'));
    server.line.close();
    await expect(live.reconnected()).rejects.toMatchObject({ code: 'server/key-revoked', retryable: false });
    await expect(live.request('stats', {})).rejects.toMatchObject({ code: 'server/key-revoked' });
    // It may have changed its mind: nobody has to wait until it is asked again by itself.
    server.answers.delete('hello');
    const connected = new Promise<void>((resolve) => {
      live.onState(({ status }) => {
        if (status === 'connected') resolve();
      });
    });
    live.tryNow();
    await connected;
    await live.refresh();
  });

  it('what cannot be understood ends the connection, and the next one is tried', async () => {
    const server = new ScriptedServer();
    const live = follow(server);
    await live.ready();
    for (const push of [{ workspace: 'ws', rows: [[1]], cursor: 'x', inline: [] }, { rows: 7 }]) {
      const { line } = server;
      line.say({ type: 'push', name: 'rows', push });
      while (server.line === line) await live.reconnected().then(() => live.refresh().catch(() => undefined));
    }
    server.line.say({ type: 'push', name: 'what-a-newer-server-says', push: {} });
    await live.refresh();
    expect(server.lines.length).toBe(3);
  });
});
