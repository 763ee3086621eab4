/** Those who want to be told of something, for as long as they are there. */
export class Listeners<T> {
  readonly #listeners = new Set<(value: T) => void>();

  get isEmpty(): boolean {
    return this.#listeners.size === 0;
  }

  tell(value: T): void {
    for (const listener of this.#listeners) listener(value);
  }

  /** Tells a listener until the signal fires, and resolves then. */
  async during(gone: AbortSignal, listener: (value: T) => void): Promise<void> {
    if (gone.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#listeners.add(listener);
    gone.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    this.#listeners.delete(listener);
  }
}
