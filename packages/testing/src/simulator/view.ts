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

/** What takes part in the sync on a disk, when neither side's rules hide it. */
export function visible(disk: Disk, rules: readonly IgnoreRules[]): Found[] {
  return [...disk.all()].filter(
    ({ path, node }) => !isCloudSyncsOwn(path) && !rules.some((side) => side.covers(path, node.kind === 'folder')),
  );
}
