import { describe, expect, it } from 'vitest';
import { ANY_NAMES, MACOS_NAMES, type NameRules, nameKey, POSIX_NAMES, WINDOWS_NAMES, whyNotAllowed } from './names.ts';

const ALL = { posix: POSIX_NAMES, macos: MACOS_NAMES, windows: WINDOWS_NAMES, any: ANY_NAMES };

describe('what Windows refuses', () => {
  it.each(['a:b', 'a<b', 'a>b', 'a"b', 'a\\b', 'a|b', 'a?b', 'a*b', 'a\nb', 'a\u0001'])('%j: a character', (name) => {
    expect(whyNotAllowed(WINDOWS_NAMES, name)).toMatch(/Windows allows no ".*" in a name/);
  });

  it.each(['a.', 'a ', '...', ' '])('%j: its end', (name) => {
    expect(whyNotAllowed(WINDOWS_NAMES, name)).toMatch(/ends with a dot or a space/);
  });

  it.each(['con', 'CON', 'Nul.txt', 'aux.tar.gz', 'prn', 'COM1', 'com¹', 'LPT9.x', 'conin$', 'CONOUT$', 'nul .txt'])(
    '%j: a device',
    (name) => {
      expect(whyNotAllowed(WINDOWS_NAMES, name)).toMatch(/reserves/);
    },
  );

  it.each(['cons', 'icon', 'com', 'com10', 'lpt', '.con', 'a.con', 'nul-1', 'my nul', ' a', '.a', 'é', '👍'])('%j is fine', (name) => {
    expect(whyNotAllowed(WINDOWS_NAMES, name)).toBeUndefined();
  });

  it('the other platforms take all of these', () => {
    for (const rules of [POSIX_NAMES, MACOS_NAMES, ANY_NAMES])
      for (const name of ['a:b', 'con', 'a.', 'a ', 'a\nb', 'a\\b']) expect(whyNotAllowed(rules, name)).toBeUndefined();
  });
});

describe('how long a name may be', () => {
  it.each<[keyof typeof ALL, string, boolean]>([
    ['posix', 'a'.repeat(255), true],
    ['posix', 'a'.repeat(256), false],
    ['posix', 'é'.repeat(127), true],
    ['posix', 'é'.repeat(128), false],
    ['posix', '👍'.repeat(64), false],
    ['macos', 'é'.repeat(255), true],
    ['macos', 'é'.repeat(256), false],
    ['windows', '👍'.repeat(127), true],
    ['windows', '👍'.repeat(128), false],
    ['any', 'a'.repeat(100_000), true],
  ])('%s: %.8s…', (platform, name, fits) => {
    const reason = whyNotAllowed(ALL[platform], name);
    if (fits) expect(reason).toBeUndefined();
    else expect(reason).toMatch(/longer than 255 (bytes|characters)/);
  });
});

describe('names that are one file', () => {
  const NFC = 'caf\u00e9';
  const NFD = 'cafe\u0301';
  const areOne = (rules: NameRules, a: string, b: string): boolean => nameKey(rules, a) === nameKey(rules, b);

  it.each<[keyof typeof ALL, { case: boolean; spelling: boolean }]>([
    ['posix', { case: false, spelling: false }],
    ['any', { case: false, spelling: false }],
    ['windows', { case: true, spelling: false }],
    ['macos', { case: true, spelling: true }],
  ])('%s', (platform, one) => {
    const rules = ALL[platform];
    expect(areOne(rules, 'Read/Me', 'read/ME')).toBe(one.case);
    expect(areOne(rules, 'ÄRGER', 'ärger')).toBe(one.case);
    expect(areOne(rules, NFC, NFD)).toBe(one.spelling);
    expect(areOne(rules, 'a', 'b')).toBe(false);
  });
});
