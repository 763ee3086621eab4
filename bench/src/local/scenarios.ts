import { count, type Scenario, scaled } from '../scenario.ts';
import { editSmallFiles, insertByteIntoBigFile, makeBigFile, makeSmallFiles, type SmallFiles } from '../trees.ts';

/** `scale` shrinks everything for a quick look; 1 is what the results are about. */
export function localScenarios(scale: number): Scenario[] {
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
