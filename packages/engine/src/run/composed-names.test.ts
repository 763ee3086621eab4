import { describe, expect, it } from 'vitest';
import { MACOS_NAMES, type NameRules, POSIX_NAMES } from '../model/names.ts';
import type { Storage } from '../storage.ts';
import { listable } from './composed-names.ts';

const holding = (names: NameRules): Pick<Storage, 'abilities'> => ({
  abilities: { scans: true, mtimeStepMs: 1, modes: true, symlinks: true, folders: true, names },
});

describe('what a partial listing may ask for', () => {
  const accented = ['a/caf\u00e9'];

  it('every path where both sides tell spellings apart, and plain ones everywhere', () => {
    expect(listable(accented, [holding(POSIX_NAMES), holding(POSIX_NAMES)])).toBe(accented);
    expect(listable(['a/b'], [holding(POSIX_NAMES), holding(MACOS_NAMES)])).toEqual(['a/b']);
    expect(listable(undefined, [holding(POSIX_NAMES), holding(MACOS_NAMES)])).toBeUndefined();
  });

  it('everything instead of a name that can be spelled in two ways, where a side takes them for one', () => {
    for (const form of ['NFC', 'NFD']) {
      expect(
        listable(
          accented.map((path) => path.normalize(form)),
          [holding(POSIX_NAMES), holding(MACOS_NAMES)],
        ),
      ).toBeUndefined();
    }
  });
});
