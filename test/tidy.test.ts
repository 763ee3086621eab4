import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REPOSITORY, readTracked, trackedFiles } from './tracked-files.ts';

const LINES_MAX = 500;
const files = trackedFiles();
const sources = files.filter((path) => /\.(ts|js|mjs)$/.test(path));

/** The rules of this house that no linter knows. Each is a function of a path and its text, so that it can be seen to fail. */
const rules = {
  lines: (_path: string, text: string) => text.split('\n').length <= LINES_MAX,
  name: (path: string) => !/(^|[/.-])(utils?|helpers?|common|misc)([/.-]|$)/i.test(path),
  noLooseEnds: (_path: string, text: string) => !/\b(TODO|FIXME|XXX)\b/.test(text),
  noRegistry: (_path: string, text: string) => !/https?:\/\/[a-z0-9.-]*(registry|npmjs|artifactory|verdaccio)[a-z0-9.-]*/i.test(text),
  // Tests may make up a home of somebody who does not exist.
  noMachinePath: (path: string, text: string) =>
    !text.includes(REPOSITORY) &&
    !/(^|[\s'"`(=:])\/root\/[\w.-]/m.test(text) &&
    (path.endsWith('.test.ts') || !/(^|[\s'"`(=:])\/(home|Users)\/[\w.-]/m.test(text)),
  noOutsideWorld: (_path: string, text: string) =>
    !/\bDate\.now\b|new Date\(\)|\bMath\.random\b|\brandomUUID\b|\bset(Timeout|Interval|Immediate)\b|\bperformance\.now\b/.test(text),
};

function breaking(rule: (path: string, text: string) => boolean, paths: readonly string[]): string[] {
  return paths.filter((path) => !rule(path, readTracked(path)));
}

describe('tidy', () => {
  it(`a source file has at most ${LINES_MAX} lines`, () => {
    expect(breaking(rules.lines, sources)).toEqual([]);
  });

  it('a file is named after its one idea', () => {
    expect(breaking(rules.name, sources)).toEqual([]);
  });

  it('nothing is left for later in a source file', () => {
    const others = sources.filter((path) => path !== 'test/tidy.test.ts');
    expect(breaking(rules.noLooseEnds, others)).toEqual([]);
  });

  it('no file names a package registry', () => {
    expect(breaking(rules.noRegistry, files)).toEqual([]);
  });

  it('no file names a folder of somebody’s machine', () => {
    const others = files.filter((path) => path !== 'test/tidy.test.ts');
    expect(breaking(rules.noMachinePath, others)).toEqual([]);
  });

  it('the engine meets clock, chance and timers in one module only', () => {
    const engine = sources.filter((path) => path.startsWith('packages/engine/src/') && !path.endsWith('.test.ts'));
    expect(breaking(rules.noOutsideWorld, engine)).toEqual(['packages/engine/src/run/environment.ts']);
  });

  it('every link between documents leads somewhere', () => {
    const documents = files.filter((path) => path.endsWith('.md'));
    const broken = documents.flatMap((path) =>
      linksOf(readTracked(path))
        .filter((target) => !existsSync(join(REPOSITORY, dirname(path), target)))
        .map((target) => `${path} → ${target}`),
    );
    expect(broken).toEqual([]);
  });

  it('each rule can fail', () => {
    expect(rules.lines('a.ts', '\n'.repeat(LINES_MAX + 1))).toBe(false);
    expect(rules.name('src/path-utils.ts')).toBe(false);
    expect(rules.name('src/helpers/path.ts')).toBe(false);
    expect(rules.noLooseEnds('a.ts', '// TODO')).toBe(false);
    expect(rules.noRegistry('.npmrc', ['https:', '', 'registry.example.org'].join('/'))).toBe(false);
    expect(rules.noMachinePath('a.ts', "open('/home/jo/x')")).toBe(false);
    expect(rules.noMachinePath('a.test.ts', "open('/root/x')")).toBe(false);
    expect(rules.noMachinePath('a.test.ts', `cd ${REPOSITORY}`)).toBe(false);
    expect(rules.noOutsideWorld('a.ts', 'Date.now()')).toBe(false);
    expect(linksOf('see [there](docs/there.md#part) and [home](https://example.org)')).toEqual(['docs/there.md']);
  });
});

/** Targets of the relative links in a Markdown text, without their fragments. */
function linksOf(markdown: string): string[] {
  const targets = [...markdown.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => (target as string).replace(/#.*$/, ''));
  return targets.filter((target) => target !== '' && !/^[a-z]+:/.test(target));
}
