import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Environment, realEnvironment, SyncError } from '@cloudsync/engine';
import { destination, type Level, type Logger, pino } from 'pino';
import { Access } from './access/access.ts';
import { moveRules } from './access/move-rules.ts';
import { createHttpApp, type RateLimits } from './http/http-app.ts';
import type { HttpContext } from './http/http-context.ts';
import { Metrics } from './http/metrics.ts';
import { Uploads } from './http/uploads.ts';
import { attachSocket } from './socket/attach-socket.ts';
import { Upkeep } from './upkeep.ts';
import { Webhooks } from './webhooks/webhooks.ts';
import { Workspaces } from './workspace/workspaces.ts';

export interface ServerOptions {
  /** Folder in which everything is kept; made when it is missing. One server at a time. */
  readonly data: string;
  /** Default: 127.0.0.1, which only this machine reaches. */
  readonly host?: string | undefined;
  /** Default: 0, a free one. */
  readonly port?: number | undefined;
  /** In PEM. */
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer } | undefined;
  /** What links to shares begin with, where that is not the address that it listens on. */
  readonly publicUrl?: string | undefined;
  /** Also webhooks to this machine and its network. Default: no. */
  readonly allowPrivateWebhooks?: boolean | undefined;
  /** Requests a minute. */
  readonly rateLimits?: Partial<RateLimits> | undefined;
  /** Whether clients come through a proxy that tells their address (`X-Forwarded-For`). Default: no. */
  readonly trustProxy?: boolean | undefined;
  /** Make another key for the first admin, whose own is lost. */
  readonly newOwnerKey?: boolean | undefined;
  /** To the standard error, as JSON lines. Default: `warn`. */
  readonly log?: Level | 'silent' | undefined;
}

export interface RunningServer {
  /** `http://127.0.0.1:8384` */
  readonly url: string;
  readonly port: number;
  /** Of the owner who was made because there was none (or because `newOwnerKey` asked for it). It is told this once. */
  readonly ownerKey: string | undefined;
  /** Lets everybody finish for a moment, then ends. What is committed is on the disk already. */
  close(): Promise<void>;
}

const VERSION = '0.1.0';
const DEFAULT_RATE_LIMITS: RateLimits = { perKey: 6000, perAddress: 600 };
/** So long requests that are under way may take when the server closes. */
const CLOSING_MS = 5_000;

/**
 * Starts a server on a data folder.
 * @throws SyncError `server/locked` (another server has the folder), `server/damaged`, `server/newer-version`, `server/address-in-use`, `storage/denied`,
 * `config/invalid` (host, TLS)
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const environment = realEnvironment;
  const log = pino({ level: options.log ?? 'warn' }, destination(2));
  const rulesMoved = new Set<string>();
  const workspaces = await Workspaces.open({
    data: options.data,
    onMoves: (workspace, moves) => {
      if (moveRules(workspaces.database, workspace, moves)) rulesMoved.add(workspace);
    },
    onError: (err) => log.error({ err }, 'a listener failed'),
  });
  const server = new Server({ options, environment, log, workspaces, rulesMoved });
  try {
    return await server.start();
  } catch (error) {
    await server.close();
    throw error;
  }
}

interface ServerParts {
  readonly options: ServerOptions;
  readonly environment: Environment;
  readonly log: Logger;
  readonly workspaces: Workspaces;
  /** Ids of workspaces in which path rules have just gone with what was moved. */
  readonly rulesMoved: Set<string>;
}

/** Puts the parts together, and takes them apart in the opposite order. */
class Server {
  readonly #parts: ServerParts;
  readonly #access: Access;
  /** What is to be done to close, last first. */
  readonly #closing: (() => Promise<void>)[] = [];
  #isReady = false;
  #url = '';

  constructor(parts: ServerParts) {
    this.#parts = parts;
    const { workspaces, environment, rulesMoved } = parts;
    this.#access = new Access({ database: workspaces.database.kysely, now: environment.now });
    this.#closing.push(() => workspaces.close());
    // Before anybody else is told of the commit: what they may see of it depends on it.
    workspaces.onCommitted(({ workspace: { id: workspace } }) => {
      if (rulesMoved.delete(workspace)) this.#access.changed({ type: 'rights', workspace });
    });
  }

  async start(): Promise<RunningServer> {
    const { newOwnerKey = false } = this.#parts.options;
    const context = await this.#context();
    // First what can fail: an owner's key that is made and never told is lost.
    await this.#listen(context);
    const owner = await this.#access.firstOwner({ another: newOwnerKey });
    await this.#access.adopt(this.#parts.workspaces.list().map(({ id }) => id));
    this.#isReady = true;
    const { port } = new URL(this.#url);
    return { url: this.#url, port: Number(port), ownerKey: owner?.key, close: () => this.close() };
  }

  async close(): Promise<void> {
    this.#isReady = false;
    for (let step = this.#closing.pop(); step !== undefined; step = this.#closing.pop()) await step();
  }

  async #context(): Promise<HttpContext> {
    const { options, environment, log, workspaces } = this.#parts;
    const { now } = environment;
    const database = workspaces.database.kysely;
    const metrics = new Metrics();
    const onProblem = (err: unknown): void => log.error({ err }, 'background work failed');
    const uploads = new Uploads({ database, folder: join(options.data, 'uploads'), now, randomBytes });
    const webhooks = new Webhooks({
      ...{ database, workspaces, environment, randomBytes, onProblem },
      allowPrivate: options.allowPrivateWebhooks ?? false,
      onAttempt: (_delivery, outcome) => metrics.webhookAttempted('status' in outcome && outcome.status >= 200 && outcome.status < 300),
    });
    workspaces.onCommitted(({ rows }) => metrics.rowsCommitted(rows.length));
    const upkeep = new Upkeep({
      environment,
      onProblem,
      tasks: [() => workspaces.maintain(), () => uploads.clean(), () => webhooks.deliveries.clean()],
    });
    upkeep.start();
    this.#closing.push(() => upkeep.stop());
    this.#closing.push(() => webhooks.close());
    await webhooks.start();
    const publicUrl = (): string => (options.publicUrl ?? this.#url).replace(/\/+$/, '');
    return { workspaces, access: this.#access, webhooks, uploads, metrics, now, publicUrl, isReady: () => this.#isReady };
  }

  async #listen(context: HttpContext): Promise<void> {
    const { options, environment, log, workspaces } = this.#parts;
    const { host = '127.0.0.1', port = 0, tls } = options;
    const rateLimits = { ...DEFAULT_RATE_LIMITS, ...options.rateLimits };
    const app = await createHttpApp({ context, log, tls, rateLimits, version: VERSION, trustProxy: options.trustProxy ?? false }).catch(
      (error: unknown) => {
        throw toTlsError(error);
      },
    );
    this.#closing.push(async () => {
      const patience = setTimeout(() => app.server.closeAllConnections(), CLOSING_MS);
      await app.close();
      clearTimeout(patience);
    });
    const onDefect = (err: unknown): void => log.error({ err }, 'a connection failed');
    const sockets = attachSocket(app.server, { workspaces, access: this.#access, environment, onDefect });
    this.#closing.push(() => sockets.close());
    context.metrics.gauge('cloudsync_devices_connected', 'Devices connected now', () => sockets.connections);
    await app.listen({ host, port }).catch((error: unknown) => {
      throw toListenError(error, `${host}:${port}`);
    });
    this.#url = urlOf(app.server.address() as AddressInfo, tls !== undefined);
  }
}

function urlOf({ address, family, port }: AddressInfo, isTls: boolean): string {
  const isEverywhere = address === '0.0.0.0' || address === '::';
  const host = isEverywhere ? 'localhost' : family === 'IPv6' ? `[${address}]` : address;
  return `${isTls ? 'https' : 'http'}://${host}:${port}`;
}

function toTlsError(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!code.startsWith('ERR_OSSL') && !code.startsWith('ERR_TLS')) return error;
  const message = `the TLS certificate or its key cannot be used (${code}); both are PEM files, and belong together`;
  return new SyncError('config/invalid', message, { cause: error });
}

function toListenError(error: unknown, where: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE')
    return new SyncError('server/address-in-use', `another program listens on ${where}; choose another --port`, { cause: error });
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return new SyncError('config/invalid', `there is no address ${where} to listen on; choose another --host`, { cause: error });
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL')
    return new SyncError('storage/denied', `this machine lets nobody listen on ${where} (${code}); choose another --host or --port`, {
      cause: error,
    });
  return error;
}
