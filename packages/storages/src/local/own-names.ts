/**
 * Names that belong to CloudSync itself, in any folder. They repeat what the engine's model/ignore.ts says (a test keeps
 * them equal): the scan worker starts in half the time when it does not load the engine.
 */
export const IGNORE_FILE = '.syncignore';
export const TRASH_FOLDER = '.sync_trash';
export const STATE_FOLDER = '.sync_state';
export const TEMPORARY_PREFIX = '.cloudsync-tmp-';

const DOT = 46;

/** True for what is never listed and never written on request. Called for every name of a scan. */
export function isOwnName(name: string): boolean {
  return name.charCodeAt(0) === DOT && (name === TRASH_FOLDER || name === STATE_FOLDER || name.startsWith(TEMPORARY_PREFIX));
}
