import { BLOCK_BYTES } from './read-fully.ts';

/** So far may reading run ahead of writing. */
const SLOTS = 8;
/** A block, and room to see that a file has grown; whole pages. */
const SLOT_BYTES = BLOCK_BYTES + 4096;

const CHANGES = 0;
const HAS_ENDED = 1;
const SOURCE = 2;
const TARGET = 3;
const FIRST_SLOT = 4;
/** Of each slot: what is in it, which block of the file, how many bytes. */
const SLOT_FACTS = 3;
const HEADER_BYTES = 4096;

const FREE = 0;
const READY = 1;
const TAKEN = 2;

/** Open files. Descriptors belong to the process, so that every thread can use them. */
export interface BlockFiles {
  readonly source: number;
  readonly target: number;
}

/** A block that waits to be written. */
export interface Block {
  readonly bytes: Uint8Array;
  /** In the file. */
  readonly position: number;
}

/**
 * Blocks of a file between reading and writing, in memory that threads share. Their owner reads one after the other into
 * a free slot; a helper in another thread takes them from there. Nobody depends on the helper: when it is late, fails or
 * never comes, the owner takes them itself.
 */
export class SharedBlocks {
  readonly shared: SharedArrayBuffer;
  readonly #facts: Int32Array;
  #added = 0;

  constructor(from: BlockFiles | SharedArrayBuffer) {
    this.shared = from instanceof SharedArrayBuffer ? from : new SharedArrayBuffer(HEADER_BYTES + SLOTS * SLOT_BYTES);
    this.#facts = new Int32Array(this.shared, 0, HEADER_BYTES / Int32Array.BYTES_PER_ELEMENT);
    if (from instanceof SharedArrayBuffer) return;
    this.#facts[SOURCE] = from.source;
    this.#facts[TARGET] = from.target;
  }

  get files(): BlockFiles {
    return { source: this.#facts[SOURCE] as number, target: this.#facts[TARGET] as number };
  }

  /** The owner: memory for the next block. What was in it before is written first, here if nobody else did. */
  free(write: (block: Block) => void): Uint8Array {
    const slot = this.#added % SLOTS;
    this.#settle(slot, write);
    return new Uint8Array(this.shared, HEADER_BYTES + slot * SLOT_BYTES, SLOT_BYTES);
  }

  /** The owner: the memory that it got last holds so many bytes of the file now. */
  add(bytes: number): void {
    const at = factsOf(this.#added % SLOTS);
    this.#facts[at + 1] = this.#added++;
    this.#facts[at + 2] = bytes;
    Atomics.store(this.#facts, at, READY);
    this.#tell();
  }

  /** The owner: returns when every block is written. */
  drain(write: (block: Block) => void): void {
    for (let slot = 0; slot < SLOTS; slot++) this.#settle(slot, write);
  }

  /** The owner: nothing more is to be done. Returns when nobody uses the files any more. */
  end(): void {
    Atomics.store(this.#facts, HAS_ENDED, 1);
    this.#tell();
    for (let slot = 0; slot < SLOTS; slot++) {
      const at = factsOf(slot);
      while (Atomics.compareExchange(this.#facts, at, READY, FREE) === TAKEN) Atomics.wait(this.#facts, at, TAKEN);
    }
  }

  /** The helper: does `write` with each block that is ready, until its owner has ended. A block that fails is left to the owner. */
  help(write: (block: Block) => void): void {
    for (;;) {
      const changes = Atomics.load(this.#facts, CHANGES);
      if (Atomics.load(this.#facts, HAS_ENDED) !== 0) return;
      const slot = this.#firstReady();
      if (slot === undefined) Atomics.wait(this.#facts, CHANGES, changes);
      else this.#tryWrite(slot, write);
    }
  }

  /** Of a helper whose thread is lost: the owner takes what it had taken. */
  giveBack(): void {
    for (let slot = 0; slot < SLOTS; slot++) {
      const at = factsOf(slot);
      if (Atomics.compareExchange(this.#facts, at, TAKEN, READY) === TAKEN) Atomics.notify(this.#facts, at);
    }
  }

  #firstReady(): number | undefined {
    let first: number | undefined;
    let lowest = Number.POSITIVE_INFINITY;
    for (let slot = 0; slot < SLOTS; slot++) {
      const block = this.#facts[factsOf(slot) + 1] as number;
      if (Atomics.load(this.#facts, factsOf(slot)) !== READY || block >= lowest) continue;
      [first, lowest] = [slot, block];
    }
    return first;
  }

  /** Returns when the slot is free. */
  #settle(slot: number, write: (block: Block) => void): void {
    const at = factsOf(slot);
    for (;;) {
      const state = Atomics.load(this.#facts, at);
      if (state === FREE) return;
      if (state === READY) this.#tryWrite(slot, write);
      else Atomics.wait(this.#facts, at, TAKEN);
    }
  }

  /** Does nothing when somebody else has taken the block. */
  #tryWrite(slot: number, write: (block: Block) => void): void {
    const at = factsOf(slot);
    if (Atomics.compareExchange(this.#facts, at, READY, TAKEN) !== READY) return;
    let state = READY;
    try {
      const block = this.#facts[at + 1] as number;
      const bytes = this.#facts[at + 2] as number;
      write({ bytes: new Uint8Array(this.shared, HEADER_BYTES + slot * SLOT_BYTES, bytes), position: block * BLOCK_BYTES });
      state = FREE;
    } finally {
      Atomics.store(this.#facts, at, state);
      Atomics.notify(this.#facts, at);
    }
  }

  #tell(): void {
    Atomics.add(this.#facts, CHANGES, 1);
    Atomics.notify(this.#facts, CHANGES);
  }
}

function factsOf(slot: number): number {
  return FIRST_SLOT + slot * SLOT_FACTS;
}
