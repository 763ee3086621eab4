import type { MirrorStore } from '@cloudsync/sdk';
import type { Random } from '../random.ts';
import type { Process } from '../strict-storage/process.ts';

type Bytes = Uint8Array | undefined;

/**
 * What an agent keeps of a workspace, which outlives its processes: the mirror, of which a power cut gives back any of the last two that
 * were saved, or none; and the position, which is durable once it is saved.
 */
export class MirrorFile {
  #mirrors: readonly Bytes[] = [undefined];
  #position: Bytes;

  /** The files as one process sees them. */
  for(process: Process): MirrorStore {
    const saving = async (what: string, bytes: Uint8Array, change: (copy: Uint8Array) => void): Promise<void> => {
      const copy = Uint8Array.from(bytes);
      await process.step(`save ${what}`);
      change(copy);
      await process.step(`save ${what} done`);
    };
    return {
      load: async () => {
        await process.step('load mirror');
        return this.#mirrors.at(-1);
      },
      save: (bytes) =>
        saving('mirror', bytes, (copy) => {
          this.#mirrors = [...this.#mirrors.slice(-1), copy];
        }),
      loadPosition: async () => {
        await process.step('load position');
        return this.#position;
      },
      savePosition: (bytes) =>
        saving('position', bytes, (copy) => {
          this.#position = copy;
        }),
    };
  }

  crash(random: Random): void {
    this.#mirrors = [random.chance(0.2) ? undefined : random.pick(this.#mirrors)];
  }
}
