import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { freshRoot, giveToNobody, NOBODY, plant } from '../fresh-root.test.support.ts';

test("one's own read-only folder is changed all the same and stays read-only; a foreign one is not touched", () => {
  const root = plant(freshRoot(), { file: 'text', 'locked/': '', 'foreign/': '' });
  giveToNobody(root, join(root, 'locked'), join(root, 'file'));
  chmodSync(join(root, 'locked'), 0o555);
  onTestFinished(() => chmodSync(join(root, 'locked'), 0o755));
  // An ordinary user has no folder of somebody else at hand; its own is no obstacle.
  const isRoot = process.getuid?.() === 0;
  if (isRoot) chownSync(join(root, 'foreign'), 0, 0);
  const script = new URL('./change-as-nobody.test.support.ts', import.meta.url).pathname;
  const { stdout, stderr } = spawnSync(process.execPath, [script, root, `${NOBODY}`], { encoding: 'utf8' });
  expect(`${stdout}${stderr}`).toBe(
    `upload done\ncopy done\nfolder done\nrename done\ndelete done\nforeign ${isRoot ? 'storage/denied' : 'done'}\n`,
  );
  expect(readdirSync(join(root, 'locked'))).toEqual(['folder']);
  expect(readdirSync(join(root, 'locked/folder'))).toEqual(['moved']);
  expect(lstatSync(join(root, 'locked')).mode & 0o777).toBe(0o555);
  expect(lstatSync(join(root, 'locked/folder')).mode & 0o777).toBe(0o555);
  expect(readdirSync(join(root, 'foreign'))).toEqual(isRoot ? [] : ['new']);
});
