import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A real server in a process of its own: whoever crashes it is found out. */
export class Victim {
  readonly url: string;
  readonly ownerKey: string;
  readonly #child: ChildProcess;
  readonly #folder: string;
  exited: string | undefined;

  private constructor(child: ChildProcess, folder: string, { url, ownerKey }: { url: string; ownerKey: string }) {
    this.#child = child;
    this.#folder = folder;
    this.url = url;
    this.ownerKey = ownerKey;
    child.once('exit', (code, signal) => {
      this.exited = `code ${code}, signal ${signal}`;
    });
  }

  static async start(): Promise<Victim> {
    const folder = mkdtempSync(join(tmpdir(), 'cloudsync-victim-'));
    const child = fork(new URL('./server-process.ts', import.meta.url), [join(folder, 'data')], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const ready = await new Promise<{ url: string; ownerKey: string }>((resolve, reject) => {
      child.once('message', (message) => resolve(message as { url: string; ownerKey: string }));
      child.once('exit', (code) => reject(new Error(`the server ended with ${code} before it was ready`)));
    });
    return new Victim(child, folder, ready);
  }

  /** Resident memory of the server's process. */
  rssBytes(): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#child.once('message', (message) => resolve((message as { rssBytes: number }).rssBytes));
    this.#child.once('exit', () => reject(new Error('the server is gone')));
    this.#child.send('memory');
    return promise;
  }

  /** Asks over REST, as whoever has the key. */
  rest(path: string, init: RequestInit & { readonly key?: string } = {}): Promise<Response> {
    const { key = this.ownerKey, headers, ...rest } = init;
    return fetch(`${this.url}/v1${path}`, { ...rest, headers: { authorization: `Bearer ${key}`, ...headers } });
  }

  /** The `data` of an answer that must be a success. */
  async ask<T>(path: string, { method = 'GET', body, key }: { method?: string; body?: unknown; key?: string } = {}): Promise<T> {
    const response = await this.rest(path, {
      method,
      ...(key === undefined ? {} : { key }),
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text).data) as T;
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    if (this.exited === undefined) {
      this.#child.disconnect();
      await gone;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
