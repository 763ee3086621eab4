import { isWithin, joinPath } from '@cloudsync/engine';
import { bytesOf, textOf } from '../content.ts';
import type { Random } from '../random.ts';
import type { Disk } from '../strict-storage/disk.ts';
import type { ContentLedger } from './content-ledger.ts';

const NAMES = ['a', 'b', 'c', 'd.txt', 'e'];
const FOLDERS = ['f', 'g', 'f/h'];
/** Longer than the shortest chunk, now and then. */
const LONG_BYTES = 9000;

const ACTS = { create: 5, edit: 5, remove: 3, removeFolder: 1, move: 2, moveFolder: 1, touch: 1 };

/** Somebody who works in a folder; every content that he writes is written once in the world. */
export class FolderUser {
  readonly name: string;
  readonly disk: Disk;
  readonly #ledger: ContentLedger;
  readonly #longBytes: number;

  /** @param longBytes how long some of his contents are */
  constructor(
    name: string,
    disk: Disk,
    { ledger, longBytes = LONG_BYTES }: { readonly ledger: ContentLedger; readonly longBytes?: number },
  ) {
    this.name = name;
    this.disk = disk;
    this.#ledger = ledger;
    this.#longBytes = longBytes;
  }

  /** @returns what was done, or undefined when there was nothing to do it to */
  act(random: Random): string | undefined {
    const act = random.weighted(ACTS);
    const done = this[act](random);
    return done === undefined ? undefined : `${this.name}: ${act} ${done}`;
  }

  create(random: Random): string | undefined {
    const folder = random.chance(0.5) ? '' : random.pick(FOLDERS);
    if (!this.#makeFolders(folder)) return undefined;
    const path = joinPath(folder, random.pick(NAMES));
    if (this.disk.find(path) !== undefined) return undefined;
    this.#write(path, random);
    return path;
  }

  edit(random: Random): string | undefined {
    const path = this.#some('file', random);
    if (path === undefined) return undefined;
    const [old] = this.#contentsWithin(path);
    this.#supersede(path);
    this.#write(path, random, old);
    return path;
  }

  remove(random: Random): string | undefined {
    const path = this.#some('file', random);
    if (path !== undefined) this.#remove(path);
    return path;
  }

  removeFolder(random: Random): string | undefined {
    const path = this.#some('folder', random);
    if (path !== undefined) this.#remove(path);
    return path;
  }

  move(random: Random): string | undefined {
    return this.#move(this.#some('file', random), random);
  }

  moveFolder(random: Random): string | undefined {
    return this.#move(this.#some('folder', random), random);
  }

  touch(random: Random): string | undefined {
    const path = this.#some('file', random);
    if (path === undefined) return undefined;
    for (const content of this.#contentsWithin(path)) this.#ledger.touched.add(content);
    this.disk.setAttributes(path, { mode: random.pick([0o644, 0o755]) }, 'user');
    return path;
  }

  #move(from: string | undefined, random: Random): string | undefined {
    const to = joinPath(random.chance(0.5) ? '' : random.pick(FOLDERS), random.pick(NAMES));
    const parent = to.includes('/') ? to.slice(0, to.lastIndexOf('/')) : '';
    if (from === undefined || isWithin(from, to) || this.disk.find(to) !== undefined || !this.#makeFolders(parent)) return undefined;
    for (const content of this.#contentsWithin(from)) this.#ledger.touched.add(content);
    this.#ledger.movedTo.add(to);
    this.disk.move(from, to, 'user');
    return `${from} → ${to}`;
  }

  #makeFolders(folder: string): boolean {
    let path = '';
    for (const name of folder === '' ? [] : folder.split('/')) {
      path = joinPath(path, name);
      const there = this.disk.find(path)?.node;
      if (there === undefined) this.disk.put(path, { kind: 'folder' }, 'user');
      else if (there.kind !== 'folder') return false;
    }
    return true;
  }

  #write(path: string, random: Random, old?: string): void {
    const text = this.#ledger.fresh(this.name);
    const content = random.chance(0.15) ? text.repeat(Math.ceil(this.#longBytes / text.length)) : text;
    this.#ledger.write(content, old);
    this.disk.put(path, { kind: 'file', bytes: bytesOf(content) }, 'user');
  }

  #remove(path: string): void {
    this.#supersede(path);
    this.disk.remove(path, 'user');
  }

  #supersede(path: string): void {
    for (const content of this.#contentsWithin(path)) this.#ledger.superseded.add(content);
  }

  #contentsWithin(path: string): string[] {
    return [...this.disk.all()].flatMap(({ path: at, node }) => (node.kind === 'file' && isWithin(path, at) ? [textOf(node.bytes)] : []));
  }

  #some(kind: 'file' | 'folder', random: Random): string | undefined {
    const paths = [...this.disk.all()].filter(({ node }) => node.kind === kind).map(({ path }) => path);
    return paths.length === 0 ? undefined : random.pick(paths);
  }
}
