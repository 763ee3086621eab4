import { SimulationFailure } from '../simulation/failure.ts';

/** What each check of the simulator of vaults is called; a planted bug exists for every one. */
export const VAULT_CHECKS = [
  'all replicas equal',
  'settles',
  'nothing lost',
  'nothing comes back',
  'nothing invented',
  'no false conflict',
  'vault is whole',
  'snapshots stay',
  'no failures after healing',
  'engine never throws',
  'engine never hangs',
] as const;

export type VaultCheck = (typeof VAULT_CHECKS)[number];

/** A check found something. */
export class VaultFailure extends SimulationFailure<VaultCheck> {}
