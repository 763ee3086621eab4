import type { VirtualTime } from '../virtual-time.ts';

export interface ProcessOptions {
  /** Passes a little virtual time at each step so that concurrent operations interleave; undefined: steps take none. */
  readonly time?: VirtualTime;
  /** How long a step takes in ms. */
  readonly stepMs?: () => number;
  /** The step at which the process dies; undefined: it lives. */
  readonly diesAtStep?: number | undefined;
  /** Told about each step before it is taken; may throw nothing and must not wait. */
  readonly onStep?: (step: number, label: string) => void;
}

/**
 * The process that an engine runs in. Everything it does to the outside world goes through {@link step}, and a process that
 * died never gets past one: its calls do not fail, they just never return, as for a program that was killed.
 */
export class Process {
  readonly #options: ProcessOptions;
  readonly #death = Promise.withResolvers<void>();
  steps = 0;
  dead = false;

  constructor(options: ProcessOptions = {}) {
    this.#options = options;
  }

  /** Resolves when the process dies. */
  get death(): Promise<void> {
    return this.#death.promise;
  }

  /** One moment between two things that the outside world can see. */
  async step(label: string): Promise<void> {
    const { time, stepMs, diesAtStep, onStep } = this.#options;
    if (time !== undefined) await time.pass(stepMs?.() ?? 0);
    if (this.dead) return new Promise(() => undefined);
    const step = ++this.steps;
    onStep?.(step, label);
    if (step === diesAtStep) {
      this.kill();
      return new Promise(() => undefined);
    }
  }

  /** Ends it here and now, whatever it was doing. */
  kill(): void {
    this.dead = true;
    this.#death.resolve();
  }

  /** Waits, unless the process dies first. */
  async pause(ms: number): Promise<void> {
    await this.#options.time?.pass(ms);
    if (this.dead) return new Promise(() => undefined);
  }
}
