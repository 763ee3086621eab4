import { existsSync, lstatSync, mkdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { type Side, SyncError } from '@cloudsync/engine';
import { parseStorageUrl } from '@cloudsync/storages';

/** One folder of a pair, found on disk. */
export interface Root {
  readonly side: Side;
  /** As the user wrote it. */
  readonly given: string;
  /** The one absolute spelling of this place, symbolic links resolved; the same whether it exists or not. */
  readonly url: string;
}

/** True while the folder is there; a disk may come and go during a long command. */
export function isThere(root: Root): boolean {
  return statSync(root.url, { throwIfNoEntry: false })?.isDirectory() === true;
}

/**
 * Finds a root without changing anything.
 * @throws SyncError `config/invalid`, `storage/root-not-folder`, `storage/root-unreadable`
 */
export function locateRoot(side: Side, given: string, cwd: string): Root {
  // An unset variable in a script (`sync "$FROM" …`) must not become the current folder.
  if (given === '') throw new SyncError('config/invalid', `the ${side} is empty; name a folder`);
  const address = parseStorageUrl(given);
  if (address.type !== 'local') throw new SyncError('config/invalid', `the ${side} ${given} is gone when the command ends; name a folder`);
  const path = resolve(cwd, address.path);
  try {
    const url = canonicalPath(path);
    const stats = statSync(url, { throwIfNoEntry: false });
    if (stats !== undefined && !stats.isDirectory()) throw notFolder(side, given);
    return { side, given, url };
  } catch (error) {
    if (SyncError.is(error)) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTDIR') throw notFolder(side, given);
    throw new SyncError('storage/root-unreadable', `the ${side} ${given} cannot be reached (${code}); check its permissions`, {
      cause: error,
    });
  }
}

function notFolder(side: Side, given: string): SyncError {
  return new SyncError('storage/root-not-folder', `the ${side} ${given} is not a folder; name a folder`);
}

/** `realpath` that also answers for what does not exist (yet, or because a disk is not mounted). */
function canonicalPath(path: string): string {
  try {
    return realpathSync.native(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  if (isLink) return canonicalPath(resolve(dirname(path), readlinkSync(path)));
  const parent = dirname(path);
  return parent === path ? path : join(canonicalPath(parent), path.slice(parent.length).replace(/^[\\/]+/, ''));
}

/**
 * Refuses one folder given twice, and a folder inside the other; by identity on disk, so that links, bind mounts and
 * another case of the same letters are recognised.
 * @throws SyncError `config/invalid`
 */
export function assertApart(source: Root, destination: Root): void {
  if (source.url === destination.url || sameFolder(source.url, destination.url)) {
    throw new SyncError('config/invalid', `${source.given} and ${destination.given} are the same folder; name two different folders`);
  }
  for (const [outer, inner] of [
    [source, destination],
    [destination, source],
  ] as const) {
    if (isInside(outer.url, inner.url)) {
      throw new SyncError(
        'config/invalid',
        `the ${inner.side} ${inner.given} lies inside the ${outer.side} ${outer.given}; name folders that do not contain each other`,
      );
    }
  }
}

function isInside(outer: string, inner: string): boolean {
  if (inner.startsWith(outer.endsWith(sep) ? outer : outer + sep)) return true;
  for (let at = dirname(inner); ; at = dirname(at)) {
    if (sameFolder(outer, at)) return true;
    if (at === dirname(at)) return false;
  }
}

function sameFolder(a: string, b: string): boolean {
  const [x, y] = [a, b].map((path) => statSync(path, { bigint: true, throwIfNoEntry: false }));
  return x !== undefined && y !== undefined && x.dev === y.dev && x.ino === y.ino;
}

/**
 * Stops before a sync that has a root that is not there. Only the destination of a pair that never ran may be missing.
 * @throws SyncError `storage/root-missing`
 */
export function assertPresent(root: Root, firstRun: boolean): void {
  if (isThere(root)) return;
  const where = root.url === resolve(root.given) ? root.given : `${root.given} (${root.url})`;
  if (!firstRun) {
    const advice = `mount its disk, or make the folder again (mkdir ${root.given}) to fill it from the other side`;
    throw new SyncError('storage/root-missing', `the ${root.side} ${where} is gone although it was synced before; ${advice}`);
  }
  if (root.side === 'source') {
    throw new SyncError('storage/root-missing', `the source ${where} does not exist; check the path, or mount its disk`);
  }
}

/** @throws SyncError `storage/root-missing` when a root cannot be made because the folder that should hold it is missing */
export function assertParentThere(root: Root): void {
  const parent = dirname(root.url);
  if (existsSync(parent)) return;
  const advice = `make that first (mkdir -p ${parent})`;
  throw new SyncError('storage/root-missing', `the ${root.side} ${root.given} cannot be made because ${parent} does not exist; ${advice}`);
}

/**
 * Makes the destination of a first run, one level, as rsync does.
 * @returns false when somebody else was faster
 * @throws SyncError `storage/root-missing`, `storage/denied`
 */
export function createRoot(root: Root): boolean {
  assertParentThere(root);
  try {
    mkdirSync(root.url);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    const advice = 'make it yourself, or choose another';
    throw new SyncError('storage/denied', `the ${root.side} ${root.given} cannot be made (${code}); ${advice}`, { cause: error });
  }
}
