import { describe, expect, it } from 'vitest';
import { guardDeletions, guardEmptied, type MaxDelete } from './guard.ts';

const urls = { source: '/laptop', destination: '/usb' };

describe('the delete guard', () => {
  it.each<[MaxDelete, deleted: number, files: number, stops: boolean]>([
    [{ percent: 50 }, 5, 10, false],
    [{ percent: 50 }, 6, 10, true],
    [{ percent: 50 }, 1, 1, true],
    [{ percent: 0 }, 1, 1_000_000, true],
    [{ percent: 0 }, 0, 10, false],
    [{ percent: 100 }, 10, 10, false],
    [{ percent: 50 }, 0, 0, false],
    [{ files: 5 }, 5, 1000, false],
    [{ files: 5 }, 6, 1000, true],
    [{ files: 0 }, 1, 1000, true],
    [{ files: 0 }, 0, 1000, false],
    ['off', 1000, 1000, false],
  ])('%j: %d of %d deleted, stops: %s', (maxDelete, deleted, files, stops) => {
    for (const side of ['source', 'destination'] as const) {
      const counts = { source: 0, destination: 0, [side]: deleted };
      const message = guardDeletions({ maxDelete, deleted: counts, files: { source: files, destination: files }, urls });
      if (stops) {
        expect(message).toContain(`${deleted} of ${files} files in ${urls[side]}`);
        expect(message).toMatch(/nothing was changed.*--max-delete off/);
      } else expect(message).toBeUndefined();
    }
  });

  it('each side is measured by its own files', () => {
    const question = { maxDelete: { percent: 50 }, deleted: { source: 4, destination: 4 }, files: { source: 100, destination: 5 }, urls };
    expect(guardDeletions(question)).toContain('/usb');
  });
});

describe('an emptied root', () => {
  it.each([
    [0, 10, true],
    [1, 10, false],
    [0, 0, false],
    [10, 0, false],
  ])('%d files now, %d before: stops %s', (now, before, stops) => {
    const message = guardEmptied('destination', { url: '/usb', now, before });
    if (stops) expect(message).toMatch(/the destination \/usb held 10 files.*nothing was changed.*not mounted/);
    else expect(message).toBeUndefined();
  });
});
