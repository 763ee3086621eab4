import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openWorkspaceStorage, type WorkspaceStorage } from '@cloudsync/sdk';
import { type RunningServer, startServer } from '@cloudsync/server';
import { afterEach, describe, expect, it } from 'vitest';
import { liveServer } from './live-server.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cloudsync-away-'));
  closing.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function pathsOf(storage: WorkspaceStorage): Promise<number> {
  let files = 0;
  for await (const batch of storage.list({ ignore: [] })) files += batch.rows?.split('\n').filter((row) => row !== '').length ?? 0;
  return files;
}

function makeFolder(storage: WorkspaceStorage, path: string): Promise<unknown> {
  return storage.upload({ path, kind: 'folder', size: 0, mtimeMs: 0, mode: 0o755 }, undefined, { expected: undefined });
}

/** Resolves when the storage says so. */
function until(storage: WorkspaceStorage, status: WorkspaceStorage['state']['status']): Promise<void> {
  return new Promise((resolve) => {
    if (storage.state.status === status) resolve();
    storage.onState((state) => {
      if (state.status === status) resolve();
    });
  });
}

async function restart({ data, port }: { data: string; port: number }): Promise<RunningServer> {
  const server = await startServer({ data, port, log: 'error' });
  closing.push(() => server.close());
  return server;
}

describe('a server that is away', { timeout: 60_000 }, () => {
  it('while it is, everything but the identity is unreachable; when it is back the storage is, too, and says that anything may have changed', async () => {
    const first = await liveServer({ keepsData: true });
    closing.push(() => rm(first.data, { recursive: true, force: true }));
    const workspace = await first.newWorkspace();
    const { endpoint, apiKey, data } = first;
    const device = { id: 'd', name: 'd' };
    const stateFolder = await newFolder();
    const storage = await openWorkspaceStorage({ endpoint, apiKey, workspace, device, stateFolder });
    closing.push(() => storage.close());
    await makeFolder(storage, 'before');
    await storage.flush();
    const identity = await storage.identity();
    const changes: (readonly string[] | undefined)[] = [];
    const anything = Promise.withResolvers<void>();
    await storage.watch(({ paths }) => {
      changes.push(paths);
      if (paths === undefined) anything.resolve();
    });

    await first.close();
    await until(storage, 'connecting');
    const unreachable = { code: 'storage/unreachable', retryable: true };
    await expect(pathsOf(storage)).rejects.toMatchObject(unreachable);
    await expect(storage.stat('before')).rejects.toMatchObject(unreachable);
    await expect(makeFolder(storage, 'away')).rejects.toMatchObject(unreachable);
    expect(await storage.identity()).toBe(identity);
    // Who knows nothing of an earlier run cannot begin.
    const other = await newFolder();
    await expect(openWorkspaceStorage({ endpoint, apiKey, workspace, device, stateFolder: other })).rejects.toMatchObject(unreachable);

    await restart({ data, port: Number(new URL(endpoint).port) });
    await anything.promise;
    expect(await pathsOf(storage)).toBe(1);
    expect(await storage.identity()).toBe(identity);
    await makeFolder(storage, 'after');
    expect(changes).toEqual([undefined]);
    await storage.close();

    const again = await openWorkspaceStorage({ endpoint, apiKey, workspace, device, stateFolder });
    closing.push(() => again.close());
    expect(await pathsOf(again)).toBe(2);
    expect(await again.identity()).toBe(identity);
  });
});
