import { type FileResource, type FileVersion, file, fileVersion } from '@cloudsync/protocol/rest/files';
import { type List, type RestClient, restPath } from '../rest/rest-client.ts';
import type { FileRef, FilesResource } from './files.ts';

/** Versions of files, as long as a workspace keeps them. */
export class VersionsResource {
  readonly #rest: RestClient;
  readonly #files: FilesResource;

  constructor(rest: RestClient, files: FilesResource) {
    this.#rest = rest;
    this.#files = files;
  }

  /** Newest first. @throws SyncError `server/not-found` */
  async list(workspace: string, ref: FileRef): Promise<List<FileVersion>> {
    const id = await this.#files.idOf(workspace, ref);
    return this.#rest.list(restPath('workspaces', workspace, 'files', id, 'versions'), fileVersion);
  }

  /** The content of a version. */
  async read(workspace: string, { fileId, version }: Pick<FileVersion, 'fileId' | 'version'>): Promise<ReadableStream<Uint8Array>> {
    const path = restPath('workspaces', workspace, 'files', fileId, 'versions', version, 'content');
    return (await this.#rest.send(path, {})).body ?? new Blob([]).stream();
  }

  /** Makes a version the newest again. @param to elsewhere than the file is now */
  restore(workspace: string, { fileId, version }: Pick<FileVersion, 'fileId' | 'version'>, to?: string): Promise<FileResource> {
    const path = restPath('workspaces', workspace, 'files', fileId, 'versions', version, 'restore');
    return this.#rest.get(path, file, { method: 'POST', body: to === undefined ? {} : { path: to } });
  }
}
