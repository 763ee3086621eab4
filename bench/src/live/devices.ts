import { randomFillSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { CloudSync, openWorkspaceStorage, type WorkspaceStorage } from '@cloudsync/sdk';
import type { LiveServer } from './live-server.ts';

const FILE_BYTES = 4096;
/** So many connect at once: each first says who it is and lists its workspace. */
const AT_ONCE = 50;

/** Connects devices, spread evenly over workspaces that are made for them. */
export async function connectDevices(
  server: LiveServer,
  { devices, workspaces }: { devices: number; workspaces: number },
): Promise<WorkspaceStorage[]> {
  const { endpoint, keyFile } = server;
  const apiKey = readFileSync(keyFile, 'utf8').trim();
  const client = new CloudSync({ endpoint, apiKey });
  for (let at = 0; at < workspaces; at++) await client.workspaces.create(nameOf(at));
  const connected: WorkspaceStorage[] = [];
  for (let first = 0; first < devices; first += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, devices - first) }, (_, at) => first + at);
    const open = (device: number): Promise<WorkspaceStorage> =>
      openWorkspaceStorage({
        endpoint,
        apiKey,
        workspace: nameOf(device % workspaces),
        device: { id: `bench-${device}`, name: `bench ${device}` },
      });
    connected.push(...(await Promise.all(some.map(open))));
  }
  return connected;
}

/** Lets every device write new files, one after the other. @returns files that were committed a second, by all together */
export async function commitFiles(devices: readonly WorkspaceStorage[], forMs: number): Promise<number> {
  const started = performance.now();
  let committed = 0;
  const write = async (storage: WorkspaceStorage, device: number): Promise<void> => {
    const content = randomFillSync(Buffer.alloc(FILE_BYTES));
    for (let file = 0; performance.now() - started < forMs; file++) {
      content.writeUInt32LE(file);
      const entry = { path: `${device}-${file}`, kind: 'file', size: FILE_BYTES, mtimeMs: Date.now() } as const;
      await storage.upload(entry, inOnePiece(content), { expected: undefined });
      committed++;
    }
  };
  await Promise.all(devices.map(write));
  return (committed * 1000) / (performance.now() - started);
}

export async function leave(devices: readonly WorkspaceStorage[]): Promise<void> {
  await Promise.all(devices.map((storage) => storage.close()));
}

function nameOf(workspace: number): string {
  return `bench-${workspace}`;
}

async function* inOnePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield Uint8Array.from(bytes);
}
