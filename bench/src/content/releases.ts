import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type Cut, chunksOf } from './resent.ts';

export const PACKAGE = 'typescript';
export const VERSIONS: readonly string[] = ['5.6.2', '5.6.3', '5.7.2', '5.7.3', '5.8.2', '5.8.3'];

/** The unpacked archives of several releases of one package, from the registry that npm is set up with. */
export function fetchReleases(scratch: string): Uint8Array[] {
  return VERSIONS.map((version) => {
    const args = ['pack', `${PACKAGE}@${version}`, '--silent', '--pack-destination', scratch];
    const name = execFileSync('npm', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
    return gunzipSync(readFileSync(join(scratch, name)));
  });
}

/** Bytes of all, and of what is left when equal chunks are kept once. */
export function deduplicated(contents: readonly Uint8Array[], cut: Cut): { readonly all: number; readonly kept: number } {
  const known = new Set<string>();
  let [all, kept] = [0, 0];
  for (const content of contents) {
    all += content.length;
    for (const chunk of chunksOf(content, cut)) {
      const digest = hash('sha256', chunk);
      if (!known.has(digest)) kept += chunk.length;
      known.add(digest);
    }
  }
  return { all, kept };
}
