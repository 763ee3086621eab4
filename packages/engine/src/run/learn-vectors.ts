import { isUntouched, type Side } from '../model/entry.ts';
import type { Storage } from '../storage.ts';
import type { Known } from './facts.ts';

const AT_ONCE = 64;

/**
 * Learns the version vectors of what looks as it did when last agreed: it may have been changed and put back by somebody who knew of what
 * the other side has now. The last state keeps no vectors.
 */
export async function learnVectors({ now, last }: Known, storages: Readonly<Record<Side, Pick<Storage, 'stat'>>>): Promise<void> {
  for (const side of ['source', 'destination'] as const) {
    const paths = [...now[side]].filter(([, entry]) => entry !== undefined && entry.vector === undefined).map(([path]) => path);
    for (let at = 0; at < paths.length; at += AT_ONCE) {
      await Promise.all(paths.slice(at, at + AT_ONCE).map((path) => learn(path, side)));
    }
  }

  async function learn(path: string, side: Side): Promise<void> {
    const entry = now[side].get(path);
    const found = await storages[side].stat(path);
    if (entry === undefined || found === undefined || !isUntouched(last[side].get(path) ?? entry, found)) return;
    now[side].set(path, { ...entry, vector: found.vector });
  }
}
