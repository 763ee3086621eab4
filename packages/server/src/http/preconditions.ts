import { SyncError } from '@cloudsync/engine';

/** Headers by which a request says what it knows of the thing it is about. */
export interface PreconditionHeaders {
  readonly 'if-match'?: string | undefined;
  readonly 'if-none-match'?: string | undefined;
}

/** The version of a file as an entity tag. */
export function etagOf(version: number): string {
  return `"${version}"`;
}

/**
 * Which version a write replaces: that of `If-Match`, 0 (nothing may be there) for `If-None-Match: *`, else whatever is there.
 * @throws SyncError `server/invalid`
 */
export function baseOf(headers: PreconditionHeaders): number | 'any' {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers;
  if (ifNoneMatch !== undefined && ifMatch !== undefined) throw new SyncError('server/invalid', 'give either If-Match or If-None-Match');
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch.trim() === '*') return 0;
    throw new SyncError('server/invalid', 'a write takes If-None-Match: * only; to replace a version, give If-Match: "version"');
  }
  if (ifMatch === undefined || ifMatch.trim() === '*') return 'any';
  const version = Number(/^"(\d{1,16})"$/.exec(ifMatch.trim())?.[1] ?? Number.NaN);
  if (!Number.isSafeInteger(version) || version < 1)
    throw new SyncError('server/invalid', 'If-Match takes the version of a file in quotes, as its ETag has it');
  return version;
}

/** Whether `If-None-Match` names what is there: the reader has it already. */
export function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(etag);
}

/** @throws SyncError `server/precondition-failed` when `If-Match` names something else than what is there */
export function assertMatches(ifMatch: string | undefined, etag: string): void {
  if (ifMatch === undefined) return;
  const tags = ifMatch.split(',').map((tag) => tag.trim());
  if (!tags.includes('*') && !tags.includes(etag))
    throw new SyncError('server/precondition-failed', `the version now is ${etag}, not ${ifMatch.slice(0, 100)}; read it again`);
}
