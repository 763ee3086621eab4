const BLOCKS = 0;
const STATE = 1;
const CHANGES = 2;

const RUNNING = 0;
const COMPLETE = 1;
const FAILED = 2;

/** How far one thread has got with writing a file, for another that follows it. */
export class WrittenSoFar {
  readonly shared: SharedArrayBuffer;
  readonly #facts: Int32Array;

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(12)) {
    this.shared = shared;
    this.#facts = new Int32Array(shared);
  }

  /** The writer: another full block is in the file. */
  addBlock(): void {
    Atomics.add(this.#facts, BLOCKS, 1);
    this.#tell();
  }

  /** The writer: nothing more comes. */
  end(isComplete: boolean): void {
    if (Atomics.compareExchange(this.#facts, STATE, RUNNING, isComplete ? COMPLETE : FAILED) === RUNNING) this.#tell();
  }

  /** The reader: waits until there are more blocks than these, or no more come. */
  waitBeyond(blocks: number): { readonly blocks: number; readonly isComplete: boolean; readonly hasFailed: boolean } {
    for (;;) {
      const changes = Atomics.load(this.#facts, CHANGES);
      const state = Atomics.load(this.#facts, STATE);
      const now = Atomics.load(this.#facts, BLOCKS);
      if (now > blocks || state !== RUNNING) return { blocks: now, isComplete: state === COMPLETE, hasFailed: state === FAILED };
      Atomics.wait(this.#facts, CHANGES, changes);
    }
  }

  #tell(): void {
    Atomics.add(this.#facts, CHANGES, 1);
    Atomics.notify(this.#facts, CHANGES);
  }
}
