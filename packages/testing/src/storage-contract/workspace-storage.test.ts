import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openWorkspaceStorage } from '@cloudsync/sdk';
import { LocalFolder } from '@cloudsync/storages';
import { afterAll } from 'vitest';
import { liveServer } from '../live-server/live-server.ts';
import type { StorageFixture } from './fixture.ts';
import { storageContract } from './storage-contract.ts';

const server = liveServer();

afterAll(async () => (await server).close());

/** A workspace of a real server, over a real socket. */
async function overASocket(): Promise<StorageFixture> {
  const home = await mkdtemp(join(tmpdir(), 'cloudsync-workspace-'));
  await mkdir(join(home, 'other'));
  await mkdir(join(home, 'scratch'));
  const { endpoint, apiKey, newWorkspace } = await server;
  const workspace = await newWorkspace();
  const open = (stateFolder?: string) =>
    openWorkspaceStorage({ endpoint, apiKey, workspace, device: { id: 'test', name: 'test' }, stateFolder, tellsOwnChanges: true });
  return {
    storage: await open(join(home, 'state')),
    other: new LocalFolder(join(home, 'other')),
    reopen: () => open(join(home, 'state')),
    scratch: join(home, 'scratch'),
    dispose: () => rm(home, { recursive: true, force: true }),
  };
}

storageContract('WorkspaceStorage', overASocket);
