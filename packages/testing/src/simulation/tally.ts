/** How often each thing happened, by its name. */
export type Counts = Record<string, number>;

/** How often everything happened, so that a clean run can be told from one in which nothing happened. */
export abstract class Tally {
  rounds = 0;

  /** All counts under their titles, as they are to be printed. */
  abstract get groups(): Readonly<Record<string, Readonly<Counts>>>;

  /** A table for people. */
  get report(): string {
    return Object.entries(this.groups)
      .map(([title, counts]) => `${title}:\n${table(counts)}`)
      .join('\n');
  }
}

export function count(counts: Counts, key: string, times = 1): void {
  counts[key] = (counts[key] ?? 0) + times;
}

function table(counts: Readonly<Counts>): string {
  return Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([key, times]) => `  ${String(times).padStart(9)}  ${key}`)
    .join('\n');
}
