import type { Entry, Side } from '../model/entry.ts';
import { compareVectors, mergeVectors } from './causality.ts';
import type { Triple } from './triple.ts';

/** Attributes that a side has to be given so that both are alike; undefined when it has them. */
export interface AttributeChange {
  readonly mtimeMs?: number | undefined;
  readonly mode?: number | undefined;
  /** The other side's version vector; the storage merges it with its own. */
  readonly vector?: string | undefined;
}

export interface AttributeRules {
  readonly modes: boolean;
  /** Mtimes closer than this are one; undefined when a side does not keep mtimes. */
  readonly mtimeStepMs: number | undefined;
  /** The side whose attributes count, or undefined when each attribute is merged by who changed it. */
  readonly giver: Side | undefined;
  /** Whether a side can be given attributes without content. */
  readonly canUpdate: Readonly<Record<Side, boolean>>;
}

/**
 * Merges mtime and permission bits of a path whose content is the same on both sides, each by itself and against each
 * side's own last state. Changed on both sides: the later touch counts. Never agreed: the source's, as
 * neither is an edit.
 */
export function mergeAttributes(triple: Triple, rules: AttributeRules): Readonly<Record<Side, AttributeChange | undefined>> {
  const { source, destination } = triple;
  if (source === undefined || destination === undefined) return { source: undefined, destination: undefined };
  const modeFrom = rules.modes && source.mode !== destination.mode ? giverOf(triple, rules, 'mode') : undefined;
  const step = rules.mtimeStepMs;
  const mtimesDiffer =
    step !== undefined && source.kind !== 'folder' && Math.abs(source.mtimeMs - destination.mtimeMs) > Math.max(step, ROUNDING_MS);
  const mtimeFrom = mtimesDiffer ? giverOf(triple, rules, 'mtimeMs') : undefined;
  const changeFor = (side: Side, other: Entry): AttributeChange | undefined => {
    if (!rules.canUpdate[side]) return undefined;
    const mode = modeFrom !== undefined && modeFrom !== side ? other.mode : undefined;
    const mtimeMs = mtimeFrom !== undefined && mtimeFrom !== side ? other.mtimeMs : undefined;
    const own = triple[side]?.vector;
    const vector = mergeVectors(own, other.vector) === own ? undefined : other.vector;
    // Both came to the same content by ways of their own: each has to know of the other's, or a third place sees a conflict.
    const learns = side !== rules.giver && own !== undefined && vector !== undefined;
    return mode === undefined && mtimeMs === undefined && !learns ? undefined : { mode, mtimeMs, vector };
  };
  return { source: changeFor('source', destination), destination: changeFor('destination', source) };
}

/** Writing a time rounds it to what a double in seconds can hold. */
const ROUNDING_MS = 0.002;

function giverOf({ last, source, destination }: Triple, { giver }: AttributeRules, key: 'mode' | 'mtimeMs'): Side | undefined {
  if (giver !== undefined) return giver;
  const moved = (side: Side, now: Entry | undefined): boolean => last === undefined || last[side][key] !== now?.[key];
  const sourceMoved = moved('source', source);
  if (sourceMoved !== moved('destination', destination)) return sourceMoved ? 'source' : 'destination';
  if (!sourceMoved) return undefined;
  const order = source?.vector !== undefined && destination?.vector !== undefined && compareVectors(source.vector, destination.vector);
  if (order === 'before' || order === 'after') return order === 'after' ? 'source' : 'destination';
  // Never agreed: neither mtime is an edit, so the source's stands; else the later touch does.
  if (last === undefined || source === undefined || destination === undefined) return 'source';
  return destination.mtimeMs > source.mtimeMs ? 'destination' : 'source';
}
