import type { Scenario } from '../scenario.ts';
import { bigFile, smallFiles } from '../shapes.ts';

/** `scale` shrinks everything for a quick look; 1 is what the results are about. */
export function vaultScenarios(scale: number): Scenario[] {
  return [big(scale), small(scale)];
}

function big(scale: number): Scenario {
  const shape = bigFile(scale);
  return {
    ...shape,
    steps: [
      { row: { id: 'big-first', title: `${shape.tree}, first backup` }, fresh: true, writes: true },
      { row: { id: 'big-unchanged', title: `${shape.tree}, nothing changed` }, writes: false },
      { row: { id: 'big-inserted', title: `${shape.tree}, one byte inserted in the middle` }, writes: true, change: shape.insertByte },
      { row: { id: 'big-restore', title: `${shape.tree}, restored` }, writes: false, restores: true },
    ],
  };
}

function small(scale: number): Scenario {
  const shape = smallFiles({ files: 20_000, size: 4096 }, scale);
  return {
    ...shape,
    steps: [
      { row: { id: 'small-first', title: `${shape.tree}, first backup` }, fresh: true, writes: true },
      { row: { id: 'small-unchanged', title: `${shape.tree}, nothing changed` }, writes: false },
      { row: { id: 'small-restore', title: `${shape.tree}, restored` }, writes: false, restores: true },
    ],
  };
}
