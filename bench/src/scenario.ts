/** A tree, and what happens to it while the tools work on it. */
export interface Scenario {
  readonly tree: string;
  /** How many files, for the memory of each. */
  readonly files: number;
  make(root: string): void;
  readonly steps: readonly Step[];
}

/** One run of every tool. A step without a row is only there to set the stage for the next. */
export interface Step {
  readonly row: Row | undefined;
  /** True when the tool knows nothing of the tree and what it writes to is empty. */
  readonly fresh?: boolean;
  /** True when something is written; settings of a tool that only differ then sit out the others. */
  readonly writes: boolean;
  /** True when what a backup holds is written to an empty folder. */
  readonly restores?: boolean;
  /** Done to the source before the step. */
  change?(root: string): void;
}

export interface Row {
  readonly id: string;
  readonly title: string;
}

/** `amount` shrunk for a quick look. */
export function scaled(amount: number, scale: number): number {
  return Math.max(1, Math.round(amount * scale));
}

export function count(amount: number): string {
  return amount.toLocaleString('en-US');
}
