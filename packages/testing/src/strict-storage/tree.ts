import { type Kind, type NameRules, nameKey, nameOf, parentOf } from '@cloudsync/engine';

/*
 * The content of a disk as an immutable tree: a change copies the folders above it and shares the rest. A moment of the
 * disk is one reference, so keeping every moment since the last flush costs nothing.
 */

interface Common {
  readonly name: string;
  readonly id: number;
  readonly mtimeMs: number;
  readonly mode: number;
  /** Counts the changes of the whole disk; the moment this node last changed. */
  readonly version: number;
}

export interface FileNode extends Common {
  readonly kind: 'file';
  readonly bytes: Uint8Array;
  /** The moment a storage wrote its bytes; 0 for a user's editor, which calls fsync. */
  readonly writtenAt: number;
}

export interface LinkNode extends Common {
  readonly kind: 'symlink';
  readonly target: string;
}

export interface FolderNode extends Common {
  readonly kind: 'folder';
  /** By the key under which the name rules find a name. */
  readonly children: ReadonlyMap<string, Node>;
}

export type Node = FileNode | LinkNode | FolderNode;

export interface Found {
  readonly node: Node;
  /** As the disk spells it, which need not be as it was asked for. */
  readonly path: string;
}

export function find(root: FolderNode, path: string, names: NameRules): Found | undefined {
  let node: Node = root;
  let spelled = '';
  for (const name of path.split('/')) {
    if (node.kind !== 'folder') return undefined;
    const child: Node | undefined = node.children.get(nameKey(names, name));
    if (child === undefined) return undefined;
    spelled = spelled === '' ? child.name : `${spelled}/${child.name}`;
    node = child;
  }
  return { node, path: spelled };
}

/** What a kind of thing stops a write below it: undefined when the parent is a folder. */
export function parentKind(root: FolderNode, path: string, names: NameRules): Kind | 'nothing' {
  const parent = parentOf(path);
  if (parent === '') return 'folder';
  const segments = parent.split('/');
  for (let count = 1; count <= segments.length; count++) {
    const kind = find(root, segments.slice(0, count).join('/'), names)?.node.kind;
    if (kind !== 'folder') return kind ?? 'nothing';
  }
  return 'folder';
}

export interface Stamp {
  readonly mtimeMs: number;
  readonly version: number;
}

/** The tree with `node` at `path` (undefined: with nothing there). The parent must be a folder. */
export function withNode(root: FolderNode, path: string, change: { node: Node | undefined; stamp: Stamp; names: NameRules }): FolderNode {
  const { node, stamp, names } = change;
  const name = nameOf(path);
  const parent = parentOf(path);
  const replaceIn = (folder: FolderNode): FolderNode => {
    const children = new Map(folder.children);
    const key = nameKey(names, name);
    if (node === undefined) children.delete(key);
    else children.set(key, node);
    return { ...folder, children, ...stamp };
  };
  return parent === '' ? replaceIn(root) : mapFolder(root, parent.split('/'), { map: replaceIn, names });
}

function mapFolder(
  folder: FolderNode,
  segments: string[],
  change: { map: (folder: FolderNode) => FolderNode; names: NameRules },
): FolderNode {
  const [first, ...rest] = segments;
  if (first === undefined) return change.map(folder);
  const key = nameKey(change.names, first);
  const child = folder.children.get(key);
  if (child?.kind !== 'folder') throw new TypeError(`no folder ${JSON.stringify(first)} on the way`);
  return { ...folder, children: new Map(folder.children).set(key, mapFolder(child, rest, change)) };
}

/** Everything below the root, depth first, the names of a folder in code-unit order (the engine's path order). */
export function* walk(folder: FolderNode, prefix = ''): Generator<Found> {
  const children = [...folder.children.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const node of children) {
    const path = prefix + node.name;
    yield { node, path };
    if (node.kind === 'folder') yield* walk(node, `${path}/`);
  }
}

/** The tree with every file passed through `map`. */
export function mapFiles(folder: FolderNode, map: (file: FileNode) => FileNode): FolderNode {
  let children: Map<string, Node> | undefined;
  for (const [key, node] of folder.children) {
    if (node.kind === 'symlink') continue;
    const mapped = node.kind === 'file' ? map(node) : mapFiles(node, map);
    if (mapped === node) continue;
    children ??= new Map(folder.children);
    children.set(key, mapped);
  }
  return children === undefined ? folder : { ...folder, children };
}
