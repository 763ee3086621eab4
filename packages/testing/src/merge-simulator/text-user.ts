import type { Side } from '@cloudsync/engine';
import { bytesOf, textOf } from '../content.ts';
import type { Random } from '../random.ts';
import type { Disk } from '../strict-storage/disk.ts';
import type { WordLedger } from './word-ledger.ts';

export interface TextUserOptions {
  readonly side: Side;
  readonly disk: Disk;
  readonly ledger: WordLedger;
  readonly log: (line: string) => void;
}

const NAMES = ['a.ts', 'b.ts', 'notes.md', 'long.txt'];
/** What stands in many lines of a text, so that an edit can be read in several ways. */
const REPEATED = ['', '}', 'the', '  return;'];

/** Somebody who writes texts on one side, and now and then renames, deletes or spoils one. */
export class TextUser {
  readonly #options: TextUserOptions;

  constructor(options: TextUserOptions) {
    this.#options = options;
  }

  act(random: Random): void {
    const { disk } = this.#options;
    const files = [...disk.all()].map(({ path }) => path);
    const path = files.length === 0 ? undefined : random.pick(files);
    const act = path === undefined ? 'create' : random.weighted({ edit: 80, create: 8, rename: 5, remove: 4, spoil: 3 });
    if (act === 'create' || path === undefined) this.#create(random.pick(NAMES), random);
    else if (act === 'edit') this.edit(path, random);
    else if (act === 'rename') this.#rename(path, random);
    else if (act === 'remove') this.#replace(path, undefined);
    else this.#replace(path, `\0${this.#options.ledger.fresh()}\n`);
  }

  /** Changes a few lines of a text, or a few words. */
  edit(path: string, random: Random): void {
    const before = this.#read(path);
    if (before === undefined) return;
    const lines = before.split('\n');
    for (let edits = random.between(1, 2); edits > 0; edits--) {
      const at = random.below(lines.length);
      const kind = random.weighted({ insert: 4, remove: 2, replace: 2, word: 3 });
      if (kind === 'insert') lines.splice(at, 0, this.#line(random));
      else if (kind === 'remove') lines.splice(at, 1);
      else if (kind === 'replace') lines.splice(at, 1, this.#line(random));
      else lines[at] = this.#otherWord(lines[at] ?? '', random);
    }
    this.#replace(path, lines.join('\n'));
  }

  #create(path: string, random: Random): void {
    if (this.#options.disk.find(path) !== undefined) return;
    const lines = Array.from({ length: random.chance(0.1) ? 0 : random.between(8, 40) }, () => this.#line(random));
    this.#replace(path, lines.map((line) => `${line}\n`).join(''));
  }

  #rename(path: string, random: Random): void {
    const to = random.pick(NAMES);
    const { disk, side, log } = this.#options;
    if (disk.find(to) !== undefined) return;
    disk.move(path, to, 'user');
    log(`user at the ${side}: ${path} → ${to}`);
  }

  #line(random: Random): string {
    if (random.chance(0.35)) return random.pick(REPEATED);
    return Array.from({ length: random.between(1, 6) }, () => (random.chance(0.8) ? this.#options.ledger.fresh() : 'the')).join(' ');
  }

  #otherWord(line: string, random: Random): string {
    const words = line.split(' ');
    words[random.below(words.length)] = this.#options.ledger.fresh();
    return words.join(' ');
  }

  #read(path: string): string | undefined {
    const node = this.#options.disk.find(path)?.node;
    return node?.kind === 'file' ? textOf(node.bytes) : undefined;
  }

  #replace(path: string, text: string | undefined): void {
    const { disk, ledger, side, log } = this.#options;
    ledger.edited(this.#read(path) ?? '', text ?? '');
    if (text === undefined) disk.remove(path, 'user');
    else disk.put(path, { kind: 'file', bytes: bytesOf(text) }, 'user');
    log(`user at the ${side}: ${path} is now ${JSON.stringify(text)}`);
  }
}
