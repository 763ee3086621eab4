import { SyncError } from '@cloudsync/engine/model/error';

/** A cancellation that also threads see which never reach their event loop while they work. */
export class CancelFlag {
  readonly shared: SharedArrayBuffer;
  readonly #flag: Int32Array;

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(4)) {
    this.shared = shared;
    this.#flag = new Int32Array(shared);
  }

  raise(): void {
    Atomics.store(this.#flag, 0, 1);
  }

  get isRaised(): boolean {
    return Atomics.load(this.#flag, 0) !== 0;
  }

  /** @throws SyncError `sync/cancelled` */
  assertDown(): void {
    if (this.isRaised) throw new SyncError('sync/cancelled', 'the sync was cancelled; run it again to go on');
  }
}
