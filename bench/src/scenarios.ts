import { editSmallFiles, insertByteIntoBigFile, makeBigFile, makeSmallFiles, type SmallFiles } from './trees.ts';

/** A tree, and what happens to it while the tools keep a second folder the same. */
export interface Scenario {
  readonly tree: string;
  /** How many files, for the memory of each. */
  readonly files: number;
  make(root: string): void;
  readonly steps: readonly Step[];
}

/** One run of every tool. A step without a row is only there to set the stage for the next. */
export interface Step {
  readonly row: Row | undefined;
  /** True when the second folder starts empty and the tool knows nothing of the pair. */
  readonly fresh?: boolean;
  readonly writes: boolean;
  /** Done to the source before the step. */
  change?(root: string): void;
}

export interface Row {
  readonly id: string;
  readonly title: string;
}

/** `scale` shrinks everything for a quick look; 1 is what the results are about. */
export function scenarios(scale: number): Scenario[] {
  return [smallFiles(scale), bigFile(scale), manyFiles(scale)];
}

function smallFiles(scale: number): Scenario {
  const shape: SmallFiles = { files: scaled(20_000, scale), size: 4096 };
  const tree = `${count(shape.files)} files of 4 KiB`;
  return {
    tree,
    files: shape.files,
    make: (root) => makeSmallFiles(root, shape),
    steps: [
      { row: { id: 'small-first', title: `${tree}, first sync` }, fresh: true, writes: true },
      { row: { id: 'small-unchanged', title: `${tree}, nothing changed` }, writes: false },
      { row: { id: 'small-changed', title: `${tree}, 1 % changed` }, writes: true, change: (root) => editSmallFiles(root, shape, 100) },
    ],
  };
}

function bigFile(scale: number): Scenario {
  const size = scaled(2 ** 30, scale);
  const tree = size === 2 ** 30 ? 'one file of 1 GiB' : `one file of ${count(size)} bytes`;
  return {
    tree,
    files: 1,
    make: (root) => makeBigFile(root, size),
    steps: [
      { row: { id: 'big-first', title: `${tree}, first sync` }, fresh: true, writes: true },
      { row: { id: 'big-unchanged', title: `${tree}, nothing changed` }, writes: false },
      { row: { id: 'big-inserted', title: `${tree}, one byte inserted in the middle` }, writes: true, change: insertByteIntoBigFile },
    ],
  };
}

function manyFiles(scale: number): Scenario {
  const shape: SmallFiles = { files: scaled(200_000, scale), size: 256 };
  const tree = `${count(shape.files)} files of 256 bytes`;
  return {
    tree,
    files: shape.files,
    make: (root) => makeSmallFiles(root, shape),
    steps: [
      { row: undefined, fresh: true, writes: true },
      { row: { id: 'many-unchanged', title: `${tree}, nothing changed` }, writes: false },
    ],
  };
}

function scaled(amount: number, scale: number): number {
  return Math.max(1, Math.round(amount * scale));
}

function count(amount: number): string {
  return amount.toLocaleString('en-US');
}
