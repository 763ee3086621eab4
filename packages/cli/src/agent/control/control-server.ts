import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { SyncError } from '@cloudsync/engine';
import { asError } from '../../command-line/failure.ts';
import { linesOf, parseJson, writeLine } from './lines.ts';
import { type AgentRequest, requestSchema } from './messages.ts';
import { makeSocketFolder } from './socket-path.ts';

/** What one request does. `tell` sends an event; `gone` fires when nobody waits for the answer any more. */
export type Answering = (request: AgentRequest, tell: (event: unknown) => void, gone: AbortSignal) => Promise<unknown>;

/**
 * The agent's end of the control socket. Only the user can open it: the socket is made with mode 0600, and the first thing that is
 * said on it is checked like everything that comes from outside.
 */
export class ControlServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #path: string;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, path: string) {
    this.#server = server;
    this.#path = path;
  }

  /** The caller holds the agent's lock: what is left of a socket at the path belongs to an agent that died. @throws SyncError `agent/failed` */
  static async listen(path: string, answer: Answering): Promise<ControlServer> {
    makeSocketFolder(path);
    rmSync(path, { force: true });
    const server = createServer();
    const control = new ControlServer(server, path);
    server.on('connection', (socket) => control.#serve(socket, answer));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once('listening', resolve).once('error', reject);
    // The socket appears with the mode it keeps.
    const umask = process.umask(0o177);
    try {
      server.listen(path);
    } finally {
      process.umask(umask);
    }
    try {
      await promise;
      if (process.platform !== 'win32') chmodSync(path, 0o600);
    } catch (error) {
      throw new SyncError(
        'agent/failed',
        `the socket ${path} cannot be made (${(error as NodeJS.ErrnoException).code}); set CLOUDSYNC_HOME`,
        {
          cause: error,
        },
      );
    }
    return control;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    for (const socket of this.#sockets) socket.destroySoon();
    await promise;
    rmSync(this.#path, { force: true });
  }

  #serve(socket: Socket, answer: Answering): void {
    const gone = new AbortController();
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#sockets.delete(socket);
      gone.abort();
    });
    void this.#read(socket, answer, gone.signal).catch(() => socket.destroy());
  }

  async #read(socket: Socket, answer: Answering, gone: AbortSignal): Promise<void> {
    for await (const line of linesOf(socket)) {
      const request = requestSchema.safeParse(parseJson(line));
      if (request.success) void respond(socket, request.data, { answer, gone });
      else
        writeLine(socket, {
          id: 0,
          error: { code: 'config/invalid', message: 'this is no request; cloudsync and its agent differ in version' },
        });
    }
  }
}

interface Responding {
  readonly answer: Answering;
  readonly gone: AbortSignal;
}

async function respond(socket: Socket, request: AgentRequest, { answer, gone }: Responding): Promise<void> {
  const { id } = request;
  try {
    const result = await answer(request, (event) => writeLine(socket, { id, event }), gone);
    writeLine(socket, { id, result: result ?? null });
  } catch (thrown) {
    const error = asError(thrown);
    writeLine(socket, { id, error: { code: SyncError.is(error) ? error.code : 'internal', message: error.message } });
  }
}
