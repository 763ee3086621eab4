import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's own folder, with a slash at the end. */
export const REPOSITORY = fileURLToPath(new URL('..', import.meta.url));

/** Every file that is, or would be, in the repository: tracked or new, never ignored. Paths are relative to its root. */
export function trackedFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: REPOSITORY,
    encoding: 'utf8',
  });
  return listed.split('\0').filter((path) => path !== '' && existsSync(join(REPOSITORY, path)));
}

export function readTracked(path: string): string {
  return readFileSync(join(REPOSITORY, path), 'utf8');
}
