import { assertSafePath } from '@cloudsync/engine';
import { splitVersion, type VersionReference } from '@cloudsync/vault';

const NEWEST: VersionReference = { type: 'back', steps: 0 };

/** A path in a vault at a version. */
export interface VersionedVaultPath {
  /** Empty for everything. */
  readonly path: string;
  readonly version: VersionReference;
}

/** Reads `notes/plan.txt@-1`, `./notes/`, `.@12`; without a version the newest is meant. @throws SyncError `path/unsafe` */
export function versionedPath(given: string): VersionedVaultPath {
  const { path, version = NEWEST } = splitVersion(given);
  return { path: pathInVault(path), version };
}

/** A path as the vault spells it, from how people do: `/notes` is `notes`, as the vault is a root of its own. @throws SyncError `path/unsafe` */
export function pathInVault(given: string): string {
  const path = given.replace(/^(\.?\/+)+/, '').replace(/\/+$/, '');
  if (path === '' || path === '.') return '';
  assertSafePath(path);
  return path;
}
