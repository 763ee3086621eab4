import { otherSide } from '../model/entry.ts';
import { SyncError } from '../model/error.ts';
import type { Steps } from './steps.ts';
import { runBounded } from './work.ts';

/**
 * A folder shows when its content last changed. Bringing content over moves that time, so it is set to the giver's again,
 * deepest first. A folder that received on both sides has no single time to restore.
 */
export async function restoreFolderTimes({ options, touchedFolders }: Steps, atOnce: number): Promise<void> {
  const { storages, pause } = options;
  for (const side of ['source', 'destination'] as const) {
    const [storage, other] = [storages[side], storages[otherSide(side)]];
    const update = storage.update?.bind(storage);
    if (update === undefined || storage.abilities.mtimeStepMs === undefined || other.abilities.mtimeStepMs === undefined) continue;
    const folders = [...touchedFolders[side]].filter((path) => path !== '' && !touchedFolders[otherSide(side)].has(path));
    const restore = async (path: string): Promise<void> => {
      try {
        const [here, there] = await Promise.all([storage.stat(path), other.stat(path)]);
        if (here?.kind !== 'folder' || there?.kind !== 'folder' || here.mtimeMs === there.mtimeMs) return;
        await update(here, { mtimeMs: there.mtimeMs });
      } catch (error) {
        // The time is a nicety: whatever is in its way shows elsewhere.
        if (!SyncError.is(error)) throw error;
      }
    };
    await runBounded(
      folders.sort((a, b) => (a < b ? 1 : -1)),
      restore,
      { atOnce, pause },
    );
  }
}
