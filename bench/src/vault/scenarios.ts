import { count, type Scenario, scaled } from '../scenario.ts';
import { insertByteIntoBigFile, makeBigFile, makeSmallFiles, type SmallFiles } from '../trees.ts';

/** `scale` shrinks everything for a quick look; 1 is what the results are about. */
export function vaultScenarios(scale: number): Scenario[] {
  return [bigFile(scale), smallFiles(scale)];
}

function bigFile(scale: number): Scenario {
  const size = scaled(2 ** 30, scale);
  const tree = size === 2 ** 30 ? '1 GiB of random data' : `${count(size)} random bytes`;
  return {
    tree,
    files: 1,
    make: (root) => makeBigFile(root, size),
    steps: [
      { row: { id: 'big-first', title: `${tree}, first backup` }, fresh: true, writes: true },
      { row: { id: 'big-unchanged', title: `${tree}, nothing changed` }, writes: false },
      { row: { id: 'big-inserted', title: `${tree}, one byte inserted in the middle` }, writes: true, change: insertByteIntoBigFile },
      { row: { id: 'big-restore', title: `${tree}, restored` }, writes: false, restores: true },
    ],
  };
}

function smallFiles(scale: number): Scenario {
  const shape: SmallFiles = { files: scaled(20_000, scale), size: 4096 };
  const tree = `${count(shape.files)} files of 4 KiB`;
  return {
    tree,
    files: shape.files,
    make: (root) => makeSmallFiles(root, shape),
    steps: [
      { row: { id: 'small-first', title: `${tree}, first backup` }, fresh: true, writes: true },
      { row: { id: 'small-unchanged', title: `${tree}, nothing changed` }, writes: false },
      { row: { id: 'small-restore', title: `${tree}, restored` }, writes: false, restores: true },
    ],
  };
}
