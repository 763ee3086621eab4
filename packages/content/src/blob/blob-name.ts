import { SyncError } from '@cloudsync/engine/model/error';

const PART = /^[a-z0-9][a-z0-9._-]{0,127}$/;

export function isBlobNamePart(part: string): boolean {
  return PART.test(part);
}

/** @throws SyncError `path/unsafe` when this is no name of a blob (blob-store.ts says what is) */
export function assertBlobName(name: string): void {
  if (!name.split('/').every(isBlobNamePart)) {
    throw new SyncError(
      'path/unsafe',
      `${JSON.stringify(name)} is no name for a blob; names are lower-case letters, digits, "." "_" "-" and "/"`,
    );
  }
}

/** @throws SyncError `path/unsafe` when this is no prefix to list by: empty, or ends with `/` */
export function assertBlobPrefix(prefix: string): void {
  if (prefix === '') return;
  if (!prefix.endsWith('/')) throw new SyncError('path/unsafe', `${JSON.stringify(prefix)} is no prefix of blobs; it must end with "/"`);
  assertBlobName(prefix.slice(0, -1));
}
