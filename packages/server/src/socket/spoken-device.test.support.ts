import { realEnvironment } from '@cloudsync/engine';
import { decodeFrame, decodeRow, encodeFrame, type Frame, type Row } from '@cloudsync/protocol';
import { Access } from '../access/access.ts';
import { Workspaces } from '../workspace/workspaces.ts';
import { ChannelEnd } from './channel-pair.test.support.ts';
import { DeviceSocket } from './device-socket.ts';
import { SocketHub } from './socket-hub.ts';

/** A server without HTTP: its core, and sockets over channels in memory. */
export class SocketServer {
  readonly workspaces: Workspaces;
  readonly access: Access;
  readonly hub: SocketHub;
  readonly ownerKey: string;
  /** Errors that are no SyncErrors: there may be none. */
  readonly defects: unknown[] = [];

  private constructor(workspaces: Workspaces, access: Access, ownerKey: string) {
    this.workspaces = workspaces;
    this.access = access;
    this.ownerKey = ownerKey;
    this.hub = new SocketHub({ workspaces, access, environment: realEnvironment });
  }

  static async start(): Promise<SocketServer> {
    const workspaces = await Workspaces.open({ data: ':memory:' });
    const access = new Access({ database: workspaces.database.kysely, now: Date.now });
    const owner = await access.firstOwner();
    if (owner === undefined) throw new TypeError('a new server has an owner');
    return new SocketServer(workspaces, access, owner.key);
  }

  /** A workspace of the owner. */
  async newWorkspace(name: string): Promise<string> {
    const workspace = await this.workspaces.create({ name });
    const owner = await this.access.users.firstAdmin();
    await this.access.members.addOwner(workspace.id, owner?.id ?? '');
    return workspace.id;
  }

  /** A member of a workspace with a role, and his key. */
  async newMember(
    workspace: string,
    role: 'viewer' | 'editor',
  ): Promise<{ readonly key: string; readonly keyId: string; readonly userId: string }> {
    const { id: userId } = await this.access.users.create({ name: role, serverRole: 'member' });
    await this.access.members.changeRole({ workspace, userId, to: role, actor: 'owner', add: true });
    const { key, id: keyId } = await this.access.keys.create({ userId, name: role });
    return { key, keyId, userId };
  }

  connect(key?: string): SpokenDevice {
    const [here, there] = ChannelEnd.pair();
    const { workspaces, access, hub } = this;
    const options = { workspaces, access, hub, environment: realEnvironment, address: '127.0.0.1', key };
    new DeviceSocket({ ...options, channel: there, onDefect: (error) => this.defects.push(error) });
    return new SpokenDevice(here, there);
  }

  async close(): Promise<void> {
    this.hub.close();
    await this.workspaces.close();
  }
}

type Answer = Extract<Frame, { type: 'result' | 'error' }>;

/** The other end of a socket: says frames as they are, and keeps what it hears. */
export class SpokenDevice {
  readonly channel: ChannelEnd;
  /** The server's end. */
  readonly server: ChannelEnd;
  readonly pushes: Extract<Frame, { type: 'push' }>[] = [];
  readonly #answers = new Map<number, PromiseWithResolvers<Answer>>();
  readonly #closed = Promise.withResolvers<string>();
  #heard = Promise.withResolvers<void>();
  #ids = 0;

  constructor(channel: ChannelEnd, server: ChannelEnd) {
    this.channel = channel;
    this.server = server;
    channel.onClose = (reason) => this.#closed.resolve(reason);
    channel.onFrame = (bytes) => this.#hear(decodeFrame(bytes));
  }

  /** Why the server ended it. */
  get closed(): Promise<string> {
    return this.#closed.promise;
  }

  /** What was answered: a result, or `code` and `message` of an error. */
  async ask(method: string, params: unknown): Promise<Record<string, unknown>> {
    const id = ++this.#ids;
    const answer = Promise.withResolvers<Answer>();
    this.#answers.set(id, answer);
    this.channel.send(encodeFrame({ type: 'request', id, method, params }));
    const frame = await answer.promise;
    return frame.type === 'result' ? (frame.result as Record<string, unknown>) : { code: frame.code, message: frame.message };
  }

  async hello(key?: string): Promise<this> {
    const device = { id: 'device', name: 'device' };
    await this.ask('hello', { protocols: [1], device, ...(key === undefined ? {} : { key }) });
    return this;
  }

  /** Opens a workspace and reads all there is, so that everything new is pushed. */
  async follow(workspace: string): Promise<this> {
    const { cursor } = await this.ask('open', { workspace });
    await this.ask('changes', { workspace, cursor, limit: 1_000 });
    return this;
  }

  /** Resolves when so many pushes of that name have come. */
  async pushed(name: string, count = 1): Promise<Extract<Frame, { type: 'push' }>[]> {
    for (;;) {
      const found = this.pushes.filter((push) => push.name === name);
      if (found.length >= count) return found;
      await this.#heard.promise;
    }
  }

  rows(): Row[] {
    return this.pushes.filter(({ name }) => name === 'rows').flatMap(({ push }) => (push as { rows: unknown[] }).rows.map(decodeRow));
  }

  #hear(frame: Frame): void {
    if (frame.type === 'push') this.pushes.push(frame);
    if (frame.type === 'result' || frame.type === 'error') this.#answers.get(frame.id)?.resolve(frame);
    this.#heard.resolve();
    this.#heard = Promise.withResolvers();
  }
}

/** A commit that makes folders. */
export function makeFolders(workspace: string, ...paths: string[]): Record<string, unknown> {
  const changes = paths.map((path) => ({ path, base: 0, put: { kind: 'folder', size: 0, mtimeMs: 0, chunks: 0 } }));
  return { workspace, requestId: paths.join(), atomic: false, changes, inline: [] };
}
