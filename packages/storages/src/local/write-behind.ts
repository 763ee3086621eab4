import { type FileHandle, open } from 'node:fs/promises';

const STEP_BYTES = 64 << 20;

/**
 * Has the disk write a growing file while it is still being written: the last flush then finds little to do. Only a head
 * start, so failures are left to that last flush.
 */
export class WriteBehind implements AsyncDisposable {
  readonly #path: string;
  #file: Promise<FileHandle | undefined> | undefined;
  #running: Promise<void> | undefined;
  #bytes = 0;

  constructor(path: string) {
    this.#path = path;
  }

  wrote(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < STEP_BYTES || this.#running !== undefined) return;
    this.#bytes = 0;
    this.#running = this.#sync().finally(() => {
      this.#running = undefined;
    });
  }

  async #sync(): Promise<void> {
    this.#file ??= open(this.#path, 'r').catch(() => undefined);
    await (await this.#file)?.datasync().catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running;
    await (await this.#file)?.close();
  }
}
