import { SimulationFailure } from '../simulation/failure.ts';

/** What each check of the simulator is called; a planted bug exists for every one. */
export const CHECKS = [
  'both sides equal',
  'nothing lost',
  'only trash',
  'every act arrives',
  'plan empty',
  'state settled',
  'dry run is the plan',
  'dry run changes nothing',
  'guard changes nothing',
  'giver untouched',
  'ignored untouched',
  'nothing outside',
  'no leftovers',
  'no invented content',
  'state vouches for what is there',
  'no failures after healing',
  'engine never throws',
  'engine never hangs',
] as const;

export type Check = (typeof CHECKS)[number];

/** A check found something. */
export class PairFailure extends SimulationFailure<Check> {}
