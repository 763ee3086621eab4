import { type PathMove, placeBefore } from '../compare/rename-order.ts';
import { otherSide, type Side } from '../model/entry.ts';
import { SyncError } from '../model/error.ts';
import type { Storage } from '../storage.ts';
import { type CyclePlan, type CyclePlanQuestion, type HiddenNames, planCycle } from './cycle-plan.ts';
import type { Known } from './facts.ts';
import { giverOf } from './steps.ts';

/**
 * Plans, looks where the renames would put things, and plans again without the names that turn out to be taken. What is
 * ignored is in no listing, and a rename that it is in the way of would be tried and refused by every run.
 * @param storages whom to ask; undefined when nothing is ignored
 */
export async function planAroundHidden(
  question: Omit<CyclePlanQuestion, 'hidden'>,
  storages: Readonly<Record<Side, Pick<Storage, 'stat'>>> | undefined,
): Promise<CyclePlan> {
  let hidden: HiddenNames = { source: new Set(), destination: new Set() };
  for (;;) {
    const cyclePlan = planCycle({ ...question, hidden });
    const found = storages && (await findHidden(cyclePlan, { known: question.survey.known, storages, hidden }));
    if (found === undefined) return cyclePlan;
    hidden = found;
  }
}

interface Search {
  readonly known: Known;
  readonly storages: Readonly<Record<Side, Pick<Storage, 'stat'>>>;
  /** What is found already. */
  readonly hidden: HiddenNames;
}

/** @returns everything hidden that is known now; undefined when nothing was found */
async function findHidden(cyclePlan: CyclePlan, { known, storages, hidden }: Search): Promise<HiddenNames | undefined> {
  const found: Record<Side, Set<string>> = { source: new Set(hidden.source), destination: new Set(hidden.destination) };
  /** Of folders: only they change where other things are. */
  const moves: Record<Side, PathMove[]> = { source: [], destination: [] };
  const look = async (side: Side, path: string): Promise<void> => {
    const place = placeBefore(moves[side], path);
    if (known.now[side].get(place) === undefined && (await isThere(storages[side], place))) found[side].add(path);
  };
  for (const action of cyclePlan.plan.foldersFirst) await look(otherSide(giverOf(action)), action.path);
  for (const { side, action, interim } of cyclePlan.renames.steps) {
    if (!interim) await look(side, action.path);
    if (action.kind === 'folder') moves[side].push({ from: action.from ?? action.path, to: action.path });
  }
  return found.source.size > hidden.source.size || found.destination.size > hidden.destination.size ? found : undefined;
}

async function isThere(storage: Pick<Storage, 'stat'>, path: string): Promise<boolean> {
  try {
    return (await storage.stat(path)) !== undefined;
  } catch (error) {
    // Whoever cannot be asked now will say so when the rename is made.
    if (SyncError.is(error)) return false;
    throw error;
  }
}
