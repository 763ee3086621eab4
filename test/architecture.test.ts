import { expect, it } from 'vitest';
import { readTracked } from './tracked-files.ts';

/** Rows like `| rule | where | [file](path) “title” · [file](path) “title” |`; a cell may name several tests. */
const NAMED_TEST = /\[[^\]]+\]\(([^)]+\.ts)\) “([^”]+)”/g;

const namedTests = [...readTracked('ARCHITECTURE.md').matchAll(NAMED_TEST)].map(([, path, title]) => ({
  path: path as string,
  title: title as string,
}));

it('every safety rule of the product names its tests', () => {
  const rules = readTracked('ARCHITECTURE.md').match(/^\| \d+\. .*$/gm) ?? [];
  expect(rules.length).toBe(8);
  for (const rule of rules) expect([...rule.matchAll(NAMED_TEST)].length, rule).toBeGreaterThan(0);
});

it.each(namedTests)('the test “$title” is in $path', ({ path, title }) => {
  expect(readTracked(path)).toContain(title);
});
