import { isOwnName, isSafePath, isWithin, type SyncErrorCode } from '@cloudsync/engine';
import { LIMITS } from '@cloudsync/protocol';
import type { Put } from './change.ts';

/** Why a change is refused. */
export interface Refusal {
  readonly error: SyncErrorCode;
  readonly message: string;
}

const utf8 = new TextEncoder();

/** Whether an entry may be called so. What comes from outside passes here before it is looked up. */
export function whyNotPath(path: string): Refusal | undefined {
  const shown = JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);
  if (!isSafePath(path)) return refusal('path/unsafe', `${shown} leads out of the workspace; it is not made`);
  if (!path.isWellFormed()) return refusal('path/name-not-unicode', `${shown} is not valid Unicode; rename it`);
  if (path.length > LIMITS.pathMax)
    return refusal('path/name-not-allowed', `${shown} is longer than ${LIMITS.pathMax} characters; shorten it`);
  const names = path.split('/');
  if (names.length > LIMITS.pathDepthMax)
    return refusal('path/name-not-allowed', `${shown} lies in more than ${LIMITS.pathDepthMax} folders; move it up`);
  // A UTF-16 unit takes at most three bytes: most names need no counting.
  const isLong = (name: string): boolean => name.length * 3 > LIMITS.nameBytesMax && utf8.encode(name).length > LIMITS.nameBytesMax;
  if (names.some(isLong))
    return refusal('path/name-not-allowed', `${shown} has a name longer than ${LIMITS.nameBytesMax} bytes; shorten it`);
  if (names.some(isOwnName))
    return refusal('path/name-not-allowed', `${shown} has a name of CloudSync's own, which no device would fetch; rename it`);
  return undefined;
}

const HASH = /^[0-9a-f]{64}$/;

/** Whether an entry can be like this. Its chunks are looked at elsewhere. */
export function whyNotPut(path: string, put: Put): Refusal | undefined {
  const invalid = (why: string): Refusal => refusal('server/invalid', `${path}: ${why}`);
  if (!Number.isFinite(put.mtimeMs)) return invalid('its time is no time');
  if (put.kind !== 'file') {
    if (put.size !== 0 || put.chunks !== 0 || put.content !== undefined || put.hash !== undefined)
      return invalid(`a ${put.kind} has no content`);
    if ((put.kind === 'symlink') !== (put.target !== undefined)) return invalid('a symlink, and nothing else, has a target');
    const isText = put.target === undefined || (put.target !== '' && put.target.isWellFormed() && !put.target.includes('\0'));
    return isText ? undefined : invalid('its target is no path');
  }
  if (put.target !== undefined) return invalid('a file has no target');
  if (put.hash === undefined || !HASH.test(put.hash)) return invalid('a file has a SHA-256');
  if (!Number.isSafeInteger(put.size) || put.size < 0) return invalid('its size is no size');
  const hasContent = put.content !== undefined && HASH.test(put.content) && put.chunks >= 1;
  const isEmpty = put.content === undefined && put.chunks === 0;
  if (put.size === 0 ? !isEmpty : !hasContent) return invalid('its size and its chunks do not fit');
  return undefined;
}

/** A folder cannot go into itself. */
export function whyNotMove(from: string, path: string): Refusal | undefined {
  if (!isWithin(from, path)) return undefined;
  return refusal('server/invalid', `${from} cannot be moved ${from === path ? 'to where it is' : 'into itself'}`);
}

export function refusal(error: SyncErrorCode, message: string): Refusal {
  return { error, message };
}
