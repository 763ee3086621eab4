import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const RESULTS = fileURLToPath(new URL('../RESULTS.md', import.meta.url));

/** Puts a bench's results into bench/RESULTS.md; the sections of the others stay as they are. */
export function writeSection(name: string, section: string): void {
  writeFileSync(RESULTS, withSection(readFileSync(RESULTS, 'utf8'), name, section));
}

/** The text of all results with this section replaced, or added at the end. Sections stand between comments that name them. */
export function withSection(results: string, name: string, section: string): string {
  const begin = `<!-- bench ${name} -->`;
  const end = `<!-- end of ${name} -->`;
  const whole = `${begin}\n${section.trim()}\n${end}`;
  const from = results.indexOf(begin);
  const to = results.indexOf(end);
  if (from >= 0 && to > from) return results.slice(0, from) + whole + results.slice(to + end.length);
  return `${results.trimEnd()}\n\n${whole}\n`;
}
