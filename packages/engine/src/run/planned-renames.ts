import type { ReconciledRenames, RenameView } from '../compare/reconcile-renames.ts';
import type { Triple } from '../compare/triple.ts';
import type { Entry, Side } from '../model/entry.ts';
import type { Action } from '../plan/action.ts';

/** A rename to carry out on one side. */
export interface PlannedRename {
  readonly action: Action;
  readonly side: Side;
  /** What is renamed, as the scan saw it. */
  readonly entry: Entry;
  /** What the rename replaces; it goes to the trash. */
  readonly expected: Entry | undefined;
  /** A step through a temporary name, to undo a cycle. */
  readonly interim: boolean;
}

/** A row of the last state that gets a new path. */
export interface MovedRow {
  readonly from: string;
  readonly to: string;
  readonly last: NonNullable<Triple['last']>;
  /** Sides where only the name changed. */
  readonly unchanged: readonly Side[];
}

export interface PlannedRenames {
  /** What puts back what a cut-off swap left, before anything else. */
  readonly heals: readonly PlannedRename[];
  readonly steps: readonly PlannedRename[];
  readonly moves: readonly MovedRow[];
}

/** The renames of a plan as actions, in the order in which they can be carried out. */
export function plannedSteps(renames: ReconciledRenames, view: RenameView): PlannedRename[] {
  return (['destination', 'source'] as const).flatMap((side) =>
    renames.steps[side].flatMap(({ from, to, origin }) => {
      const entry = view.now(side, origin);
      if (entry === undefined) return [];
      const interim = renames.sides[side].map(origin) !== to;
      const action: Action = {
        type: side === 'source' ? 'RENAME_SOURCE' : 'RENAME_DESTINATION',
        path: to,
        from,
        kind: entry.kind,
        [side]: entry,
        bytes: 0,
        reason: interim ? 'makes way in a swap' : `renamed at the ${side === 'source' ? 'destination' : 'source'}`,
      };
      const expected = !interim && renames.overwritten[side].has(to) ? view.now(side, to) : undefined;
      return [{ action, side, entry, expected, interim }];
    }),
  );
}
