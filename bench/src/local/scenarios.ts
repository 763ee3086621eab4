import type { Scenario } from '../scenario.ts';
import { bigFile, smallFiles } from '../shapes.ts';

/** `scale` shrinks everything for a quick look; 1 is what the results are about. */
export function localScenarios(scale: number): Scenario[] {
  return [small(scale), big(scale), many(scale)];
}

function small(scale: number): Scenario {
  const shape = smallFiles({ files: 20_000, size: 4096 }, scale);
  return {
    ...shape,
    steps: [
      { row: { id: 'small-first', title: `${shape.tree}, first sync` }, fresh: true, writes: true },
      { row: { id: 'small-unchanged', title: `${shape.tree}, nothing changed` }, writes: false },
      { row: { id: 'small-changed', title: `${shape.tree}, 1 % changed` }, writes: true, change: shape.editOnePercent },
    ],
  };
}

function big(scale: number): Scenario {
  const shape = bigFile(scale);
  return {
    ...shape,
    steps: [
      { row: { id: 'big-first', title: `${shape.tree}, first sync` }, fresh: true, writes: true },
      { row: { id: 'big-unchanged', title: `${shape.tree}, nothing changed` }, writes: false },
      { row: { id: 'big-inserted', title: `${shape.tree}, one byte inserted in the middle` }, writes: true, change: shape.insertByte },
    ],
  };
}

function many(scale: number): Scenario {
  const shape = smallFiles({ files: 200_000, size: 256 }, scale);
  return {
    ...shape,
    steps: [
      { row: undefined, fresh: true, writes: true },
      { row: { id: 'many-unchanged', title: `${shape.tree}, nothing changed` }, writes: false },
    ],
  };
}
