import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { EXIT, SyncError } from '@cloudsync/engine';
import type { RunningServer, ServerOptions } from '@cloudsync/server';
import { parseEndpoint } from '../account/credentials.ts';
import { writeSecretFile } from '../account/write-secret.ts';
import type { ServeFlags } from '../command-line/live/live-flags.ts';
import { deviceHome, surroundings } from '../device/state-home.ts';
import type { Terminal } from '../terminal/terminal.ts';

const PORT = 8787;

/** `cloudsync serve`: until a signal ends it. @returns the exit code */
export async function serveCommand(flags: ServeFlags, terminal: Terminal): Promise<number> {
  const { host = '127.0.0.1', allowPrivateWebhooks, trustProxy, newOwnerKey } = flags;
  const tls = tlsOf(flags);
  const data = flags.data === undefined ? join(deviceHome(surroundings()), 'server') : resolve(flags.data);
  const publicUrl = flags.publicUrl === undefined ? undefined : parseEndpoint(flags.publicUrl);
  const server = await start({ data, host, port: portOf(flags.port), tls, publicUrl, allowPrivateWebhooks, trustProxy, newOwnerKey });
  try {
    tellOwnerKey(server, flags.ownerKeyFile, terminal);
    if (!isLoopback(host) && tls === undefined)
      terminal.err('Everybody on the way can read what is synced: give --tls-cert and --tls-key, or put a TLS proxy in front');
    terminal.out(`CloudSync serves ${server.url}`);
    await signal();
  } finally {
    await server.close();
  }
  return EXIT.inSync;
}

/** @throws SyncError what the server says; `config/invalid` for what the system says of its address, folder or certificate */
async function start(options: ServerOptions): Promise<RunningServer> {
  const { startServer } = await import('@cloudsync/server');
  try {
    return await startServer(options);
  } catch (error) {
    const isOfSystem = error instanceof Error && 'code' in error && typeof error.code === 'string';
    if (SyncError.is(error) || !isOfSystem) throw error;
    throw new SyncError('config/invalid', `the server cannot start: ${error.message}; check --host, --data, --tls-cert and --tls-key`, {
      cause: error,
    });
  }
}

/** The owner's key is known when it is made only. */
function tellOwnerKey(
  { url, ownerKey }: { url: string; ownerKey?: string | undefined },
  file: string | undefined,
  terminal: Terminal,
): void {
  if (ownerKey === undefined) return;
  if (file === undefined) {
    terminal.out(`The owner's API key, shown this once: ${ownerKey}`);
    terminal.out(`Log in with it: cloudsync login --endpoint ${url}`);
    return;
  }
  writeSecretFile(file, ownerKey, 'start again with another file and --new-owner-key');
  terminal.out(`The owner's API key is in ${file}`);
}

function portOf(text: string | undefined): number {
  if (text === undefined) return PORT;
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new SyncError('config/invalid', `--port needs a number from 0 (any free port) to 65535, not ${JSON.stringify(text)}`);
  return port;
}

function tlsOf({ tlsCert, tlsKey }: ServeFlags): { cert: Buffer; key: Buffer } | undefined {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined)
    throw new SyncError('config/invalid', '--tls-cert and --tls-key go together; give both');
  return { cert: readPem(tlsCert), key: readPem(tlsKey) };
}

function readPem(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new SyncError('config/invalid', `${file} cannot be read (${(error as NodeJS.ErrnoException).code}); check its path`, {
      cause: error,
    });
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** The first signal lets the server end what it does, the second ends the process. */
async function signal(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let count = 0;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (count++ > 0) process.exit(EXIT.cancelled);
      resolve();
    });
  }
  await promise;
}
