import { lstatSync, readdirSync, type Stats, statSync } from 'node:fs';
import type { ListBatch, ListNote, SymlinkPolicy } from '@cloudsync/engine';
import { comparePaths } from '@cloudsync/engine/model/path';
import { absoluteOf } from './absolute.ts';
import { kindOfMode } from './entry-of-stats.ts';
import { describeErrno, errnoOf } from './errno.ts';
import { type IgnoreFile, IgnoreFiles } from './ignore-files.ts';
import { IGNORE_FILE, isOwnName, TEMPORARY_PREFIX } from './own-names.ts';
import { encodeStats } from './row-encoder.ts';
import { removeIfAbandoned } from './temporary.ts';

export interface ScanOptions {
  /** Absolute. */
  readonly root: string;
  readonly ignore: readonly string[];
  readonly only: readonly string[] | undefined;
  readonly symlinks: SymlinkPolicy;
  /** Whether permission bits mean anything on this platform. */
  readonly modes: boolean;
  readonly rowsPerBatch: number;
  readonly nowMs: number;
}

/** A folder that is being walked. */
interface Frame {
  /** Relative to the root; `''` is the root. */
  readonly path: string;
  /** What to put before a name to get its path: `''` or `a/b/`. */
  readonly prefix: string;
  /** The same for the operating system. */
  readonly absolutePrefix: string;
  readonly names: readonly string[];
  at: number;
  /** Of this folder and those above it; only kept when symlinks are followed, to see a cycle. */
  readonly inodes: readonly string[] | undefined;
  holdsIgnored: boolean;
}

/** Where a scan stands between two batches, in plain data: another thread can go on from there. */
export interface ScanState {
  /** The names that are left of each open folder, after the one that came last. */
  readonly open: readonly (Pick<Frame, 'path' | 'names' | 'inodes' | 'holdsIgnored'> & { readonly at: number })[];
  readonly starts: readonly string[];
  readonly ignoreFiles: readonly IgnoreFile[];
}

const LOOK = { throwIfNoEntry: false } as const;
const REPLACEMENT_CHARACTER = '\uFFFD';

/**
 * A depth-first walk with synchronous calls, in the order of the engine's `comparePaths`. It opens no file but ignore
 * files, and holds only the names of the folders that it is in.
 *
 * Something unreadable becomes a note: the caller must not take it for deleted. What vanishes during the walk is gone.
 */
export class FolderScan {
  readonly #options: ScanOptions;
  readonly #stack: Frame[];
  /** Paths still to be walked; the root when everything is listed. Last first. */
  readonly #starts: string[];
  readonly #ignored: IgnoreFiles;
  #rows: string[] = [];
  #notes: ListNote[] = [];
  #files = 0;

  /** Begins a scan, or goes on with one that stands at `state` and has the same options. */
  constructor(options: ScanOptions, state?: ScanState) {
    this.#options = options;
    this.#starts = state === undefined ? outermost(options.only ?? ['']).reverse() : [...state.starts];
    this.#ignored = new IgnoreFiles(options.root, options.ignore, state?.ignoreFiles);
    this.#stack = (state?.open ?? []).map((frame) => ({ ...this.#frame(frame.path, frame.names, frame.inodes), ...frame }));
  }

  get state(): ScanState {
    const open = this.#stack.map(({ path, names, at, inodes, holdsIgnored }) => {
      const last = Math.max(0, at - 1);
      return { path, names: names.slice(last), at: at - last, inodes, holdsIgnored };
    });
    return { open, starts: this.#starts, ignoreFiles: this.#ignored.files };
  }

  /** The next batch, or undefined at the end. @throws the system's error when the root itself cannot be read */
  next(): ListBatch | undefined {
    while (this.#rows.length + this.#notes.length < this.#options.rowsPerBatch) {
      const frame = this.#stack.at(-1);
      if (frame === undefined) {
        const start = this.#starts.pop();
        if (start === undefined) break;
        this.#start(start);
      } else if (frame.at < frame.names.length) {
        this.#visit(frame, frame.names[frame.at++] as string);
      } else {
        this.#stack.pop();
      }
    }
    return this.#takeBatch();
  }

  #takeBatch(): ListBatch | undefined {
    if (this.#rows.length + this.#notes.length === 0) return undefined;
    const rows = this.#rows.length > 0 ? { rows: this.#rows.join('\n') } : {};
    const batch = { ...rows, files: this.#files, notes: this.#notes };
    this.#rows = [];
    this.#notes = [];
    this.#files = 0;
    return batch;
  }

  /** Opens the root, or walks down to one path through the ignore files and folders above it. */
  #start(path: string): void {
    const { root, symlinks } = this.#options;
    if (path === '') {
      const names = readdirSync(root).sort();
      this.#open('', names, symlinks === 'follow' ? [inodeOf(statSync(root))] : undefined);
      return;
    }
    const segments = path.split('/');
    const name = segments.pop() as string;
    const inodes: string[] = [];
    let folder = '';
    for (const segment of ['', ...segments]) {
      folder = folder === '' ? segment : `${folder}/${segment}`;
      const stats = folder === '' ? statSync(root) : this.#look(absoluteOf(root, folder), folder);
      if (!stats?.isDirectory() || isOwnName(segment)) return;
      if (folder !== '' && this.#ignored.ignores(folder, true)) return;
      if (!this.#readIgnoreFile(folder)) return;
      inodes.push(inodeOf(stats));
    }
    this.#stack.push(this.#frame(folder, [name], symlinks === 'follow' ? inodes : undefined));
  }

  #frame(path: string, names: readonly string[], inodes: readonly string[] | undefined): Frame {
    const prefix = path === '' ? '' : `${path}/`;
    const absolute = absoluteOf(this.#options.root, path);
    const absolutePrefix = absolute.endsWith('/') ? absolute : `${absolute}/`;
    return { path, prefix, absolutePrefix, names, at: 0, inodes, holdsIgnored: false };
  }

  #open(path: string, names: readonly string[], inodes: readonly string[] | undefined): void {
    if (names.includes(IGNORE_FILE) && !this.#readIgnoreFile(path)) return;
    this.#stack.push(this.#frame(path, names, inodes));
  }

  #visit(frame: Frame, name: string): void {
    const path = frame.prefix + name;
    if (isOwnName(name)) {
      if (name.startsWith(TEMPORARY_PREFIX)) removeIfAbandoned(frame.absolutePrefix + name, name, this.#options.nowMs);
      else if (frame.path !== '') this.#noteIgnored(frame);
      return;
    }
    const absolute = frame.absolutePrefix + name;
    const stats = this.#look(absolute, path);
    if (stats === undefined) {
      if (name.includes(REPLACEMENT_CHARACTER)) this.#noteNotUnicode(path);
      return;
    }
    // Two names that are not Unicode may decode to one text; the second must not pass for the first.
    if (name === frame.names[frame.at - 2]) {
      this.#noteNotUnicode(path);
      return;
    }
    const kind = kindOfMode(stats.mode);
    if (this.#ignored.ignores(path, kind === 'folder')) {
      this.#noteIgnored(frame);
    } else if (kind === undefined) {
      this.#notes.push({
        type: 'skipped',
        path,
        message: `${JSON.stringify(path)} is a ${specialKind(stats)}; it is left where it is and not synced`,
      });
    } else if (kind === 'folder') {
      this.#descend(frame, path, absolute, stats);
    } else {
      if (kind === 'file') this.#files++;
      this.#rows.push(encodeStats(path, kind, stats, this.#options.modes));
    }
  }

  /** The folder's own row, then its content as a new frame. */
  #descend(frame: Frame, path: string, absolute: string, stats: Stats): void {
    const inode = frame.inodes === undefined ? '' : inodeOf(stats);
    if (frame.inodes?.includes(inode)) {
      this.#notes.push({
        type: 'skipped',
        path,
        message: `${JSON.stringify(path)} is a symlink to a folder that holds it; it is not followed`,
      });
      return;
    }
    this.#rows.push(encodeStats(path, 'folder', stats, this.#options.modes));
    let names: string[];
    try {
      names = readdirSync(absolute).sort();
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT' && errnoOf(error) !== 'ENOTDIR') this.#noteUnreadable(error, path, 'list');
      return;
    }
    this.#open(path, names, frame.inodes && [...frame.inodes, inode]);
  }

  /** What is at a path, under the symlink policy; undefined when it is gone, or cannot be looked at and is noted. */
  #look(absolute: string, path: string): Stats | undefined {
    try {
      const stats = lstatSync(absolute, LOOK);
      if (stats === undefined || !stats.isSymbolicLink() || this.#options.symlinks === 'keep') return stats;
      return this.#options.symlinks === 'follow' ? this.#lookThrough(absolute, path) : this.#passOver(path);
    } catch (error) {
      if (errnoOf(error) !== 'ENOTDIR') this.#noteUnreadable(error, path, 'look at');
      return undefined;
    }
  }

  #lookThrough(absolute: string, path: string): Stats | undefined {
    const stats = statSync(absolute, LOOK);
    // What it pointed to may be on a disk that is not mounted now: that is not a deletion.
    if (stats === undefined) {
      const message = `${JSON.stringify(path)} is a symlink to nothing; make its target, remove it, or sync with --symlinks keep`;
      this.#notes.push({ type: 'unreadable', path, code: 'storage/not-found', message });
    }
    return stats;
  }

  #passOver(path: string): undefined {
    this.#notes.push({ type: 'skipped', path, message: `${JSON.stringify(path)} is a symlink; it is left where it is and not synced` });
  }

  #noteIgnored(frame: Frame): void {
    if (frame.holdsIgnored) return;
    frame.holdsIgnored = true;
    this.#notes.push({ type: 'holds-ignored', path: frame.path });
  }

  #noteUnreadable(error: unknown, path: string, doing: string): void {
    const { code, message } = describeErrno(error, path, doing);
    this.#notes.push({ type: 'unreadable', path, code, message });
  }

  #noteNotUnicode(path: string): void {
    const message = `the name of ${JSON.stringify(path)} is not valid UTF-8; rename it to sync it`;
    this.#notes.push({ type: 'unreadable', path, code: 'path/name-not-unicode', message });
  }

  /**
   * Loads the ignore file of a folder if it has one. Without its rules, ignored files would pass for synced ones, so a
   * folder with an ignore file that cannot be read is not listed. @returns whether the folder can be listed
   */
  #readIgnoreFile(folder: string): boolean {
    const path = folder === '' ? IGNORE_FILE : `${folder}/${IGNORE_FILE}`;
    try {
      const text = this.#ignored.read(folder, path);
      if (text !== undefined) this.#notes.push({ type: 'ignore-file', path, text });
      return true;
    } catch (error) {
      const { code, message } = describeErrno(error, path, 'read');
      this.#notes.push({ type: 'unreadable', path: folder, code, message });
      return false;
    }
  }
}

/** In path order, without those that lie below another. */
function outermost(paths: readonly string[]): string[] {
  const wanted: string[] = [];
  for (const path of [...new Set(paths)].sort(comparePaths)) {
    const last = wanted.at(-1);
    if (last === undefined || !(last === '' || path.startsWith(`${last}/`))) wanted.push(path);
  }
  return wanted;
}

function inodeOf(stats: Stats): string {
  return `${stats.dev}:${stats.ino}`;
}

function specialKind(stats: Stats): string {
  if (stats.isFIFO()) return 'FIFO';
  if (stats.isSocket()) return 'socket';
  return 'device';
}
