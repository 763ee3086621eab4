import { ancestorsOf, IGNORE_FILE, IgnoreRules, isOwnName, nameOf } from '@cloudsync/engine';
import { textOf } from '../content.ts';
import type { Disk } from '../strict-storage/disk.ts';
import type { FileNode, Found, LinkNode, Node } from '../strict-storage/tree.ts';

const texts = new WeakMap<Uint8Array, string>();

/** What identifies a content wherever it lies. */
export function contentKey(node: FileNode | LinkNode): string {
  if (node.kind === 'symlink') return `→ ${node.target}`;
  let text = texts.get(node.bytes);
  if (text === undefined) {
    text = textOf(node.bytes);
    texts.set(node.bytes, text);
  }
  return text;
}

/** A node in one line: everything that both sides have to agree on, mtimes apart. */
export function describeNode(node: Node | undefined, withMode: boolean): string {
  if (node === undefined) return 'nothing';
  const mode = withMode && node.kind !== 'symlink' ? ` ${node.mode.toString(8)}` : '';
  return node.kind === 'folder' ? `folder${mode}` : `${node.kind}${mode} ${JSON.stringify(contentKey(node))}`;
}

/** Ignore rules as both sides together apply them: what any of them hides takes no part. */
export class Hiding {
  readonly #rules: readonly IgnoreRules[];
  readonly #isLoose: boolean;

  /** @param isLoose a side cannot tell composed from decomposed names, so that a pattern may mean either */
  constructor(rules: readonly IgnoreRules[], isLoose: boolean) {
    this.#rules = rules;
    this.#isLoose = isLoose;
  }

  hides(path: string, isFolder: boolean): boolean {
    const spellings = this.#isLoose ? [path, path.normalize('NFC'), path.normalize('NFD')] : [path];
    return this.#rules.some((rules) => spellings.some((spelling) => rules.covers(spelling, isFolder)));
  }

  /** Whether it hides the path as a file or as a folder. */
  mayHide(path: string): boolean {
    return this.hides(path, false) || this.hides(path, true);
  }
}

/** The ignore rules in force on a disk: patterns of the configuration and its own ignore files. */
export function rulesOf(disk: Disk, patterns: readonly string[]): IgnoreRules {
  const rules = new IgnoreRules(patterns);
  for (const { path, node } of disk.all()) {
    if (node.kind === 'file' && nameOf(path) === IGNORE_FILE) rules.addFile(path, contentKey(node));
  }
  return rules;
}

export function isCloudSyncsOwn(path: string): boolean {
  return isOwnName(nameOf(path)) || [...ancestorsOf(path)].some((folder) => isOwnName(nameOf(folder)));
}

/** A name that the engine uses in the middle of a swap. */
export function isInterim(path: string): boolean {
  return /\.cloudsync-moving-\d+/.test(path);
}

/** What takes part in the sync on a disk. */
export function visible(disk: Disk, hiding: Hiding): Found[] {
  return [...disk.all()].filter(({ path, node }) => !isCloudSyncsOwn(path) && !hiding.hides(path, node.kind === 'folder'));
}
