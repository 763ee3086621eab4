import type { Storage } from '@cloudsync/engine';

/** One side before the storage of the other is known: a vault keeps who changes it, and that is the other side. */
export interface OpenSide extends AsyncDisposable {
  identity(): Promise<string>;
  storage(otherIdentity: string): Storage;
  remember(): Promise<void>;
}
