import { bytesOf, sha256 } from '../content.ts';

/** What users wrote, and what they meant to be gone. */
export class ContentLedger {
  readonly written = new Set<string>();
  /** Deleted or overwritten by a user who saw it. */
  readonly superseded = new Set<string>();
  /** Moved or touched by a user, who therefore may keep what another one deletes meanwhile. */
  readonly touched = new Set<string>();
  /** Folders that were moved: they carry along what others put into them meanwhile. */
  readonly movedTo = new Set<string>();
  readonly #byHash = new Map<string, string>();
  /** What each edit was made of. */
  readonly #madeOf = new Map<string, string>();
  #count = 0;

  fresh(by: string): string {
    return `content ${++this.#count} by the ${by}\n`;
  }

  write(content: string, old: string | undefined): void {
    this.written.add(content);
    this.#byHash.set(sha256(bytesOf(content)), content);
    if (old !== undefined) this.#madeOf.set(content, old);
  }

  /** A version that won a conflict knows more than its user: who deletes what he saw of it does not delete that. */
  contested(hash: string | undefined): void {
    const content = hash === undefined ? undefined : this.#byHash.get(hash);
    if (content !== undefined) this.touched.add(content);
  }

  /** Whether somebody moved or touched a file that held this, or that this was made of: an edit follows a file that was moved meanwhile. */
  wasTouched(content: string): boolean {
    for (let at: string | undefined = content; at !== undefined; at = this.#madeOf.get(at)) if (this.touched.has(at)) return true;
    return false;
  }
}
