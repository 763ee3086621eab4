import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { MirrorStore } from '../live/mirror-store.ts';

const MIRROR_FILE = 'workspace-mirror.bin';
const POSITION_FILE = 'workspace-position.json';
const OWNER_ONLY = 0o600;

/** Keeps a mirror as files of a folder. */
export function mirrorInFolder(folder: string): MirrorStore {
  const replace = async (name: string, bytes: Uint8Array): Promise<void> => {
    await mkdir(folder, { recursive: true });
    const path = join(folder, name);
    const temporary = `${path}.new`;
    const file = await open(temporary, 'w', OWNER_ONLY);
    try {
      await file.writeFile(bytes);
      // Without it a power cut could leave the new name with no content, which would count as lost.
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  };
  return {
    load: () => readIfThere(join(folder, MIRROR_FILE)),
    save: (bytes) => replace(MIRROR_FILE, bytes),
    loadPosition: () => readIfThere(join(folder, POSITION_FILE)),
    savePosition: (bytes) => replace(POSITION_FILE, bytes),
  };
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
