import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IGNORE_FILE, IgnoreRules } from '@cloudsync/engine/model/ignore';
import { joinPath } from '@cloudsync/engine/model/path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/*
 * The rules are git's, so git is asked: the same tree, the same patterns, the same answer for every path.
 */

const NAMES = ['a', 'b', 'c', 'ab', 'abc', 'a.b', '.a', 'a b', 'a ', ' a', 'b-', '#a', '!a', '*', '\\a', '[a', ']', '^', 'A'];
const FOLDERS = ['', 'a.d', 'd', 'd/a', 'd/a/e', 'e ', 'e /d'];
const FILES = FOLDERS.flatMap((folder) => NAMES.map((name) => joinPath(folder, name))).filter((path) => !FOLDERS.includes(path));

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'cloudsync-ignore-'));
  git(['init', '--quiet']);
  for (const folder of FOLDERS) mkdirSync(join(root, folder), { recursive: true });
  for (const file of FILES) writeFileSync(join(root, file), '');
});
afterAll(() => rmSync(root, { recursive: true }));

function git(args: readonly string[], input = ''): string[] {
  const env = { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', GIT_CEILING_DIRECTORIES: tmpdir() };
  const { stdout, stderr, error } = spawnSync('git', args, { cwd: root, input, encoding: 'utf8', env });
  if (error !== undefined || stderr !== '') throw error ?? new Error(stderr);
  return stdout.split('\0').filter((path) => path !== '');
}

interface IgnoreFile {
  readonly folder: string;
  readonly text: string;
}

/**
 * Where git and the library part, and nobody should follow either: git cuts off the plain beginning of a pattern first, so
 * that `a**\/b` also means `a` before any folder; and an escaped slash before `**`.
 */
const ODDITIES = /^ ?!?\/?[^*?[\\]*[^*?[\\/]\*\*|\\\//;
const piece = fc.constantFrom(
  ...['a', 'b', 'c', 'd', 'e', 'A', '.', ' ', '-', 'ab', '*', '?', '**', '/', '/**/', '**/', '/**', '/*', '*.b', 'a*'],
  ...['[ab]', '[!a]', '[^b]', '[a-c]', '[]a]', '[!]a]', '[a-]', '[[:alpha:]]', '[![:upper:]]', '[c-a]', '[\\]]', '[a', '[*]', '[/]', ']'],
  ...['\\a', '\\*', '\\?', '\\#', '\\!', '\\ ', '\\\\', '\\', '#', '!', '^', '\t', '***', '{a,b}', '$', '+', '(', '|'],
);
const pattern = fc
  .tuple(
    fc.constantFrom('', '', '', '!', '/', '!/', '#', '\\#', '\\!', '**/', ' '),
    fc.array(piece, { maxLength: 4 }),
    fc.constantFrom('', '', '', '/', '/*', '/**', ' ', '  ', '\\ ', '\t', '\\'),
  )
  .map(([start, middle, end]) => start + middle.join('') + end)
  .filter((text) => !ODDITIES.test(text));
/** Names as they are, so that a negation often has something to bring back. */
const line = fc.oneof(pattern, fc.constantFrom('*', '!a', '!d', 'd', 'd/*', '!d/a', 'e/', '!e/', 'a', '/a', '!/a', 'd/**', '!*.b', '*.d/'));

const ignoreText = fc
  .tuple(fc.constantFrom('', '', '\uFEFF'), fc.array(fc.tuple(line, fc.constantFrom('\n', '\n', '\r\n')), { maxLength: 5 }), fc.boolean())
  .map(([bom, lines, isTorn]) => {
    const text = bom + lines.map(([rule, end]) => rule + end).join('');
    return isTorn ? text.replace(/\n$/, '') : text;
  });
const ignoreFiles = fc.uniqueArray(fc.record({ folder: fc.constantFrom(...FOLDERS), text: ignoreText }), {
  selector: (file) => file.folder,
  maxLength: 3,
});

/** Lays the files under both names into the tree for as long as `ask` runs. */
function withIgnoreFiles<T>(files: readonly IgnoreFile[], ask: () => T): T {
  const written = files.flatMap(({ folder, text }) => ['.gitignore', IGNORE_FILE].map((name) => [join(root, folder, name), text] as const));
  for (const [path, text] of written) writeFileSync(path, text);
  try {
    return ask();
  } finally {
    for (const [path] of written) rmSync(path);
  }
}

function rulesOf(files: readonly IgnoreFile[], patterns: readonly string[] = []): IgnoreRules {
  const rules = new IgnoreRules(patterns);
  for (const { folder, text } of files) rules.addFile(joinPath(folder, IGNORE_FILE), text);
  return rules;
}

/** What git ignores of every file and folder of the tree. */
function ignoredByGit(files: readonly IgnoreFile[]): string[] {
  const paths = [...FILES, ...FOLDERS.filter((folder) => folder !== '')];
  return withIgnoreFiles(files, () => git(['check-ignore', '--no-index', '--stdin', '-z'], paths.join('\0')));
}

function ignoredByUs(rules: IgnoreRules): string[] {
  return [...FILES.filter((path) => rules.covers(path, false)), ...FOLDERS.filter((folder) => folder !== '' && rules.covers(folder, true))];
}

describe('ignore files mean what git says they mean', () => {
  it('for any patterns, in nested files, with a byte order mark or Windows line ends', () => {
    fc.assert(
      fc.property(ignoreFiles, (files) => {
        expect(ignoredByUs(rulesOf(files)).sort()).toEqual(ignoredByGit(files).sort());
      }),
      { numRuns: 120 },
    );
  });

  it('patterns from outside outrank every file', () => {
    // A pattern on git's command line is taken as it is: no comment, no trimming of what looks like a file's line end.
    const outside = fc.array(
      line.filter((text) => text !== '' && !text.startsWith('#') && !/[ \t\\]$/.test(text)),
      { minLength: 1, maxLength: 3 },
    );
    fc.assert(
      fc.property(ignoreFiles, outside, (files, patterns) => {
        const args = [
          'ls-files',
          '-z',
          '--others',
          '--ignored',
          `--exclude-per-directory=${IGNORE_FILE}`,
          ...patterns.map((text) => `--exclude=${text}`),
        ];
        const listed = new Set(withIgnoreFiles(files, () => git(args)));
        const rules = rulesOf(files, patterns);
        expect(FILES.filter((path) => rules.covers(path, false))).toEqual(FILES.filter((path) => listed.has(path)));
      }),
      { numRuns: 80 },
    );
  });
});
