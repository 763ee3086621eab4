import { type CreatedShare, createdShare, type newShare, type Share, share, type sharePatch } from '@cloudsync/protocol/rest/shares';
import type * as z from 'zod';
import { type List, type RestClient, restPath } from '../rest/rest-client.ts';
import type { FileRef, FilesResource } from './files.ts';

/** Limits of a share link. */
export type ShareOptions = Omit<z.input<typeof newShare>, 'fileId'>;

/** Links by which anybody who has one can see, or change, a file or folder. */
export class SharesResource {
  readonly #rest: RestClient;
  readonly #files: FilesResource;

  constructor(rest: RestClient, files: FilesResource) {
    this.#rest = rest;
    this.#files = files;
  }

  list(workspace: string): List<Share> {
    return this.#rest.list(restPath('workspaces', workspace, 'shares'), share);
  }

  /** The answer holds the link; it is shown this once. */
  async create(workspace: string, ref: FileRef, options: ShareOptions = {}): Promise<CreatedShare> {
    const fileId = await this.#files.idOf(workspace, ref);
    return this.#rest.get(restPath('workspaces', workspace, 'shares'), createdShare, { method: 'POST', body: { ...options, fileId } });
  }

  /** `null` takes a limit away. */
  update(workspace: string, shareId: string, patch: z.input<typeof sharePatch>): Promise<Share> {
    return this.#rest.get(restPath('workspaces', workspace, 'shares', shareId), share, { method: 'PATCH', body: patch });
  }

  delete(workspace: string, shareId: string): Promise<void> {
    return this.#rest.run(restPath('workspaces', workspace, 'shares', shareId), { method: 'DELETE' });
  }
}
