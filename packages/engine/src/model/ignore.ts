import ignore, { type Ignore } from 'ignore';
import { withoutInterim } from './interim.ts';
import { ancestorsOf, parentOf } from './path.ts';

/** The name of an ignore file; it holds in its folder and below, and syncs like any other file. */
export const IGNORE_FILE = '.syncignore';

/** Names that belong to CloudSync itself, in any folder; never listed, never synced. */
export const TRASH_FOLDER = '.sync_trash';
export const STATE_FOLDER = '.sync_state';
export const TEMPORARY_PREFIX = '.cloudsync-tmp-';

export function isOwnName(name: string): boolean {
  return name === TRASH_FOLDER || name === STATE_FOLDER || name.startsWith(TEMPORARY_PREFIX);
}

const LIBRARY_OPTIONS = { ignorecase: false, allowRelativePaths: true };

/**
 * gitignore rules of one tree: patterns from outside, which outrank every file, and one ignore file a folder, where the
 * deeper file outranks the higher (https://git-scm.com/docs/gitignore).
 */
export class IgnoreRules {
  readonly #patterns: Ignore | undefined;
  readonly #files = new Map<string, Ignore>();

  constructor(patterns: readonly string[] = []) {
    if (patterns.length > 0) this.#patterns = ignore(LIBRARY_OPTIONS).add(patterns as string[]);
  }

  /** Adds the text of the ignore file at `path`. */
  addFile(path: string, text: string): void {
    this.#files.set(parentOf(withoutInterim(path)), ignore(LIBRARY_OPTIONS).add(text.replace(/^\uFEFF/, '')));
  }

  get empty(): boolean {
    return this.#patterns === undefined && this.#files.size === 0;
  }

  /**
   * Whether the rules name this path itself; the caller knows that no folder above it is ignored. A thing in the middle of a
   * swap is judged by the name it had.
   */
  ignores(listed: string, isFolder: boolean): boolean {
    const path = withoutInterim(listed);
    const subject = isFolder ? `${path}/` : path;
    const outside = this.#patterns && verdictOf(this.#patterns, subject);
    if (outside?.ignored) return true;
    if (outside?.unignored) return false;
    if (this.#files.size === 0) return false;
    for (const folder of foldersUp(path)) {
      const rules = this.#files.get(folder);
      if (rules === undefined) continue;
      const result = verdictOf(rules, folder === '' ? subject : subject.slice(folder.length + 1));
      if (result.ignored) return true;
      if (result.unignored) return false;
    }
    return false;
  }

  /** Whether this path or a folder above it is ignored. What lies in an ignored folder cannot be brought back. */
  covers(path: string, isFolder: boolean): boolean {
    if (this.empty) return false;
    for (const folder of [...ancestorsOf(path)].reverse()) if (this.ignores(folder, true)) return true;
    return this.ignores(path, isFolder);
  }
}

/**
 * What these rules say of a path itself. The library lets what is in a folder that they ignore follow it; but such a folder
 * was brought back by rules that outrank these, or nobody would ask about what is in it. So they learn that it is back.
 */
function verdictOf(rules: Ignore, subject: string): { readonly ignored: boolean; readonly unignored: boolean } {
  for (;;) {
    const result = rules.test(subject);
    if (!result.ignored) return result;
    const above = [...ancestorsOf(subject.replace(/\/$/, ''))];
    const back = above.findLast((folder) => rules.test(`${folder}/`).ignored);
    if (back === undefined) return result;
    rules.add([`!/${back.replace(/[\\*?[\]]/g, '\\$&')}/`]);
  }
}

function* foldersUp(path: string): Generator<string> {
  yield* ancestorsOf(path);
  yield '';
}

export interface IgnoreFileManagerOptions {
  /** Reads a file as text; the engine has no file system of its own. */
  readonly readText?: (path: string) => string | Promise<string>;
}

/** The seed's way to build ignore patterns in code: `addPattern`, `loadFromFile`, `shouldIgnore`. */
export class IgnoreFileManager {
  readonly #patterns: string[] = [];
  readonly #readText: IgnoreFileManagerOptions['readText'];
  #rules: IgnoreRules | undefined;

  constructor(options: IgnoreFileManagerOptions = {}) {
    this.#readText = options.readText;
  }

  /** Adds one gitignore line; a later line outranks an earlier one. */
  addPattern(pattern: string): this {
    this.#patterns.push(pattern);
    this.#rules = undefined;
    return this;
  }

  /** Adds every line of an ignore file, read through `readText`. */
  async loadFromFile(path: string): Promise<this> {
    if (this.#readText === undefined) throw new TypeError('IgnoreFileManager needs readText to load a file');
    return this.loadFromText(await this.#readText(path));
  }

  loadFromText(text: string): this {
    for (const line of text.replace(/^\uFEFF/, '').split(/\r?\n/)) this.addPattern(line);
    return this;
  }

  /** Whether a path relative to the root is ignored; a trailing `/` says that it is a folder. */
  shouldIgnore(path: string): boolean {
    this.#rules ??= new IgnoreRules(this.#patterns);
    return this.#rules.covers(path.replace(/\/$/, ''), path.endsWith('/'));
  }

  get patterns(): readonly string[] {
    return this.#patterns;
  }
}
