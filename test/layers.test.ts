import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'cloudsync-layers-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Lints planted files under this repository's rules, as if they lay in it; returns what the linter says. */
function lint(files: Record<string, string>): string {
  const folder = mkdtempSync(join(scratch, 'tree-'));
  const settings = execFileSync('git', ['ls-files', '-co', '--exclude-standard', 'biome.jsonc', '.gitignore', '*package.json'], {
    cwd: root,
    encoding: 'utf8',
  });
  for (const name of settings.trim().split('\n')) cpSync(join(root, name), join(folder, name));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const biome = spawnSync(process.execPath, [join(root, 'node_modules/@biomejs/biome/bin/biome'), 'lint', '--colors=off'], {
    cwd: folder,
    encoding: 'utf8',
  });
  return biome.stdout + biome.stderr;
}

const exported = 'export const value = 1;\n';
const importing = (from: string) => `export type { value } from '${from}';\n`;

describe('layer rules: each planted violation is refused', () => {
  it.each([
    ['engine/src/model/a.ts', '../compare/b.ts', 'model ← compare ← plan ← run'],
    ['engine/src/model/a.ts', '../run/b.ts', 'model ← compare ← plan ← run'],
    ['engine/src/storage.ts', './plan/b.ts', 'model ← compare ← plan ← run'],
    ['engine/src/compare/a.ts', '../plan/b.ts', 'model ← compare ← plan ← run'],
    ['engine/src/plan/a.ts', '../run/b.ts', 'model ← compare ← plan ← run'],
    ['engine/src/merge/a.ts', '../run/b.ts', 'Merging is by itself'],
    ['engine/src/model/a.ts', '@cloudsync/storages', 'The engine imports no other package'],
    ['engine/src/run/a.ts', '@cloudsync/storages', 'The engine imports no other package'],
    ['storages/src/a.ts', 'cloudsync', 'storages imports the engine only'],
    ['storages/src/a.ts', '@cloudsync/testing', 'storages imports the engine only'],
    ['storages/src/a.ts', '@cloudsync/testing/contract', 'storages imports the engine only'],
    ['content/src/a.ts', '@cloudsync/storages', 'content imports the engine only'],
    ['vault/src/a.ts', '@cloudsync/storages', 'vault imports engine and content only'],
    ['protocol/src/a.ts', '@cloudsync/content', 'protocol imports the engine only'],
    ['server/src/a.ts', '@cloudsync/storages', 'server imports engine, content and protocol only'],
    ['server/src/a.ts', '@cloudsync/sdk', 'server imports engine, content and protocol only'],
    ['sdk/src/a.ts', '@cloudsync/server', 'sdk imports engine, content, storages and protocol only'],
    ['cli/src/a.ts', '@cloudsync/testing', 'cli imports the packages below it only'],
  ])('%s may not import %s', (file, from, message) => {
    expect(lint({ [`packages/${file}`]: importing(from) })).toContain(message);
  });

  it.each(['engine/src/run', 'protocol/src'])('%s may not import a module of Node', (folder) => {
    expect(lint({ [`packages/${folder}/a.ts`]: "export { readFileSync } from 'node:fs';\n" })).toContain('noNodejsModules');
  });

  it('files may not import each other in a circle, not even their types', () => {
    const files = { 'packages/cli/src/a.ts': importing('./b.ts'), 'packages/cli/src/b.ts': importing('./a.ts') };
    expect(lint(files)).toContain('noImportCycles');
  });

  it('a package may not import what its package.json does not name', () => {
    expect(lint({ 'packages/cli/src/a.ts': importing('left-pad') })).toContain('noUndeclaredDependencies');
  });

  it('what follows the rules is left alone', () => {
    const said = lint({
      'packages/engine/src/model/a.ts': exported,
      'packages/engine/src/compare/a.ts': importing('../model/a.ts'),
      'packages/engine/src/run/a.ts': importing('../compare/a.ts'),
      'packages/storages/src/a.ts': importing('@cloudsync/engine'),
      'packages/storages/src/b.ts': importing('@cloudsync/engine/model/error'),
      'packages/cli/src/a.ts': importing('@cloudsync/storages'),
      'packages/testing/src/a.ts': importing('@cloudsync/storages'),
    });
    expect(said).toContain('No fixes applied');
    expect(said).not.toContain('lint/');
  });
});
