import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CreatedUser } from '@cloudsync/protocol/rest/users';
import type { WorkspaceResource } from '@cloudsync/protocol/rest/workspaces';
// biome-ignore lint/correctness/noUndeclaredDependencies: like every test, it takes vitest from the root
import { onTestFinished, vi } from 'vitest';
import { type RunningServer, type ServerOptions, startServer } from './serve.ts';

/** Real servers write to a real disk, which others may use as well. */
vi.setConfig({ testTimeout: 60_000 });

/** What came back: the status, the headers, and the body as far as it is JSON. */
export interface Answer<Data> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly data: Data;
  readonly pagination: { readonly cursor: string | null; readonly hasMore: boolean };
  readonly error: { readonly code: string; readonly message: string; readonly details?: Record<string, unknown> };
}

export interface RequestOptions {
  /** An object is sent as JSON, bytes and text as they are. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Somebody with a key (or without one), as seen from outside: everything goes through fetch. */
export class TestClient {
  readonly url: string;
  readonly key: string | undefined;

  constructor(url: string, key: string | undefined) {
    this.url = url;
    this.key = key;
  }

  async send<Data>(method: string, path: string, { body, headers = {} }: RequestOptions = {}): Promise<Answer<Data>> {
    const isPlain = body === undefined || typeof body === 'string' || body instanceof Uint8Array;
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(this.key !== undefined && { authorization: `Bearer ${this.key}` }),
        ...(!isPlain && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: isPlain ? (body as string | Uint8Array<ArrayBuffer>) : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.includes('json') === true && text !== '';
    const parsed = isJson ? (JSON.parse(text) as Omit<Answer<Data>, 'status' | 'headers' | 'text'>) : {};
    return { status: answer.status, headers: answer.headers, text, ...parsed } as Answer<Data>;
  }

  get<Data>(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer<Data>> {
    return this.send('GET', path, { headers });
  }

  post<Data>(path: string, body?: unknown): Promise<Answer<Data>> {
    return this.send('POST', path, { body });
  }

  patch<Data>(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer<Data>> {
    return this.send('PATCH', path, { body, headers });
  }

  put<Data>(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer<Data>> {
    return this.send('PUT', path, { body, headers });
  }

  delete<Data>(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer<Data>> {
    return this.send('DELETE', path, { headers });
  }
}

export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cloudsync-server-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface TestServer {
  readonly server: RunningServer;
  readonly data: string;
  /** An admin of the server. */
  readonly owner: TestClient;
  /** Without a key. */
  readonly stranger: TestClient;
  as(key: string | undefined): TestClient;
  /** Another user with a key of his own. */
  user(name: string): Promise<{ readonly id: string; readonly client: TestClient }>;
}

/** A real server on a free port of this machine, for one test. */
export async function runServer(options: Partial<ServerOptions> = {}): Promise<TestServer> {
  const data = options.data ?? freshFolder();
  const server = await startServer({ data, log: 'silent', ...options });
  onTestFinished(() => server.close());
  const as = (key: string | undefined): TestClient => new TestClient(server.url, key);
  const owner = as(server.ownerKey);
  return {
    server,
    data,
    owner,
    stranger: as(undefined),
    as,
    async user(name) {
      const { data: made } = await owner.post<CreatedUser>('/v1/users', { name });
      return { id: made.id, client: as(made.apiKey.key) };
    },
  };
}

/** A workspace of the owner's with one member of each role. */
export async function runWorkspace(options: Partial<ServerOptions> = {}) {
  const running = await runServer(options);
  const { data: workspace } = await running.owner.post<WorkspaceResource>('/v1/workspaces', { name: 'Project' });
  const base = `/v1/workspaces/${workspace.id}`;
  const member = async (role: string) => {
    const { id, client } = await running.user(role);
    await running.owner.post(`${base}/members`, { userId: id, role });
    return { id, client };
  };
  const [viewer, editor, admin] = await Promise.all([member('viewer'), member('editor'), member('admin')]);
  return { ...running, workspace, base, viewer, editor, admin };
}
