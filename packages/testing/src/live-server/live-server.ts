import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from '@cloudsync/server';

/** A server that listens on this machine, and the key of its owner. */
export interface LiveServer {
  readonly endpoint: string;
  readonly apiKey: string;
  /** Where its data is. */
  readonly data: string;
  /** @returns the name of a new, empty workspace */
  newWorkspace(): Promise<string>;
  /** Stops it. */
  close(): Promise<void>;
}

/** @param options `keepsData`: closing it leaves its data where it is */
export async function liveServer({ keepsData = false }: { readonly keepsData?: boolean } = {}): Promise<LiveServer> {
  const data = await mkdtemp(join(tmpdir(), 'cloudsync-server-'));
  const server = await startServer({ data, log: 'error' });
  const { url: endpoint, ownerKey: apiKey } = server;
  if (apiKey === undefined) throw new TypeError('a new server has an owner');
  let made = 0;
  return {
    ...{ endpoint, apiKey, data },
    async newWorkspace() {
      const name = `workspace ${++made}`;
      await makeWorkspace({ endpoint, apiKey }, name);
      return name;
    },
    async close() {
      await server.close();
      if (!keepsData) await rm(data, { recursive: true, force: true });
    },
  };
}

async function makeWorkspace({ endpoint, apiKey }: Pick<LiveServer, 'endpoint' | 'apiKey'>, name: string): Promise<void> {
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const { ok, status } = await fetch(`${endpoint}/v1/workspaces`, { method: 'POST', headers, body: JSON.stringify({ name }) });
  if (!ok) throw new Error(`no workspace could be made: ${status}`);
}
