import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { useSandbox } from './sandbox.ts';
import { contents, differences, write } from './tree.ts';

const box = useSandbox();
const nodeModules = fileURLToPath(new URL('../../node_modules', import.meta.url));

/** A few thousand files with modes, links and odd names, as npm installed them; the biggest packages are left out. */
function copyInstalledPackages(): void {
  const left = ['node', '@typescript', '@biomejs', '.cache', '.vite', '.vitest'];
  for (const name of readdirSync(nodeModules)) {
    if (!left.includes(name))
      cpSync(join(nodeModules, name), join(box.a, name), { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
  }
}

test('the installed packages, there and back: byte for byte, with modes, mtimes and links', async () => {
  copyInstalledPackages();
  write(box.a, { 'link to nowhere': { link: 'nowhere/at all' }, 'absolute link': { link: '/etc/hostname' }, 'empty/folder': null });
  chmodSync(join(box.a, '.package-lock.json'), 0o640);
  const count = Object.keys(contents(box.a)).length;
  expect(count).toBeGreaterThan(2000);

  expect((await box.sync()).code).toBe(0);
  expect(differences(box.a, box.b)).toEqual([]);
  execFileSync('diff', ['-r', '--no-dereference', box.a, box.b]);
  expect((await box.sync('--dry-run')).stdout).toMatch(/^In sync: [\d,]+ files, nothing to do\n$/);

  // And back: everything is gone at the source, which only a union or a deliberate choice may undo.
  for (const name of readdirSync(box.a)) rmSync(join(box.a, name), { recursive: true });
  expect((await box.sync()).code).toBe(4);
  expect((await box.sync('--mode', 'destination-backup', '--force')).code).toBe(0);
  expect(differences(box.a, box.b)).toEqual([]);
  expect(existsSync(join(box.b, '.sync_trash'))).toBe(false);
  expect((await box.sync()).stdout).toContain('nothing to do');
});
