import { type FileResource, file, type TrashedFile, trashedFile } from '@cloudsync/protocol/rest/files';
import { type List, type RestClient, restPath } from '../rest/rest-client.ts';

/** A file, folder or symlink: its path, or what the server told of it. */
export type FileRef = string | { readonly id: string };

export interface ReadOptions {
  /** First byte. Default: 0. */
  readonly offset?: number | undefined;
  /** How many bytes. Default: all that follow. */
  readonly length?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface WriteOptions {
  /** Milliseconds since 1970. Default: now. */
  readonly mtimeMs?: number | undefined;
  readonly mode?: number | undefined;
  /** The version that is replaced; 0: nothing may be there. Default: whatever is there. @throws SyncError `server/precondition-failed` */
  readonly base?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What can be written. */
export type Content = string | Uint8Array | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** Files of a workspace, over REST. For whole folders use {@link CloudSync.sync}. */
export class FilesResource {
  readonly #rest: RestClient;

  constructor(rest: RestClient) {
    this.#rest = rest;
  }

  /** What a folder holds, in the order of names. */
  list(workspace: string, folder = ''): List<FileResource> {
    return this.#rest.list(restPath('workspaces', workspace, 'files'), file, { path: folder });
  }

  /** @throws SyncError `server/not-found` */
  stat(workspace: string, ref: FileRef): Promise<FileResource> {
    if (typeof ref !== 'string') return this.#rest.get(this.#path(workspace, ref.id), file);
    return this.#rest.get(`${restPath('workspaces', workspace, 'files')}/lookup`, file, { query: { path: ref } });
  }

  /** The content as a stream. @throws SyncError `server/not-found`, `server/range-not-satisfiable` */
  async read(workspace: string, ref: FileRef, { offset = 0, length, signal }: ReadOptions = {}): Promise<ReadableStream<Uint8Array>> {
    const id = await this.idOf(workspace, ref);
    const isPart = offset > 0 || length !== undefined;
    const range = `bytes=${offset}-${length === undefined ? '' : offset + length - 1}`;
    const response = await this.#rest.send(`${this.#path(workspace, id)}/content`, { headers: isPart ? { range } : {}, signal });
    return response.body ?? new Blob([]).stream();
  }

  /** All of the content as text. */
  async readText(workspace: string, ref: FileRef): Promise<string> {
    return new Response(await this.read(workspace, ref)).text();
  }

  /** Makes or replaces a file; missing folders are made. @throws SyncError `server/precondition-failed`, `server/quota-exceeded` */
  async write(workspace: string, path: string, content: Content, options: WriteOptions = {}): Promise<FileResource> {
    const { mtimeMs = Date.now(), mode, base, signal } = options;
    const headers: Record<string, string> = base === undefined ? {} : base === 0 ? { 'if-none-match': '*' } : { 'if-match': `"${base}"` };
    const request = { method: 'PUT', query: { path, mtimeMs, mode }, bytes: bytesOf(content), headers, signal } as const;
    return this.#rest.get(restPath('workspaces', workspace, 'files'), file, request);
  }

  makeFolder(workspace: string, path: string): Promise<FileResource> {
    return this.#rest.get(restPath('workspaces', workspace, 'files'), file, { method: 'POST', body: { kind: 'folder', path } });
  }

  /** Renames or moves a file, or a folder with everything in it. */
  async move(workspace: string, ref: FileRef, to: string): Promise<FileResource> {
    const id = await this.idOf(workspace, ref);
    return this.#rest.get(this.#path(workspace, id), file, { method: 'PATCH', body: { path: to } });
  }

  /** Puts it into the trash. @param options `recursive`: a folder with everything in it */
  async delete(workspace: string, ref: FileRef, { recursive = false }: { readonly recursive?: boolean } = {}): Promise<void> {
    const id = await this.idOf(workspace, ref);
    await this.#rest.run(this.#path(workspace, id), { method: 'DELETE', query: { recursive } });
  }

  /** What was deleted and is still kept, the last first. */
  trash(workspace: string): List<TrashedFile> {
    return this.#rest.list(restPath('workspaces', workspace, 'trash'), trashedFile);
  }

  /** Brings a deleted file back. @param to where to; default: where it was */
  undelete(workspace: string, { id }: { readonly id: string }, to?: string): Promise<FileResource> {
    const body = to === undefined ? {} : { path: to };
    return this.#rest.get(restPath('workspaces', workspace, 'trash', id, 'restore'), file, { method: 'POST', body });
  }

  /** Forgets a deleted file with all its versions. */
  purge(workspace: string, { id }: { readonly id: string }): Promise<void> {
    return this.#rest.run(restPath('workspaces', workspace, 'trash', id), { method: 'DELETE' });
  }

  /** @throws SyncError `server/not-found` */
  async idOf(workspace: string, ref: FileRef): Promise<string> {
    return typeof ref === 'string' ? (await this.stat(workspace, ref)).id : ref.id;
  }

  #path(workspace: string, id: string): string {
    return restPath('workspaces', workspace, 'files', id);
  }
}

function bytesOf(content: Content): Uint8Array | ReadableStream<Uint8Array> {
  if (typeof content === 'string') return new TextEncoder().encode(content);
  if (content instanceof Uint8Array || content instanceof ReadableStream) return content;
  if (content instanceof Blob) return content.stream();
  const pieces = content[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = await pieces.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await pieces.return?.();
    },
  });
}
