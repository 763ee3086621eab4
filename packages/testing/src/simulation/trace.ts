import { bytesOf, sha256 } from '../content.ts';

/** Everything that happened in a round, in order: to be read after a failure, and hashed to prove that a seed repeats itself. */
export class Trace {
  readonly lines: string[] = [];

  add(line: string): void {
    this.lines.push(line);
  }

  /** 16 hex digits that two runs share only if they did the same things in the same order. */
  get digest(): string {
    return sha256(bytesOf(this.lines.join('\n'))).slice(0, 16);
  }
}
