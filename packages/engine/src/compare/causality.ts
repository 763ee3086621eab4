/**
 * Version vectors: for each actor (a place where changes were made) the counter of the last change that went into this
 * version. One version comes after another exactly when it knows all that the other knows; no clock is asked.
 * (Parker et al., "Detection of Mutual Inconsistency in Distributed Systems", 1983.)
 *
 * As text: `actor:counter` joined by commas, actors in order; an actor is 16 hex digits, a counter a positive safe integer.
 */
export type VectorOrder = 'equal' | 'before' | 'after' | 'concurrent';

const ITEM = /^[0-9a-f]{16}:[1-9]\d{0,15}$/;

/** True when `text` is a version vector in its one spelling. */
export function isVector(text: string): boolean {
  const items = text.split(',');
  return items.every((item, index) => {
    const before = items[index - 1];
    return (
      ITEM.test(item) && Number.isSafeInteger(Number(item.slice(17))) && (before === undefined || before.slice(0, 16) < item.slice(0, 16))
    );
  });
}

/** How `a` stands to `b`: `before` means that `b` was made by somebody who knew `a`. */
export function compareVectors(a: string, b: string): VectorOrder {
  if (a === b) return 'equal';
  const [left, right] = [countersOf(a), countersOf(b)];
  const leftKnows = [...right].every(([actor, counter]) => (left.get(actor) ?? 0) >= counter);
  const rightKnows = [...left].every(([actor, counter]) => (right.get(actor) ?? 0) >= counter);
  if (leftKnows) return rightKnows ? 'equal' : 'after';
  return rightKnows ? 'before' : 'concurrent';
}

/** The vector that knows all that either knows; undefined knows nothing. */
export function mergeVectors(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined || a === b) return a ?? b;
  const merged = countersOf(a);
  for (const [actor, counter] of countersOf(b)) merged.set(actor, Math.max(merged.get(actor) ?? 0, counter));
  return textOf(merged);
}

/** The vector after a change by `actor`. @param atLeast where its counter begins, such as a clock that never goes back */
export function advanceVector(vector: string | undefined, actor: string, atLeast: number): string {
  const counters = vector === undefined ? new Map<string, number>() : countersOf(vector);
  counters.set(actor, Math.max((counters.get(actor) ?? 0) + 1, atLeast));
  return textOf(counters);
}

function countersOf(vector: string): Map<string, number> {
  return new Map(vector.split(',').map((item) => [item.slice(0, 16), Number(item.slice(17))]));
}

function textOf(counters: ReadonlyMap<string, number>): string {
  return [...counters]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([actor, counter]) => `${actor}:${counter}`)
    .join(',');
}
