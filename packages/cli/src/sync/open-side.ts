import type { Storage } from '@cloudsync/engine';

/** Who is on the other side of a pair. */
export interface OtherSide {
  readonly identity: string;
  readonly url: string;
}

/** One side before the storage of the other is known: a vault keeps who changes it, and that is the other side. */
export interface OpenSide extends AsyncDisposable {
  identity(): Promise<string>;
  storage(other: OtherSide): Storage;
  remember(): Promise<void>;
}
