import { existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { type Side, SyncError } from '@cloudsync/engine';
import { parseStorageUrl } from '@cloudsync/storages';
import { isWorkspaceUrl, parseWorkspaceUrl, type WorkspaceAddress } from '../account/workspace-address.ts';
import { shellWord } from '../terminal/shell-word.ts';
import { isVaultFolder } from '../vault/vault-folder.ts';
import { withHome } from '../vault/vault-place.ts';

interface AnyRoot {
  readonly side: Side;
  /** As the user wrote it. */
  readonly given: string;
  /** The one absolute spelling of this place; the same whether it exists or not. */
  readonly url: string;
}

/** One side of a pair, found on disk: a folder, or a vault in a folder. */
export interface DiskRoot extends AnyRoot {
  readonly type: 'folder' | 'vault';
  /** The folder on disk, absolute, symbolic links resolved. */
  readonly folder: string;
}

/** One side of a pair: a workspace of a server. */
export interface WorkspaceRoot extends AnyRoot {
  readonly type: 'workspace';
  readonly address: WorkspaceAddress;
}

export type Root = DiskRoot | WorkspaceRoot;

/** The folders on disk among roots. */
export function foldersOf(roots: readonly Root[]): string[] {
  return roots.flatMap((root) => (root.type === 'workspace' ? [] : [root.folder]));
}

/** True while the folder is there; a disk may come and go during a long command. */
export function isThere(root: DiskRoot): boolean {
  return statSync(root.folder, { throwIfNoEntry: false })?.isDirectory() === true;
}

/**
 * Finds a root without changing anything.
 * @throws SyncError `config/invalid`, `storage/root-not-folder`, `storage/root-unreadable`
 */
export function locateRoot(side: Side, given: string, cwd: string): Root {
  // An unset variable in a script (`sync "$FROM" …`) must not become the current folder.
  if (given === '') throw new SyncError('config/invalid', `the ${side} is empty; name a folder`);
  if (isWorkspaceUrl(given)) {
    const address = parseWorkspaceUrl(given);
    return { side, type: 'workspace', given, url: address.url, address };
  }
  return locateOnDisk(side, given, cwd);
}

function locateOnDisk(side: Side, given: string, cwd: string): DiskRoot {
  const address = parseStorageUrl(given);
  if (address.type === 'memory') throw new SyncError('config/invalid', `the ${side} ${given} is gone when the command ends; name a folder`);
  const type = address.type === 'vault' ? 'vault' : 'folder';
  const path = resolve(cwd, type === 'vault' ? withHome(address.path) : address.path);
  try {
    const folder = canonicalPath(path);
    const stats = statSync(folder, { throwIfNoEntry: false });
    if (stats !== undefined && !stats.isDirectory()) throw notFolder(side, given);
    return { side, type, given, folder, url: type === 'vault' ? `vault:${folder}` : folder };
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
  if (source.type === 'workspace' || destination.type === 'workspace') {
    if (source.url === destination.url)
      throw new SyncError('config/invalid', `${source.given} and ${destination.given} are the same workspace; name two different places`);
    return;
  }
  if (sameFolder(source.folder, destination.folder)) {
    throw new SyncError('config/invalid', `${source.given} and ${destination.given} are the same folder; name two different folders`);
  }
  for (const [outer, inner] of [
    [source, destination],
    [destination, source],
  ] as const) {
    if (isInside(outer.folder, inner.folder)) {
      throw new SyncError(
        'config/invalid',
        `the ${inner.side} ${inner.given} lies inside the ${outer.side} ${outer.given}; name folders that do not contain each other`,
      );
    }
  }
}

/**
 * Refuses to mix a vault's own files with a user's, which is never meant. A copy of a whole vault folder (to carry or to keep it) is fine.
 * @throws SyncError `config/invalid`
 */
export function assertVaultIsMeant(source: Root, destination: Root): void {
  for (const [root, other] of [
    [source, destination],
    [destination, source],
  ] as const) {
    if (root.type !== 'folder' || !isVaultFolder(root.folder)) continue;
    const isCopy = other.type === 'folder' && (isVaultFolder(other.folder) || isEmptyOrMissing(other.folder));
    if (!isCopy)
      throw new SyncError(
        'config/invalid',
        `the ${root.side} ${root.given} is a vault; write vault:${root.given} to sync with what is in it`,
      );
  }
}

function isEmptyOrMissing(folder: string): boolean {
  return !existsSync(folder) || readdirSync(folder).length === 0;
}

function isInside(outer: string, inner: string): boolean {
  if (inner.startsWith(outer.endsWith(sep) ? outer : outer + sep)) return true;
  for (let at = dirname(inner); ; at = dirname(at)) {
    if (sameFolder(outer, at)) return true;
    if (at === dirname(at)) return false;
  }
}

function sameFolder(a: string, b: string): boolean {
  if (a === b) return true;
  const [x, y] = [a, b].map((path) => statSync(path, { bigint: true, throwIfNoEntry: false }));
  return x !== undefined && y !== undefined && x.dev === y.dev && x.ino === y.ino;
}

/**
 * Stops before a sync that has a root that is not there. Only the destination of a pair that never ran may be missing.
 * @throws SyncError `storage/root-missing`
 */
export function assertPresent(root: Root, firstRun: boolean): void {
  if (root.type === 'workspace' || isThere(root)) return;
  const where = root.type === 'vault' || root.folder === resolve(root.given) ? root.given : `${root.given} (${root.folder})`;
  if (root.type === 'vault') {
    const advice = firstRun ? `make it with: cloudsync vault init ${shellWord(root.folder)}` : 'mount its disk';
    throw new SyncError(
      'storage/root-missing',
      `the ${root.side} ${where} ${firstRun ? 'does not exist' : 'is gone although it was synced before'}; ${advice}`,
    );
  }
  if (!firstRun) {
    const advice = `mount its disk, or make the folder again (mkdir ${root.given}) to fill it from the other side`;
    throw new SyncError('storage/root-missing', `the ${root.side} ${where} is gone although it was synced before; ${advice}`);
  }
  if (root.side === 'source') {
    throw new SyncError('storage/root-missing', `the source ${where} does not exist; check the path, or mount its disk`);
  }
}

/** @throws SyncError `storage/root-missing` when a root cannot be made because the folder that should hold it is missing */
export function assertParentThere(root: DiskRoot): void {
  const parent = dirname(root.folder);
  if (existsSync(parent)) return;
  const advice = `make that first (mkdir -p ${parent})`;
  throw new SyncError('storage/root-missing', `the ${root.side} ${root.given} cannot be made because ${parent} does not exist; ${advice}`);
}

/**
 * Makes the destination of a first run, one level, as rsync does.
 * @returns false when somebody else was faster
 * @throws SyncError `storage/root-missing`, `storage/denied`
 */
export function createRoot(root: DiskRoot): boolean {
  assertParentThere(root);
  try {
    mkdirSync(root.folder);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    const advice = 'make it yourself, or choose another';
    throw new SyncError('storage/denied', `the ${root.side} ${root.given} cannot be made (${code}); ${advice}`, { cause: error });
  }
}
