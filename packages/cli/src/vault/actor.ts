import { hash } from 'node:crypto';

/**
 * Who changes a vault, for its version vectors: what is synced with it, seen from this device. Two devices that sync the same folder are two.
 * @param other identity of the other side of the pair
 */
export function actorOf(deviceId: string, other: string): string {
  return hash('sha256', `${deviceId}\0${other}`, 'hex').slice(0, 16);
}
