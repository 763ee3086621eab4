import { SyncError } from '@cloudsync/engine';

/** A part of a content, in bytes. */
export interface ContentRange {
  readonly offset: number;
  readonly length: number;
}

/**
 * What a `Range` header asks for (RFC 9110, section 14): one range of bytes. Anything else (other units, several ranges, nonsense) is
 * answered with the whole content, as the RFC allows.
 * @throws SyncError `server/range-not-satisfiable` when it begins behind the end
 */
export function parseRange(header: string | undefined, size: number): ContentRange | undefined {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined;
  if (first === '') {
    const length = Math.min(Number(last), size);
    if (length === 0) throw unsatisfiable(size);
    return { offset: size - length, length };
  }
  const offset = Number(first);
  if (last !== '' && Number(last) < offset) return undefined;
  if (offset >= size) throw unsatisfiable(size);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  return { offset, length: end - offset + 1 };
}

function unsatisfiable(size: number): SyncError {
  return new SyncError('server/range-not-satisfiable', `the content has ${size} bytes; the range begins behind them`);
}
