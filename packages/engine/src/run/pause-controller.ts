/** Pauses, resumes and cancels a running cycle. Current operations end; none starts. A cancelled one cannot resume. */
export class SyncPauseController {
  #gate: PromiseWithResolvers<void> | undefined;
  readonly #abort = new AbortController();

  pause(): void {
    if (!this.cancelled) this.#gate ??= Promise.withResolvers<void>();
  }

  resume(): void {
    this.#gate?.resolve();
    this.#gate = undefined;
  }

  cancel(): void {
    this.#abort.abort();
    this.resume();
  }

  get paused(): boolean {
    return this.#gate !== undefined;
  }

  get cancelled(): boolean {
    return this.#abort.signal.aborted;
  }

  /** Fires on cancel. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Resolves at once while running, on resume while paused. */
  async whenRunning(): Promise<void> {
    while (this.#gate !== undefined) await this.#gate.promise;
  }
}
