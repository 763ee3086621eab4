import { joinPath, nameOf, parentOf } from './path.ts';

/*
 * In the middle of a swap a thing has an interim name, `<name>.cloudsync-moving-<n>`: plain to see, so that a cut-off swap
 * leaves no hidden file, and nobody's own choice, so that the next run knows it as ours and puts it back (run/heal-swaps.ts).
 */

const MARK = '.cloudsync-moving-';
const INTERIM_NAME = /^(.+)\.cloudsync-moving-\d+$/s;
const IN_PATH = /\.cloudsync-moving-\d+(?=\/|$)/g;

/** Names are kept whole up to here; with the mark they still are names of 255 bytes at most, as every file system holds. */
const STEM_BYTES_MAX = 255 - MARK.length - 4;
const CHARACTER_BYTES_MAX = 4;
const utf8 = new TextEncoder();

/** The `n`th interim name of what is at `path`. */
export function interimPath(path: string, n: number): string {
  return joinPath(parentOf(path), `${interimStem(nameOf(path))}${MARK}${n}`);
}

/** True when the path's own name is one that a thing has in the middle of a swap. */
export function isInterim(path: string): boolean {
  return path.includes(MARK) && INTERIM_NAME.test(nameOf(path));
}

/** The path without interim names: the one that rules and people mean. Most paths are their own. */
export function withoutInterim(path: string): string {
  return path.includes(MARK) ? path.replace(IN_PATH, '') : path;
}

/**
 * The path that something had before a swap gave it this interim name, its folder as it is now. A name that was cut is looked
 * up among `former`, paths that are known to be empty now.
 */
export function pathBeforeInterim(path: string, former: Iterable<string>): string {
  const stem = INTERIM_NAME.exec(nameOf(path))?.[1] ?? nameOf(path);
  const folder = parentOf(path);
  const mayBeCut = utf8.encode(stem).length > STEM_BYTES_MAX - CHARACTER_BYTES_MAX;
  if (mayBeCut) for (const old of former) if (parentOf(old) === folder && interimStem(nameOf(old)) === stem) return old;
  return joinPath(folder, stem);
}

/** A name, or as many whole characters of it as leave room for the mark. */
function interimStem(name: string): string {
  if (name.length * 3 <= STEM_BYTES_MAX) return name;
  let stem = name;
  while (utf8.encode(stem).length > STEM_BYTES_MAX) stem = [...stem].slice(0, -1).join('');
  return stem;
}
