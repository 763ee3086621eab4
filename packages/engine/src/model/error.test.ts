import { describe, expect, it } from 'vitest';
import { EXIT, exitCodeOf, SyncError, type SyncErrorCode } from './error.ts';

describe('SyncError', () => {
  it('is known by its shape, so that a second copy of this package agrees', () => {
    const foreign = Object.assign(new Error('x'), { name: 'SyncError', code: 'storage/denied' });
    expect(SyncError.is(foreign)).toBe(true);
    expect(SyncError.is(foreign, 'storage/denied')).toBe(true);
    expect(SyncError.is(foreign, 'storage/io')).toBe(false);
    for (const other of [new Error('x'), { name: 'SyncError', code: 'storage/io' }, undefined, 'SyncError'])
      expect(SyncError.is(other)).toBe(false);
  });

  it('carries path and cause, and is for good unless it says otherwise', () => {
    const cause = new Error('EACCES');
    const error = new SyncError('storage/denied', 'a cannot be read', { path: 'a', cause });
    expect(error).toMatchObject({ code: 'storage/denied', path: 'a', cause, retryable: false, message: 'a cannot be read' });
    expect(new SyncError('storage/io', 'x', { retryable: true }).retryable).toBe(true);
    expect('cause' in new SyncError('storage/io', 'x')).toBe(false);
  });

  it.each<[SyncErrorCode, number]>([
    ['guard/max-delete', EXIT.guard],
    ['guard/emptied-root', EXIT.guard],
    ['storage/root-missing', EXIT.guard],
    ['storage/root-not-folder', EXIT.guard],
    ['config/invalid', EXIT.usage],
    ['sync/cancelled', EXIT.cancelled],
    ['storage/io', EXIT.pathsFailed],
    ['state/locked', EXIT.pathsFailed],
  ])('%s ends a command with %d', (code, exit) => {
    expect(exitCodeOf(code)).toBe(exit);
  });
});
