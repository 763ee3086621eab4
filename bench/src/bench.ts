/** One thing that `npm run bench -- <name>` measures; it has a section of RESULTS.md to itself. */
export interface Bench {
  readonly name: string;
  /** One line of what it measures. */
  readonly about: string;
  /** The whole help text. */
  help(): string;
  /** @throws Error when something that should be measured failed: then there is nothing to report */
  run(argv: readonly string[]): Promise<void>;
}
