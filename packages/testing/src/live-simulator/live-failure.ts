import { SimulationFailure } from '../simulation/failure.ts';

/** What each check of the live simulator is called; a planted bug exists for every one. */
export const LIVE_CHECKS = [
  'all devices equal',
  'settles',
  'nothing lost',
  'nothing comes back',
  'nothing invented',
  'acknowledged stays',
  'sequences increase',
  'versions are readable',
  'counters are right',
  'server is whole',
  'no failures after healing',
  'nobody throws',
  'nobody hangs',
] as const;

export type LiveCheck = (typeof LIVE_CHECKS)[number];

/** A check found something. */
export class LiveFailure extends SimulationFailure<LiveCheck> {}
