import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { IgnoreRules } from '@cloudsync/engine';
import { absoluteOf } from './absolute.ts';

const BYTES_MAX = 1 << 20;

/** An ignore file that was looked for in a folder. */
export interface IgnoreFile {
  readonly folder: string;
  readonly path: string;
  /** Undefined: there is none. */
  readonly text: string | undefined;
}

/**
 * The ignore rules of one scan: patterns from outside, and the ignore files that it meets on its way. The engine, which
 * knows the rules, is loaded when the first rule is met: most scans meet none, and their worker starts in half the time.
 */
export class IgnoreFiles {
  readonly #root: string;
  /** By folder. */
  readonly #read = new Map<string, IgnoreFile>();
  #rules: IgnoreRules | undefined;

  constructor(root: string, patterns: readonly string[], files: readonly IgnoreFile[] = []) {
    this.#root = root;
    if (patterns.length > 0) this.#rules = newRules(patterns);
    for (const file of files) this.#add(file);
  }

  get files(): IgnoreFile[] {
    return [...this.#read.values()];
  }

  /** Whether a path is ignored; no folder above it is. */
  ignores(path: string, isFolder: boolean): boolean {
    return this.#rules?.ignores(path, isFolder) ?? false;
  }

  /**
   * Takes in the ignore file at `path`, if `folder` has one and it was not read before.
   * @returns its text, when it was read now
   * @throws the system's error, `EFBIG` for one of more than a mebibyte
   */
  read(folder: string, path: string): string | undefined {
    if (this.#read.has(folder)) return undefined;
    const file = { folder, path, text: readRegularFile(absoluteOf(this.#root, path)) };
    this.#add(file);
    return file.text;
  }

  #add(file: IgnoreFile): void {
    this.#read.set(file.folder, file);
    if (file.text === undefined) return;
    this.#rules ??= newRules([]);
    this.#rules.addFile(file.path, file.text);
  }
}

function newRules(patterns: readonly string[]): IgnoreRules {
  const engine = createRequire(import.meta.url)('@cloudsync/engine/model/ignore') as typeof import('@cloudsync/engine/model/ignore');
  return new engine.IgnoreRules(patterns);
}

/** Like git, takes a symlink or folder of that name for no ignore file. */
function readRegularFile(absolute: string): string | undefined {
  if (!lstatSync(absolute, { throwIfNoEntry: false })?.isFile()) return undefined;
  const file = openSync(absolute, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  try {
    if (fstatSync(file).size > BYTES_MAX)
      throw Object.assign(new Error('the ignore file is too large'), { code: 'EFBIG', syscall: 'read' });
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}
