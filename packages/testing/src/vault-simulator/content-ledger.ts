/** What users wrote, and what they meant to be gone. */
export class ContentLedger {
  readonly written = new Set<string>();
  /** Deleted or overwritten by a user who saw it. */
  readonly superseded = new Set<string>();
  /** Moved or touched by a user, who therefore may keep what another one deletes meanwhile. */
  readonly touched = new Set<string>();
  /** What each edit was made of. */
  readonly #madeOf = new Map<string, string>();
  #count = 0;

  fresh(by: string): string {
    return `content ${++this.#count} by the ${by}\n`;
  }

  write(content: string, old: string | undefined): void {
    this.written.add(content);
    if (old !== undefined) this.#madeOf.set(content, old);
  }

  /** Whether somebody moved or touched a file that held this, or that this was made of: an edit follows a file that was moved meanwhile. */
  wasTouched(content: string): boolean {
    for (let at: string | undefined = content; at !== undefined; at = this.#madeOf.get(at)) if (this.touched.has(at)) return true;
    return false;
  }
}
