import type { LiveWorkspace, Remembered } from '../live/live-workspace.ts';
import type { MirrorStore } from '../live/mirror-store.ts';
import { decodeMirror, decodePosition, encodeMirror, encodePosition } from './mirror-file.ts';

/** With so many rows that are not kept yet, and half as many as there are entries, asking for them again costs more than keeping the mirror. */
const ROWS_MAX = 20_000;

/**
 * Keeps a mirror between two runs, so that a start asks only for what changed since; and, whenever somebody is about to rely on it, the
 * position up to which it was known: a server that was put back to before it must not pass for one on which things were deleted.
 */
export class MirrorKeeper {
  readonly #store: MirrorStore;
  #live: LiveWorkspace | undefined;
  #rows = 0;
  #lineage: string | undefined;
  /** Cursor of the position that was saved last. */
  #vouched: string | undefined;
  #saving: Promise<void> = Promise.resolve();

  constructor(store: MirrorStore) {
    this.#store = store;
  }

  /** What was kept; `lost` when there is something, and nothing of it can be used. */
  async load(): Promise<Remembered | 'lost' | undefined> {
    const [bytes, positionBytes] = [await this.#store.load(), await this.#store.loadPosition()];
    const kept = bytes && decodeMirror(bytes);
    const position = positionBytes && decodePosition(positionBytes);
    this.#lineage = (position ?? kept?.position)?.lineage;
    this.#vouched = position?.cursor;
    if (positionBytes !== undefined && position === undefined) return 'lost';
    if (position !== undefined) return { position, kept: kept?.position.workspace === position.workspace ? kept : undefined };
    if (kept !== undefined) return { position: kept.position, kept };
    return bytes === undefined ? undefined : 'lost';
  }

  /** Follows a workspace from now on. */
  follow(live: LiveWorkspace): void {
    this.#live = live;
    live.listen({
      onRows: ({ rows }) => {
        this.#rows += rows.length;
        // What could not be kept is asked for again.
        if (this.#rows >= Math.max(ROWS_MAX, live.mirror.size / 2)) this.save().catch(() => undefined);
      },
      onCaughtUp: async () => {
        // Nobody may sync under a lineage that a crash would make forgotten.
        if (live.position?.lineage !== this.#lineage) await this.save();
      },
    });
  }

  /** Keeps the mirror as it is now. */
  save(): Promise<void> {
    this.#rows = 0;
    return this.#inTurn(async (live) => {
      const { position } = live;
      if (position === undefined) return;
      this.#lineage = position.lineage;
      await this.#store.save(encodeMirror(position, live.mirror));
      await this.#savePosition(live);
    });
  }

  /** Durable when it resolves: from now on somebody relies on having seen what there is. */
  vouch(): Promise<void> {
    return this.#inTurn((live) => this.#savePosition(live));
  }

  async #savePosition({ position }: LiveWorkspace): Promise<void> {
    if (position === undefined || position.cursor === this.#vouched) return;
    await this.#store.savePosition(encodePosition(position));
    this.#vouched = position.cursor;
  }

  /** One after the other: an older position must not come after a newer one. */
  #inTurn(work: (live: LiveWorkspace) => Promise<void>): Promise<void> {
    const turn = this.#saving.then(async () => {
      if (this.#live !== undefined) await work(this.#live);
    });
    this.#saving = turn.catch(() => undefined);
    return turn;
  }
}
