import { type Entry, type NameRules, nameOf, POSIX_NAMES, parentOf, SyncError, toMicroseconds } from '@cloudsync/engine';
import type { Random } from '../random.ts';
import {
  type FileNode,
  type FolderNode,
  type Found,
  find,
  type LinkNode,
  mapFiles,
  type Node,
  parentKind,
  type Stamp,
  walk,
  withNode,
} from './tree.ts';

/** What a disk can hold and how exactly. */
export interface DiskTraits {
  readonly names: NameRules;
  /** Stores names decomposed, as HFS+ did. */
  readonly decomposesNames: boolean;
  /** Smallest step of an mtime in ms. */
  readonly mtimeStepMs: number;
  readonly modes: boolean;
  readonly symlinks: boolean;
  /** Whether entries carry an identity that survives renames. */
  readonly ids: boolean;
  /** Like a ctime (any change), like an ETag (content only), or nothing to tell versions apart but size and mtime. */
  readonly versions: 'change' | 'content' | 'none';
}

export const POSIX_DISK: DiskTraits = {
  names: POSIX_NAMES,
  decomposesNames: false,
  mtimeStepMs: 0.001,
  modes: true,
  symlinks: true,
  ids: true,
  versions: 'change',
};

/** Who changes the disk. What the engine replaces or deletes goes to the trash; a user's own deletion does not. */
export type Actor = 'user' | 'engine';

export interface TrashItem {
  readonly path: string;
  readonly node: FileNode | LinkNode;
}

/** The disk at one moment. */
interface Moment {
  readonly tree: FolderNode;
  readonly trash: readonly TrashItem[];
  readonly actor: Actor;
}

/** What to write; attributes left out are those of something new. */
export type Draft =
  | { readonly kind: 'file'; readonly bytes: Uint8Array; readonly mtimeMs?: number; readonly mode?: number | undefined }
  | { readonly kind: 'symlink'; readonly target: string; readonly mtimeMs?: number }
  | { readonly kind: 'folder'; readonly mtimeMs?: number; readonly mode?: number | undefined };

/** What a power cut did. */
export interface CrashReport {
  /** Changes since the last flush that never happened. */
  readonly lostChanges: number;
  /** How many of those were a user's own. */
  readonly lostUserChanges: number;
  /** The disk as it was at the last flush. */
  readonly flushed: FolderNode;
}

export interface DiskOptions {
  readonly traits?: Partial<DiskTraits>;
  readonly now: () => number;
  /** Names the disk in identities. */
  readonly name?: string;
}

/**
 * A disk that can lose power. It knows nothing of storages: this is where users work and what a {@link StrictStorage}
 * reads and writes. Every change is a new moment; {@link flush} makes the newest durable, {@link crash} falls back to one
 * since the last flush.
 */
export class Disk {
  readonly traits: DiskTraits;
  /** Changes with {@link replaceWith}: another disk at the same place. */
  identity: string;
  readonly #now: () => number;
  #moments: Moment[];
  /** The version up to which everything is durable. */
  #flushed = 0;
  #version = 0;
  #ids = 0;
  #replacements = 0;
  /** Changes made through a storage, ever. */
  engineChanges = 0;
  /** The paths of those changes since they were last taken. */
  #enginePaths: string[] = [];

  constructor({ traits, now, name = 'disk' }: DiskOptions) {
    this.traits = { ...POSIX_DISK, ...traits };
    this.#now = now;
    this.identity = name;
    this.#moments = [{ tree: this.#newFolder(''), trash: [], actor: 'user' }];
  }

  get tree(): FolderNode {
    return this.#latest.tree;
  }

  get trash(): readonly TrashItem[] {
    return this.#latest.trash;
  }

  get #latest(): Moment {
    return this.#moments.at(-1) as Moment;
  }

  find(path: string): Found | undefined {
    return find(this.tree, path, this.traits.names);
  }

  /** Everything on the disk in path order. */
  all(): Generator<Found> {
    return walk(this.tree);
  }

  entry(path: string): Entry | undefined {
    const found = this.find(path);
    return found === undefined ? undefined : this.entryOf(found);
  }

  entryOf({ node, path }: Found): Entry {
    const { versions, ids, modes } = this.traits;
    const version =
      versions === 'change' ? `c${node.version}` : versions === 'content' && node.kind === 'file' ? contentVersion(node) : undefined;
    return {
      path,
      kind: node.kind,
      size: node.kind === 'file' ? node.bytes.length : 0,
      mtimeMs: node.mtimeMs,
      mode: modes && node.kind !== 'symlink' ? node.mode : undefined,
      id: ids ? `i${node.id}` : undefined,
      version: node.kind === 'folder' ? undefined : version,
      target: node.kind === 'symlink' ? node.target : undefined,
    };
  }

  /** Writes over whatever is at `path`; a folder over a folder keeps what is in it. @returns the node as it now is */
  put(path: string, draft: Draft, actor: Actor): Node {
    this.#assertParent(path);
    const before = this.find(path)?.node;
    const stamp = this.#stamp();
    const name = this.#spell(nameOf(path));
    const common = {
      name: before?.name ?? name,
      // Writing in place keeps the inode; a storage publishes a new file under the old name.
      id: before?.kind === draft.kind && actor === 'user' ? before.id : ++this.#ids,
      mtimeMs: this.#round(draft.mtimeMs ?? stamp.mtimeMs),
      version: stamp.version,
    };
    let node: Node;
    if (draft.kind === 'symlink') node = { ...common, kind: 'symlink', target: draft.target, mode: 0o777 };
    else if (draft.kind === 'file') {
      const writtenAt = actor === 'user' ? 0 : stamp.version;
      node = {
        ...common,
        kind: 'file',
        bytes: draft.bytes,
        writtenAt,
        mode: draft.mode ?? (before?.kind === 'file' ? before.mode : 0o644),
      };
    } else {
      const children = before?.kind === 'folder' ? before.children : new Map<string, Node>();
      const id = before?.kind === 'folder' ? before.id : common.id;
      node = { ...common, id, kind: 'folder', children, mode: draft.mode ?? 0o755 };
    }
    this.#commit(path, { node, stamp, actor });
    return node;
  }

  remove(path: string, actor: Actor): void {
    if (this.find(path) !== undefined) this.#commit(path, { node: undefined, stamp: this.#stamp(), actor });
  }

  /** Moves with everything below; replaces what is at `to`, unless it is the thing itself under another spelling. */
  move(from: string, to: string, actor: Actor): void {
    const found = this.find(from);
    if (found === undefined) throw new SyncError('storage/not-found', `${JSON.stringify(from)} is not there`, { path: from });
    this.#assertParent(to);
    const stamp = this.#stamp();
    const target = this.find(to);
    const isItself = target?.path === found.path;
    const moment = this.#latest;
    const names = this.traits.names;
    const trash = isItself || target === undefined ? moment.trash : this.#withTrash(moment.trash, target, actor);
    const node = { ...found.node, name: this.#spell(nameOf(to)), version: stamp.version };
    let tree = withNode(moment.tree, from, { node: undefined, stamp, names });
    tree = withNode(tree, to, { node, stamp, names });
    this.#push({ tree, trash, actor }, from, to);
  }

  setAttributes(path: string, attributes: { mtimeMs?: number | undefined; mode?: number | undefined }, actor: Actor): void {
    const found = this.find(path);
    if (found === undefined) throw new SyncError('storage/not-found', `${JSON.stringify(path)} is not there`, { path });
    const stamp = this.#stamp();
    const mtimeMs = attributes.mtimeMs === undefined ? found.node.mtimeMs : this.#round(attributes.mtimeMs);
    const node: Node = { ...found.node, mtimeMs, mode: attributes.mode ?? found.node.mode, version: stamp.version };
    const moment = this.#latest;
    // Attributes do not touch the folder that holds the entry.
    const parent = find(moment.tree, parentOf(path), this.traits.names)?.node ?? moment.tree;
    const tree = withNode(moment.tree, path, {
      node,
      stamp: { mtimeMs: parent.mtimeMs, version: parent.version },
      names: this.traits.names,
    });
    this.#push({ tree, trash: moment.trash, actor }, path);
  }

  /** Everything up to now survives a power cut. */
  flush(): void {
    this.#moments = [this.#latest];
    this.#flushed = this.#version;
  }

  /** What storages changed since the last call. */
  takeEnginePaths(): string[] {
    const paths = this.#enginePaths;
    this.#enginePaths = [];
    return paths;
  }

  get unflushedChanges(): number {
    return this.#moments.length - 1;
  }

  /**
   * A power cut, as a journalled file system lives through one: changes survive up to some moment since the last flush, and
   * each change that survives is whole, since content is on disk before its name is (rule 1 of `Storage`).
   */
  crash(random: Random): CrashReport {
    const kept = random.below(this.#moments.length);
    const lost = this.#moments.slice(kept + 1);
    const [{ tree: flushed }] = this.#moments as [Moment];
    const survivor = this.#moments[kept] as Moment;
    const tree = mapFiles(survivor.tree, (file) => {
      const bytes = this.survivingBytes(file, random);
      return bytes === file.bytes ? file : { ...file, bytes, version: ++this.#version };
    });
    this.#moments = [{ ...survivor, tree }];
    this.#flushed = this.#version;
    return { lostChanges: lost.length, lostUserChanges: lost.filter((moment) => moment.actor === 'user').length, flushed };
  }

  /** Puts another disk in this one's place: a restored backup, a swapped drive. */
  replaceWith(tree: FolderNode): void {
    this.identity = `${this.identity.split('+')[0]}+${++this.#replacements}`;
    this.#push({ tree, trash: this.trash, actor: 'user' });
    this.flush();
  }

  #assertParent(path: string): void {
    const kind = parentKind(this.tree, path, this.traits.names);
    if (kind === 'folder') return;
    const message = kind === 'symlink' ? 'is behind a symlink; nothing is written through one' : 'has no folder to hold it';
    throw new SyncError(kind === 'symlink' ? 'path/unsafe' : 'storage/not-found', `${JSON.stringify(path)} ${message}`, { path });
  }

  #commit(path: string, { node, stamp, actor }: { node: Node | undefined; stamp: Stamp; actor: Actor }): void {
    const moment = this.#latest;
    const before = this.find(path);
    const trash = before === undefined ? moment.trash : this.#withTrash(moment.trash, before, actor);
    this.#push({ tree: withNode(moment.tree, path, { node, stamp, names: this.traits.names }), trash, actor }, path);
  }

  /** The hook of a planted bug: a disk that throws away what it should keep. */
  protected keepsTrash(): boolean {
    return true;
  }

  /** The same for a disk that makes a name durable before the content. */
  protected survivingBytes(file: FileNode, _random: Random): Uint8Array {
    return file.bytes;
  }

  protected isFlushed(file: FileNode): boolean {
    return file.writtenAt <= this.#flushed;
  }

  #withTrash(trash: readonly TrashItem[], { path, node }: Found, actor: Actor): readonly TrashItem[] {
    return actor === 'user' || node.kind === 'folder' || !this.keepsTrash() ? trash : [...trash, { path, node }];
  }

  #push(moment: Moment, ...paths: string[]): void {
    if (moment.actor === 'engine') {
      this.engineChanges++;
      this.#enginePaths.push(...paths);
    }
    this.#moments.push(moment);
  }

  #stamp(): Stamp {
    return { mtimeMs: this.#round(this.#now()), version: ++this.#version };
  }

  #round(ms: number): number {
    const { mtimeStepMs } = this.traits;
    return mtimeStepMs < 1 ? toMicroseconds(ms) : Math.floor(ms / mtimeStepMs) * mtimeStepMs;
  }

  #spell(name: string): string {
    return this.traits.decomposesNames ? name.normalize('NFD') : name;
  }

  #newFolder(name: string): FolderNode {
    return {
      kind: 'folder',
      name,
      id: ++this.#ids,
      mtimeMs: this.#round(this.#now()),
      mode: 0o755,
      version: ++this.#version,
      children: new Map(),
    };
  }
}

/** Like an ETag: equal content, equal version. Good enough to tell the versions of one file apart. */
function contentVersion({ bytes }: FileNode): string {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return `e${(hash >>> 0).toString(16)}-${bytes.length}`;
}
