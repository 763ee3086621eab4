import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { REPOSITORY } from '../tracked-files.ts';

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'cloudsync-bench-e2e-'));
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

function bench(...argv: string[]): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(REPOSITORY, 'bench/src/main.ts'), ...argv], { encoding: 'utf8' });
  return { code: status, stdout, stderr };
}

it('the bench runs every row with CloudSync alone, checks the folders, and leaves nothing behind', () => {
  const { code, stdout, stderr } = bench('local', '--scale', '0.002', '--reps', '1', '--tools', '', '--dir', scratch);
  expect(stderr).not.toContain('bench:');
  expect(code).toBe(0);
  expect(stdout.match(/^### .+$/gm)).toEqual([
    '### CloudSync’s time as a part of theirs',
    '### 40 files of 4 KiB, first sync',
    '### 40 files of 4 KiB, nothing changed',
    '### 40 files of 4 KiB, 1 % changed',
    '### one file of 2,147,484 bytes, first sync',
    '### one file of 2,147,484 bytes, nothing changed',
    '### one file of 2,147,484 bytes, one byte inserted in the middle',
    '### 400 files of 256 bytes, nothing changed',
  ]);
  expect(stdout.match(/^\| CloudSync +\| \d+\.\d{3} s/gm)).toHaveLength(7);
  expect(readdirSync(scratch)).toEqual([]);
});

it('the bench of content measures everything that needs no network, and leaves nothing behind', () => {
  const { code, stdout, stderr } = bench('content', '--scale', '0.01', '--offline', '--dir', scratch);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(stdout.match(/^### .+$/gm)).toEqual([
    '### Speed',
    '### Bytes re-sent per edit, and as a part of gear’s',
    '### Content that is hard to cut',
  ]);
  expect(readdirSync(scratch)).toEqual([]);
});

it('wrong usage is explained and starts nothing', () => {
  expect(bench()).toMatchObject({ code: 2, stdout: expect.stringContaining('npm run bench -- <what>') });
  const unknown = bench('local', '--rows', 'small-first,nonsense', '--dir', scratch);
  expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('nonsense is not one of small-first') });
  expect(bench('local', '--reps', '0')).toMatchObject({ code: 1, stderr: expect.stringContaining('--reps takes a number above 0') });
});
