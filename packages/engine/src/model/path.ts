import { SyncError } from './error.ts';

/**
 * Order of a depth-first walk with the names of each folder sorted by UTF-16 code unit:
 * like comparing strings, except that `/` comes before every other character.
 */
export function comparePaths(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    if (x === SLASH) return -1;
    if (y === SLASH) return 1;
    return x - y;
  }
  return a.length - b.length;
}

const SLASH = 47;

/** The folder that holds `path`; the root is `''`. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

/** The last segment. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function joinPath(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

/** True when `path` is `folder` itself or lies below it; the root `''` holds everything. */
export function isWithin(folder: string, path: string): boolean {
  return folder === '' || (path.startsWith(folder) && (path.length === folder.length || path.charCodeAt(folder.length) === SLASH));
}

/** Every folder above `path`, nearest first, without the root. */
export function* ancestorsOf(path: string): Generator<string> {
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) yield path.slice(0, at);
}

/** Tells of a path whether one of these holds it, see {@link isWithin}; what it takes does not grow with how many they are. */
export function withinAny(tops: readonly string[]): (path: string) => boolean {
  const all = new Set(tops);
  const isBelow = (path: string): boolean => {
    for (const folder of ancestorsOf(path)) if (all.has(folder)) return true;
    return false;
  };
  return (path) => all.has('') || all.has(path) || isBelow(path);
}

/** Number of segments above the last. */
export function depthOf(path: string): number {
  let depth = 0;
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) depth++;
  return depth;
}

/**
 * Rejects what must never be written: absolute paths, `.` and `..` segments, empty segments, NUL.
 * Every path that comes from the other side passes here before it touches a disk.
 * @throws SyncError `path/unsafe`
 */
export function assertSafePath(path: string): void {
  if (!isSafePath(path)) {
    throw new SyncError('path/unsafe', `${JSON.stringify(path)} would leave the synced folder; it is not written`, { path });
  }
}

export function isSafePath(path: string): boolean {
  return !UNSAFE_SEGMENT.test(path) && !path.includes('\0');
}

/** Nothing, one dot or two between slashes. */
const UNSAFE_SEGMENT = /(?:^|\/)\.{0,2}(?:\/|$)/;
