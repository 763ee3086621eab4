import { statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { ancestorsOf, parentOf } from '@cloudsync/engine/model/path';
import { absoluteOf } from './absolute.ts';
import { errnoOf } from './errno.ts';
import { NO_FOLLOW, OPEN_TO_READ } from './platform.ts';

const FILES_AT_ONCE = 16;
/** Starting a command stops this thread for some milliseconds; so many paths are flushed sooner one by one. */
const FEW_PATHS = 32;

export interface FlushOptions {
  /** Whether the platform can flush a whole file system. */
  readonly wholeFileSystem: boolean;
  /** True when nothing but `paths` has to be on disk. */
  readonly onlyPaths?: boolean | undefined;
  /** The command that does. Default `sync` of GNU coreutils. */
  readonly command?: string | undefined;
}

/**
 * Makes changes below `root` durable. One flush of the file system costs a fraction of one for each file (516 ms for
 * 2,000 new files, 16 ms together); where that does not work, every changed file and folder is flushed by itself.
 * @param paths what was written, renamed or deleted, relative to the root
 * @throws the system's error when the disk refuses
 */
export async function flush(
  root: string,
  paths: ReadonlySet<string>,
  { wholeFileSystem, onlyPaths = false, command = 'sync' }: FlushOptions,
): Promise<void> {
  if (paths.size === 0) return;
  if (onlyPaths && paths.size <= FEW_PATHS && (await flushOneByOne(root, paths))) return;
  if (wholeFileSystem && (await flushFileSystems(command, onePerFileSystem(root, paths)))) return;
  await flushOneByOne(root, paths);
}

/** @returns whether it worked */
function flushFileSystems(command: string, folders: readonly string[]): Promise<boolean> {
  // A run that writes nothing starts sooner without it.
  const { spawn } = process.getBuiltinModule('node:child_process');
  return new Promise((resolve) => {
    const sync = spawn(command, ['-f', ...folders], { stdio: 'ignore' });
    sync.on('error', () => resolve(false));
    sync.on('exit', (code) => resolve(code === 0));
  });
}

/** Other file systems may be mounted below the root. */
function onePerFileSystem(root: string, paths: ReadonlySet<string>): string[] {
  const folders = new Map<number, string>([[statSync(root).dev, root]]);
  for (const parent of new Set([...paths].map(parentOf))) {
    const folder = absoluteOf(root, parent);
    const stats = statSync(folder, { throwIfNoEntry: false });
    if (stats !== undefined && !folders.has(stats.dev)) folders.set(stats.dev, folder);
  }
  return [...folders.values()];
}

/** @returns false when something is there that is not ours to open */
async function flushOneByOne(root: string, paths: ReadonlySet<string>): Promise<boolean> {
  const folders = new Set(['']);
  for (const path of paths) for (const folder of ancestorsOf(path)) folders.add(folder);
  let areAllOpened = true;
  for (const all of [paths, folders]) {
    const left = [...all];
    const worker = async (): Promise<void> => {
      for (let path = left.pop(); path !== undefined; path = left.pop()) {
        if (!(await flushOne(absoluteOf(root, path)))) areAllOpened = false;
      }
    };
    await Promise.all(Array.from({ length: Math.min(FILES_AT_ONCE, left.length) }, worker));
  }
  return areAllOpened;
}

/** Nothing there (deleted, renamed on) and nothing that can be opened (a symlink, a folder on Windows) is left to its folder. */
const NOT_OPENED = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES', 'EPERM', 'EISDIR', 'ENXIO']);
const NOT_OURS = new Set(['EACCES', 'EPERM']);

/** @returns false when it is not ours to open */
async function flushOne(absolute: string): Promise<boolean> {
  try {
    // Windows flushes only what is open for writing.
    await using file = await open(absolute, process.platform === 'win32' ? 'r+' : OPEN_TO_READ | NO_FOLLOW);
    await file.sync();
    return true;
  } catch (error) {
    const errno = errnoOf(error) ?? '';
    if (!NOT_OPENED.has(errno)) throw error;
    return !NOT_OURS.has(errno);
  }
}
