import type { StateDirectory, StateFile } from './state-directory.ts';

/** The process died. */
export class Crash extends Error {}

/** How the process dies inside an operation: before it, after it, or in the middle of an append. */
export type Death = 'before' | 'after' | 'middle';

/** A state directory in memory whose process can die at any operation; `files` outlive it. */
export class Directory implements StateDirectory {
  readonly files: Map<string, string>;
  #left: number;
  readonly #death: Death;

  constructor(files = new Map<string, string>(), { dieAt = Number.POSITIVE_INFINITY, death = 'before' as Death } = {}) {
    this.files = files;
    this.#left = dieAt;
    this.#death = death;
  }

  read(name: string): AsyncIterable<string> | undefined {
    const text = this.files.get(name);
    return text === undefined ? undefined : inPieces(text);
  }

  async write(name: string, chunks: Iterable<string> | AsyncIterable<string>): Promise<void> {
    let text = '';
    for await (const chunk of chunks) text += chunk;
    this.#operation(() => this.files.set(name, text));
  }

  async append(name: string, text: string): Promise<void> {
    const before = this.files.get(name) ?? '';
    this.#operation((part) => this.files.set(name, before + text.slice(0, Math.ceil(text.length * part))));
  }

  async remove(name: string): Promise<void> {
    this.#operation(() => this.files.delete(name));
  }

  async setAside(name: string, reason: string): Promise<string> {
    const kept = `${name}.${reason}-1`;
    this.#operation(() => {
      this.files.set(kept, this.files.get(name) ?? '');
      this.files.delete(name);
    });
    return kept;
  }

  #operation(apply: (part: number) => void): void {
    const dies = this.#left-- <= 0;
    if (!dies || this.#death === 'after') apply(1);
    else if (this.#death === 'middle') apply(0.6);
    if (dies) throw new Crash();
  }
}

/** One that can read a part of a file. */
export class SearchableDirectory extends Directory {
  async open(name: string): Promise<StateFile | undefined> {
    const text = this.files.get(name);
    if (text === undefined) return undefined;
    const bytes = new TextEncoder().encode(text);
    return { size: bytes.length, read: async (offset, length) => bytes.slice(offset, offset + length), close: async () => undefined };
  }
}

/** One that tells when a file is another than before, and counts how often files are read. */
export class StampedDirectory extends SearchableDirectory {
  reads = 0;

  stamp(name: string): string | undefined {
    return this.files.get(name);
  }

  override read(name: string): AsyncIterable<string> | undefined {
    this.reads++;
    return super.read(name);
  }
}

async function* inPieces(text: string): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += 50) yield text.slice(at, at + 50);
}
