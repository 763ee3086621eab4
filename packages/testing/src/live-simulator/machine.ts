import type { Environment } from '@cloudsync/engine';
import type { Random } from '../random.ts';
import type { Process } from '../strict-storage/process.ts';
import type { VirtualTime } from '../virtual-time.ts';

export interface MachineOptions {
  readonly time: VirtualTime;
  readonly random: Random;
  /** How far its clock is off, in ms. */
  readonly skewMs: number;
}

/** Clock, sleep and dice of one process: when it dies, nothing that slept in it wakes up. */
export function environmentOf(process: Process, { time, random, skewMs }: MachineOptions): Environment {
  return {
    now: () => time.now() + skewMs,
    random: () => random.next(),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        time.sleep(ms, signal).then(
          () => {
            if (!process.dead) resolve();
          },
          (error: unknown) => {
            if (!process.dead) reject(error);
          },
        );
      }),
  };
}
