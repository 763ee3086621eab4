import { type Environment, SyncError } from '@cloudsync/engine';
import type { Access, AccessChange } from '../access/access.ts';
import type { Committed } from '../workspace/committed.ts';
import type { Workspaces } from '../workspace/workspaces.ts';
import { Announcement } from './announcement.ts';
import type { Device } from './device.ts';
import type { OpenWorkspace } from './open-workspace.ts';

export interface SocketHubOptions {
  readonly workspaces: Workspaces;
  readonly access: Access;
  readonly environment: Environment;
}

const BEAT_MS = 5_000;
/** So long a device has to say who it is. */
const HELLO_MAX_MS = 5_000;
/** Devices say something every 15 s; one that is silent for so long is gone. */
const SILENCE_MAX_MS = 45_000;

/** All devices that are connected, and what each of them follows: who has to be told of what. */
export class SocketHub {
  readonly #options: SocketHubOptions;
  readonly #devices = new Set<Device>();
  readonly #followers = new Map<string, Set<OpenWorkspace>>();
  readonly #stops: readonly (() => void)[];
  readonly #closing = new AbortController();

  constructor(options: SocketHubOptions) {
    this.#options = options;
    const { workspaces, access } = options;
    this.#stops = [
      workspaces.onCommitted((committed) => this.#announce(committed)),
      access.onChange((change) => void this.#accessChanged(change)),
    ];
    void this.#beat();
  }

  /** How many devices are connected. */
  get size(): number {
    return this.#devices.size;
  }

  add(device: Device): void {
    this.#devices.add(device);
  }

  remove(device: Device): void {
    this.#devices.delete(device);
  }

  /** Tells a device of all that happens in a workspace, as long as it is connected. */
  follow(open: OpenWorkspace): void {
    if (!this.#devices.has(open.device)) return;
    const { id } = open.workspace;
    const followers = this.#followers.get(id) ?? new Set();
    this.#followers.set(id, followers.add(open));
  }

  unfollow(open: OpenWorkspace): void {
    const { id } = open.workspace;
    const followers = this.#followers.get(id);
    followers?.delete(open);
    if (followers?.size === 0) this.#followers.delete(id);
  }

  /** Lets all devices go. */
  close(): void {
    this.#closing.abort();
    for (const stop of this.#stops) stop();
    for (const device of [...this.#devices]) device.close('the server stops');
  }

  #announce(committed: Committed): void {
    const followers = this.#followers.get(committed.workspace.id);
    if (followers === undefined) return;
    const announcement = new Announcement(committed);
    for (const open of followers) open.announce(announcement);
  }

  async #accessChanged(change: AccessChange): Promise<void> {
    if (change.type === 'user') return;
    if (change.type === 'revoked') {
      for (const device of [...this.#devices]) {
        const { userId, keyId } = device.peer?.principal ?? {};
        if (userId === change.userId && (change.keyId === undefined || keyId === change.keyId)) device.close('the key was revoked');
      }
      return;
    }
    const affected = [...(this.#followers.get(change.workspace) ?? [])].filter(
      ({ device }) => change.userId === undefined || device.peer?.principal.userId === change.userId,
    );
    await Promise.all(affected.map((open) => this.#reconsider(open)));
  }

  /** Rights are looked up once, when a workspace is opened: when they change, it is opened anew. */
  async #reconsider(open: OpenWorkspace): Promise<void> {
    const { device, workspace } = open;
    this.unfollow(open);
    open.isOpen = false;
    const principal = device.peer?.principal;
    if (principal === undefined) return;
    try {
      const { role, rights } = await this.#options.access.subjectIn(principal, workspace.id);
      device.push('access', { workspace: workspace.id, view: rights.view, role });
    } catch (error) {
      if (!SyncError.is(error)) throw error;
      device.push('closed', { workspace: workspace.id, code: error.code, message: error.message });
    }
  }

  async #beat(): Promise<void> {
    const { environment } = this.#options;
    const { signal } = this.#closing;
    for (;;) {
      await environment.sleep(BEAT_MS, signal).catch(() => undefined);
      if (signal.aborted) return;
      const nowMs = environment.now();
      for (const device of [...this.#devices]) {
        const why = whyNotAlive(device, nowMs);
        if (why !== undefined) device.close(why);
      }
    }
  }
}

function whyNotAlive({ peer, beganMs, heardMs }: Device, nowMs: number): string | undefined {
  if (peer === undefined) return nowMs - beganMs > HELLO_MAX_MS ? 'it did not say who it is' : undefined;
  if (nowMs - heardMs > SILENCE_MAX_MS) return 'nothing was heard';
  const { keyExpiresMs } = peer.principal;
  return keyExpiresMs !== null && keyExpiresMs <= nowMs ? 'the key has expired' : undefined;
}
