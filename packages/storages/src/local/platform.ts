import { constants } from 'node:fs';
import type { NameRules } from '@cloudsync/engine';
import { MACOS_NAMES, POSIX_NAMES, WINDOWS_NAMES } from '@cloudsync/engine/model/names';

/** What a local folder can do on one kind of operating system. Pure data, so that each is tested on every machine. */
export interface Platform {
  readonly names: NameRules;
  /** Whether permission bits mean anything. */
  readonly modes: boolean;
  /** Smallest step of an mtime, in ms. */
  readonly mtimeStepMs: number;
  /** One call makes a whole file system durable; else each file is flushed by itself. */
  readonly flushesFileSystem: boolean;
  /** One inotify watch a folder; else the system watches trees by itself. */
  readonly watchesFolders: boolean;
}

const LINUX: Platform = { names: POSIX_NAMES, modes: true, mtimeStepMs: 0.001, flushesFileSystem: true, watchesFolders: true };
const MACOS: Platform = { names: MACOS_NAMES, modes: true, mtimeStepMs: 0.001, flushesFileSystem: false, watchesFolders: false };
const WINDOWS: Platform = { names: WINDOWS_NAMES, modes: false, mtimeStepMs: 0.001, flushesFileSystem: false, watchesFolders: false };
const OTHER_POSIX: Platform = { ...LINUX, flushesFileSystem: false, watchesFolders: false };

export function platformOf(system: NodeJS.Platform): Platform {
  switch (system) {
    case 'linux':
      return LINUX;
    case 'darwin':
      return MACOS;
    case 'win32':
      return WINDOWS;
    default:
      return OTHER_POSIX;
  }
}

/**
 * Flags for opening a file to read it: no symlink is followed, and a FIFO that took the file's place does not hang the
 * open. Windows has neither flag.
 */
export const OPEN_TO_READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
export const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
