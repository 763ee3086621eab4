import type { Environment } from '@cloudsync/engine';

const FIRST_MS = 100;
const MAX_MS = 30_000;

/** How long to wait before attempt `failures + 1`: doubling, and each time anywhere between half and all of it, so that devices come back one by one. */
export function backoffMs(failures: number, { random }: Environment): number {
  const most = Math.min(MAX_MS, FIRST_MS * 2 ** Math.min(failures, 20));
  return most / 2 + (random() * most) / 2;
}
