/** One tool in one setting, as a line of the tables. */
export interface Contestant {
  readonly id: string;
  readonly title: string;
  readonly version: string;
  /** How it is called, and what that asks of it, for the reader. */
  readonly how: string;
  readonly note: string;
  /** True for a setting that only differs when something is written; it sits out the other rows. */
  readonly writesOnly?: boolean;
}

/** The one whose times are divided by those of all others. */
export const OURS = 'cloudsync';
