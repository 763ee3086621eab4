import type { Side } from '@cloudsync/engine';
import { textOf } from '../content.ts';
import { PairFailure } from '../simulator/failure.ts';
import type { Disk } from '../strict-storage/disk.ts';
import { uniqueWords, type WordLedger } from './word-ledger.ts';

type Disks = Readonly<Record<Side, Disk>>;
const SIDES = ['source', 'destination'] as const;

/** After healing: both sides hold the same texts, every word that is wanted, and none twice in one file. */
export function checkTexts(disks: Disks, ledger: WordLedger): void {
  const [source, destination] = [filesOf(disks.source), filesOf(disks.destination)];
  if (JSON.stringify([...source]) !== JSON.stringify([...destination])) {
    throw new PairFailure('both sides equal', `${JSON.stringify([...source])} / ${JSON.stringify([...destination])}`);
  }
  const present = new Set([...source.values()].flatMap(uniqueWords));
  for (const word of ledger.wanted) {
    if (present.has(word)) continue;
    const isInTrash = SIDES.some((side) => disks[side].trash.some(({ node }) => node.kind === 'file' && textOf(node.bytes).includes(word)));
    throw new PairFailure('nothing lost', `${word} is in no file${isInTrash ? ', only in the trash' : ' and in no trash'}`);
  }
  for (const [path, text] of source) {
    const words = uniqueWords(text);
    const twice = words.find((word, at) => words.indexOf(word) !== at);
    if (twice !== undefined) throw new PairFailure('no invented content', `${twice} is twice in ${path}: ${JSON.stringify(text)}`);
  }
}

/** Every word on the disks was written by somebody, and nobody writes conflict markers. */
export function checkNothingInvented(disks: Disks, ledger: WordLedger): void {
  for (const side of SIDES) {
    for (const [path, text] of filesOf(disks[side])) {
      const unknown = uniqueWords(text).find((word) => !ledger.isKnown(word)) ?? /^(<<<<<<<|>>>>>>>)/m.exec(text)?.[0];
      if (unknown !== undefined) throw new PairFailure('no invented content', `${unknown} in ${path} at the ${side}`);
    }
  }
}

function filesOf(disk: Disk): Map<string, string> {
  return new Map([...disk.all()].flatMap(({ path, node }) => (node.kind === 'file' ? [[path, textOf(node.bytes)] as const] : [])));
}
