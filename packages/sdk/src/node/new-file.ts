import { createHash, hash as hashOf } from 'node:crypto';
import { closeSync, fchmodSync, futimesSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { type FetchJob, type FetchResult, SyncError } from '@cloudsync/engine';
import type { MirrorNode } from '../mirror/mirror.ts';

const OWNER_ONLY = 0o600;

/** A file that is being written, and hashed on the way. */
export class NewFile {
  readonly #job: FetchJob;
  readonly #node: MirrorNode;
  readonly #descriptor: number;
  #whole: ReturnType<typeof createHash> | undefined;
  #hash: string | undefined;
  #size = 0;
  #isOpen = true;

  /** @throws an error of the system when there is something already, or nothing can be made */
  constructor(job: FetchJob, node: MirrorNode) {
    this.#job = job;
    this.#node = node;
    this.#descriptor = openSync(job.target, 'wx', OWNER_ONLY);
  }

  /** @throws an error of the system */
  write(bytes: Uint8Array): void {
    this.#size += bytes.length;
    // A file in one piece is hashed in one call, which is faster.
    if (this.#whole === undefined && this.#size === this.#node.size) this.#hash = hashOf('sha256', bytes, 'hex');
    else {
      this.#whole ??= createHash('sha256');
      this.#whole.update(bytes);
    }
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#descriptor, bytes, at);
  }

  /** @throws SyncError `storage/corrupt-transfer` when this is not the content that the row tells of */
  end(): FetchResult {
    const { name, hash, size } = this.#node;
    const own = this.#hash ?? (this.#whole ?? createHash('sha256')).digest('hex');
    if (own !== hash || this.#size !== size) {
      const message = `${JSON.stringify(name)} arrived damaged from the server; nothing was replaced, try again`;
      throw new SyncError('storage/corrupt-transfer', message, { retryable: true });
    }
    const { attributes } = this.#job;
    if (attributes !== undefined) {
      if (attributes.mode !== undefined) fchmodSync(this.#descriptor, attributes.mode);
      // As text: of a number below zero Node makes the present.
      const seconds = String(attributes.mtimeMs / 1000);
      futimesSync(this.#descriptor, seconds, seconds);
    }
    this.#close();
    return { hash: own, hasAttributes: attributes !== undefined };
  }

  /** Nothing is left of it. */
  drop(): void {
    this.#close();
    unlinkSync(this.#job.target);
  }

  #close(): void {
    if (this.#isOpen) closeSync(this.#descriptor);
    this.#isOpen = false;
  }
}
