import { SyncError } from '@cloudsync/engine';
import { dataOf, errorBody, pageOf } from '@cloudsync/protocol/rest/envelope';
import type * as z from 'zod';
import { errorOfWire, unreachable } from '../live/wire-error.ts';

export interface RestOptions {
  /** `https://host[:port]` */
  readonly endpoint: string;
  readonly apiKey: string;
  /** The platform's own when left out. */
  readonly fetch?: typeof fetch | undefined;
}

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface RestRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly query?: Query;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is. */
  readonly bytes?: string | Uint8Array | Blob | ReadableStream<Uint8Array> | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** Where a page begins and how long it may be. */
export interface PageRequest {
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

export interface ListPage<T> {
  readonly items: readonly T[];
  /** Where the next page begins; undefined after the last one. */
  readonly cursor: string | undefined;
}

/** A list of the server: `for await` reads all of it, page by page. */
export interface List<T> extends AsyncIterable<T> {
  page(request?: PageRequest): Promise<ListPage<T>>;
}

/**
 * Speaks the REST API below `/v1`: envelopes, errors, pages. Runs in browsers too.
 * Every method throws SyncErrors with the server's code, and `storage/unreachable` (retryable) when it does not answer.
 */
export class RestClient {
  readonly #base: string;
  readonly #apiKey: string;
  readonly #fetch: typeof fetch;

  constructor({ endpoint, apiKey, fetch = globalThis.fetch }: RestOptions) {
    this.#base = `${endpoint.replace(/\/+$/, '')}/v1`;
    this.#apiKey = apiKey;
    this.#fetch = fetch;
  }

  /** What the answer holds. */
  async get<T extends z.ZodType>(path: string, schema: T, request: RestRequest = {}): Promise<z.output<T>> {
    const answer = dataOf<z.ZodType>(schema).safeParse(await jsonOf(await this.send(path, request)));
    if (!answer.success) throw unreadable(path, answer.error);
    return answer.data.data as z.output<T>;
  }

  /** For answers that hold nothing. */
  async run(path: string, request: RestRequest): Promise<void> {
    await (await this.send(path, request)).body?.cancel();
  }

  list<T extends z.ZodType>(path: string, schema: T, query: Query = {}): List<z.output<T>> {
    const pages = pageOf<z.ZodType>(schema);
    const page = async (request: PageRequest = {}): Promise<ListPage<z.output<T>>> => {
      const answer = pages.safeParse(await jsonOf(await this.send(path, { query: { ...query, ...request } })));
      if (!answer.success) throw unreadable(path, answer.error);
      const { data, pagination } = answer.data;
      return { items: data as z.output<T>[], cursor: pagination.cursor ?? undefined };
    };
    return { page, [Symbol.asyncIterator]: () => everyItem(page) };
  }

  /** The answer itself, for contents. */
  async send(path: string, { method = 'GET', query = {}, body, bytes, headers = {}, signal }: RestRequest): Promise<Response> {
    const url = new URL(this.#base + path);
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value));
    const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    const init: RequestInit = {
      method,
      headers: { ...type, ...headers, authorization: `Bearer ${this.#apiKey}` },
      body: body === undefined ? ((bytes ?? null) as RequestInit['body'] & {}) : JSON.stringify(body),
      signal: signal ?? null,
    };
    // Node wants to be told that a stream is sent before the answer is read.
    if (bytes instanceof ReadableStream) Object.assign(init, { duplex: 'half' });
    const response = await this.#fetch.call(globalThis, url, init).catch((cause: unknown) => {
      if (signal?.aborted) throw new SyncError('sync/cancelled', 'cancelled', { cause });
      throw unreachable(reasonOf(cause), cause);
    });
    if (response.ok) return response;
    throw await errorOf(response);
  }
}

/** `/workspaces/<id>/files`, each part escaped. */
export function restPath(...parts: readonly (string | number)[]): string {
  return parts.map((part) => `/${encodeURIComponent(part)}`).join('');
}

async function* everyItem<T>(page: (request: PageRequest) => Promise<ListPage<T>>): AsyncGenerator<T> {
  let cursor: string | undefined;
  do {
    const found = await page({ cursor });
    yield* found.items;
    cursor = found.cursor;
  } while (cursor !== undefined);
}

async function errorOf(response: Response): Promise<SyncError> {
  const body = errorBody.safeParse(await jsonOf(response).catch(() => undefined));
  if (body.success) return errorOfWire(body.data.error);
  return unreachable(`it answered ${response.status} without saying why`);
}

async function jsonOf(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (cause) {
    throw unreachable('its answer is cut off, or no JSON', cause);
  }
}

function unreadable(path: string, cause: Error): SyncError {
  const message = `the server's answer to ${path} is of another version; bring server and client to one version`;
  return new SyncError('server/newer-version', message, { cause });
}

/** fetch hides why it failed one level down. */
function reasonOf(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  return inner instanceof Error ? inner.message : String(inner);
}
