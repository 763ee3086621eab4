/** What users wrote, and what they meant to be gone. */
export class ContentLedger {
  readonly written = new Set<string>();
  /** Deleted or overwritten by a user who saw it. */
  readonly superseded = new Set<string>();
  /** Moved or touched by a user, who therefore may keep what another one deletes meanwhile. */
  readonly touched = new Set<string>();
  #count = 0;

  fresh(by: string): string {
    return `content ${++this.#count} by the ${by}\n`;
  }
}
