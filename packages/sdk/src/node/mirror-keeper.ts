import type { LiveWorkspace, Remembered } from '../live/live-workspace.ts';
import type { MirrorStore } from '../live/mirror-store.ts';
import { decodeMirror, encodeMirror } from './mirror-file.ts';

/** With so many rows that are not kept yet, asking for them again costs more than keeping them. */
const ROWS_MAX = 5_000;

/** Keeps a mirror between two runs, so that a start asks only for what changed since. */
export class MirrorKeeper {
  readonly #store: MirrorStore;
  #live: LiveWorkspace | undefined;
  #rows = 0;
  #lineage: string | undefined;
  #saving: Promise<void> = Promise.resolve();

  constructor(store: MirrorStore) {
    this.#store = store;
  }

  /** What was kept; `lost` when there is something that cannot be used. */
  async load(): Promise<Remembered | 'lost' | undefined> {
    const bytes = await this.#store.load();
    const remembered = bytes === undefined ? undefined : decodeMirror(bytes);
    this.#lineage = remembered?.position.lineage;
    return bytes === undefined ? undefined : (remembered ?? 'lost');
  }

  /** Follows a workspace from now on. */
  follow(live: LiveWorkspace): void {
    this.#live = live;
    live.listen({
      onRows: ({ rows }) => {
        this.#rows += rows.length;
        if (this.#rows >= ROWS_MAX) void this.save();
      },
      onCaughtUp: async () => {
        // Nobody may sync under a lineage that a crash would make forgotten.
        if (live.position?.lineage !== this.#lineage) await this.save();
      },
    });
  }

  save(): Promise<void> {
    this.#rows = 0;
    this.#saving = this.#saving.then(async () => {
      const { position, mirror } = this.#live ?? {};
      if (position === undefined || mirror === undefined) return;
      this.#lineage = position.lineage;
      await this.#store.save(encodeMirror(position, mirror));
    });
    return this.#saving;
  }
}
