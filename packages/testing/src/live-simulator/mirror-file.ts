import type { MirrorStore } from '@cloudsync/sdk';
import type { Random } from '../random.ts';
import type { Process } from '../strict-storage/process.ts';

/** The file of a mirror, which outlives the processes that write it. A power cut gives back any of the last two that were saved, or none. */
export class MirrorFile {
  #saved: (Uint8Array | undefined)[] = [undefined];

  /** The file as one process sees it. */
  for(process: Process): MirrorStore {
    return {
      load: async () => {
        await process.step('load mirror');
        return this.#saved.at(-1);
      },
      save: async (bytes) => {
        const copy = Uint8Array.from(bytes);
        await process.step('save mirror');
        this.#saved = [...this.#saved.slice(-1), copy];
        await process.step('save mirror done');
      },
    };
  }

  crash(random: Random): void {
    this.#saved = [random.chance(0.2) ? undefined : random.pick(this.#saved)];
  }
}
