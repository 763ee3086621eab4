import type { Environment } from '@cloudsync/engine';

export interface UpkeepOptions {
  readonly environment: Environment;
  /** One after the other. */
  readonly tasks: readonly (() => Promise<unknown>)[];
  readonly onProblem: (error: unknown) => void;
}

const EVERY_MS = 3_600_000;

/** What has to be done now and then: at the start, and each hour from then on. */
export class Upkeep {
  readonly #options: UpkeepOptions;
  readonly #stopping = new AbortController();
  #loop: Promise<void> | undefined;

  constructor(options: UpkeepOptions) {
    this.#options = options;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { tasks, environment, onProblem } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      for (const task of tasks) if (!signal.aborted) await task().catch(onProblem);
      await environment.sleep(EVERY_MS, signal).catch(() => undefined);
    }
  }
}
