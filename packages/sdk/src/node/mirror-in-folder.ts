import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { MirrorStore } from '../live/mirror-store.ts';

const FILE = 'workspace-mirror.bin';
const OWNER_ONLY = 0o600;

/** Keeps a mirror as a file of a folder. */
export function mirrorInFolder(folder: string): MirrorStore {
  const path = join(folder, FILE);
  return {
    async load() {
      try {
        return await readFile(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    async save(bytes) {
      await mkdir(folder, { recursive: true });
      const temporary = `${path}.new`;
      const file = await open(temporary, 'w', OWNER_ONLY);
      try {
        await file.writeFile(bytes);
        // Without it a power cut could leave the new name with no content, which would count as lost.
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
    },
  };
}
