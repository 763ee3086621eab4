import { IGNORE_FILE, isWithin, nameOf, type Side } from '@cloudsync/engine';
import { bytesOf } from '../content.ts';
import type { Disk } from '../strict-storage/disk.ts';
import type { Found } from '../strict-storage/tree.ts';
import type { Intents } from './intents.ts';
import type { Ledger } from './ledger.ts';
import { contentKey, type Hiding } from './view.ts';

export interface UserOptions {
  readonly side: Side;
  readonly disk: Disk;
  readonly ledger: Ledger;
  readonly intents: Intents;
  /** Told about every move. */
  readonly onMove: (move: Move) => void;
  /** Ignore patterns of the configuration. */
  readonly patterns: Hiding;
}

export interface Move {
  readonly from: string;
  readonly to: string;
}

/** Somebody who works on one side: every act changes the disk and tells the models what he now expects. */
export class User {
  readonly side: Side;
  readonly disk: Disk;
  readonly #ledger: Ledger;
  readonly #intents: Intents;
  readonly #patterns: Hiding;
  readonly #onMove: (move: Move) => void;
  /** Paths touched since somebody last asked, for watchers. */
  readonly #touched = new Set<string>();
  readonly everTouched = new Set<string>();

  constructor({ side, disk, ledger, intents, patterns, onMove }: UserOptions) {
    this.side = side;
    this.disk = disk;
    this.#ledger = ledger;
    this.#intents = intents;
    this.#onMove = onMove;
    this.#patterns = patterns;
  }

  /** What he sees, in path order. */
  see(kind?: Found['node']['kind']): Found[] {
    return [...this.disk.all()].filter(({ node }) => kind === undefined || node.kind === kind);
  }

  write(at: string, text: string, attributes: { mtimeMs?: number; mode?: number } = {}): void {
    const path = this.#spelled(at);
    this.#replace(path, () => this.disk.put(path, { kind: 'file', bytes: bytesOf(text), ...attributes }, 'user'));
  }

  link(path: string, target: string): void {
    this.#replace(path, () => this.disk.put(path, { kind: 'symlink', target }, 'user'));
  }

  makeFolder(path: string): void {
    this.#replace(path, () => this.disk.put(path, { kind: 'folder' }, 'user'));
  }

  remove(at: string): void {
    const path = this.#spelled(at);
    const { paths, keys } = this.#subtree(path);
    this.#ledger.lookAround();
    this.#ledger.leave(this.side, path, keys);
    this.disk.remove(path, 'user');
    this.#note(paths, keys);
  }

  /** Moves a file or folder, over whatever is at `to`. */
  move(from: string, to: string): void {
    const moved = this.#subtree(from);
    const replaced = this.disk.find(to)?.path === from ? { paths: [], keys: [] } : this.#subtree(to);
    this.#ledger.lookAround();
    if (replaced.paths.length > 0) this.#ledger.leave(this.side, to, replaced.keys);
    this.disk.move(from, to, 'user');
    const spelled = this.disk.find(to)?.path ?? to;
    this.#ledger.move(this.side, { from, to: spelled }, moved.keys);
    this.#onMove({ from, to: spelled });
    const arrived = moved.paths.map((path) => spelled + path.slice(from.length));
    this.#note([...moved.paths, ...arrived, ...replaced.paths], [...moved.keys, ...replaced.keys]);
  }

  touch(path: string, mtimeMs: number): void {
    this.disk.setAttributes(path, { mtimeMs }, 'user');
    this.#note([path], []);
  }

  chmod(path: string, mode: number): void {
    this.disk.setAttributes(path, { mode }, 'user');
    this.#note([path], []);
  }

  /** The paths he touched since the last call, without those inside others. */
  takeTouched(): string[] {
    const touched = [...this.#touched];
    this.#touched.clear();
    return touched.filter((path) => !touched.some((other) => other !== path && isWithin(other, path)));
  }

  /** A path as the disk spells it, if there is something. */
  #spelled(path: string): string {
    return this.disk.find(path)?.path ?? path;
  }

  #replace(path: string, act: () => void): void {
    const before = this.#subtree(path);
    this.#ledger.lookAround();
    this.#ledger.leave(this.side, path, before.keys);
    act();
    const after = this.#subtree(this.#spelled(path));
    const found = this.disk.find(path);
    // Empty files are all alike; nobody can say which of them is missing.
    if (found !== undefined && found.node.kind !== 'folder' && contentKey(found.node) !== '') {
      this.#ledger.arrive(this.side, found.path, contentKey(found.node));
    }
    this.#note([...before.paths, ...after.paths], [...before.keys, ...after.keys]);
  }

  #subtree(path: string): { paths: string[]; keys: string[] } {
    const paths: string[] = [];
    const keys: string[] = [];
    for (const { node, path: at } of this.disk.all()) {
      if (!isWithin(path, at)) continue;
      paths.push(at);
      if (node.kind !== 'folder') keys.push(contentKey(node));
    }
    return { paths, keys };
  }

  #note(paths: readonly string[], keys: readonly string[]): void {
    this.#intents.note(this.side, this.disk, { paths, keys });
    for (const path of paths) {
      this.#touched.add(path);
      this.everTouched.add(path);
    }
    if (paths.some((path) => nameOf(path) === IGNORE_FILE)) this.#intents.spoil('ignore rules changed');
    if (paths.some((path) => this.#patterns.mayHide(path))) this.#intents.spoil('an ignored path');
  }
}
