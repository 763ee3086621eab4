import { hash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Makes files (text or bytes), folders (null) and links (`{ link }`) below a folder. */
export function write(root: string, files: Readonly<Record<string, string | Uint8Array | null | { readonly link: string }>>): void {
  for (const [path, content] of Object.entries(files)) {
    const file = join(root, path);
    mkdirSync(content === null ? file : dirname(file), { recursive: true });
    if (content === null) continue;
    if (typeof content === 'string' || content instanceof Uint8Array) writeFileSync(file, content);
    else symlinkSync(content.link, file);
  }
}

/** Sets the modification time, in seconds since 1970. */
export function touch(root: string, path: string, seconds: number): void {
  utimesSync(join(root, path), seconds, seconds);
}

/** What is below a folder, without trash: paths with the text of small files, `/` for folders, `→ target` for links. */
export function contents(root: string): Record<string, string> {
  return Object.fromEntries(walk(root).map((path) => [path, contentOf(join(root, path))]));
}

function contentOf(file: string): string {
  const stats = lstatSync(file);
  if (stats.isDirectory()) return '/';
  if (stats.isSymbolicLink()) return `→ ${readlinkSync(file)}`;
  if (!stats.isFile()) return '(special)';
  return stats.size > 1000 ? `${stats.size} bytes, ${hash('sha256', readFileSync(file))}` : readFileSync(file, 'utf8');
}

/**
 * Where two trees differ in what a sync must carry: kinds, content, permissions, targets of links, mtimes of files and links.
 * Node gives and sets times as floating-point numbers, so they are the same within a microsecond.
 */
export function differences(a: string, b: string): string[] {
  const [left, right] = [facts(a), facts(b)];
  const paths = [...new Set([...left.keys(), ...right.keys()])].sort();
  return paths.flatMap((path) => {
    const [x, y] = [left.get(path), right.get(path)];
    if (x === undefined || y === undefined) return [`${path}: only in ${x === undefined ? b : a}`];
    if (x.text !== y.text) return [`${path}: ${x.text} / ${y.text}`];
    return Math.abs(Number(x.mtimeNs - y.mtimeNs)) > 1000 ? [`${path}: mtime ${x.mtimeNs} / ${y.mtimeNs} ns`] : [];
  });
}

/** All facts of a tree, to see whether anything at all was touched. */
export function snapshot(root: string): string[] {
  return [...facts(root)].map(([path, { text, mtimeNs }]) => `${path} ${text} ${mtimeNs}`);
}

function facts(root: string): Map<string, { readonly text: string; readonly mtimeNs: bigint }> {
  return new Map(
    walk(root).map((path) => {
      const { mode, mtimeNs } = lstatSync(join(root, path), { bigint: true });
      const content = contentOf(join(root, path));
      return [path, { text: `${(mode & 0o177777n).toString(8)} ${content}`, mtimeNs: content === '/' ? 0n : mtimeNs }];
    }),
  );
}

function walk(root: string, below = ''): string[] {
  return readdirSync(join(root, below), { withFileTypes: true })
    .filter((entry) => entry.name !== '.sync_trash')
    .flatMap((entry) => {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      return entry.isDirectory() ? [path, ...walk(root, path)] : [path];
    })
    .sort();
}

/** Every text that was ever put into the trash of a folder. */
export function trashed(root: string): string[] {
  const trash = join(root, '.sync_trash');
  return Object.values(contents(trash)).filter((text) => text !== '/');
}
