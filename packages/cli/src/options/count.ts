import { type MaxDelete, SyncError } from '@cloudsync/engine';

/** A whole number from 1. `option` is named in the error. @throws SyncError `config/invalid` */
export function parseCount(option: string, text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(count) || count < 1) {
    throw new SyncError('config/invalid', `${option} needs a whole number from 1, not ${JSON.stringify(text)}`);
  }
  return count;
}

/** The delete guard's limit: `100` files, `25%` of a side's files, or `off`. @throws SyncError `config/invalid` */
export function parseMaxDelete(text: string): MaxDelete {
  if (text === 'off') return 'off';
  const match = /^(\d+)(%?)$/.exec(text);
  const value = Number(match?.[1]);
  if (match === null || !Number.isSafeInteger(value) || (match[2] === '%' && value > 100)) {
    throw new SyncError(
      'config/invalid',
      `--max-delete needs a number of files (100), a percentage (25%) or off, not ${JSON.stringify(text)}`,
    );
  }
  return match[2] === '%' ? { percent: value } : { files: value };
}
