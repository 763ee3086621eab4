import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../model/entry.ts';
import { type AttributeChange, type AttributeRules, mergeAttributes } from './attributes.ts';
import type { Triple } from './triple.ts';

const RULES: AttributeRules = { modes: true, mtimeStepMs: 0.001, giver: undefined, canUpdate: { source: true, destination: true } };
const NOON = 1_000_000;

interface Attributes {
  readonly mode?: number;
  readonly mtimeMs?: number;
}

function entry({ mode = 0o644, mtimeMs = NOON }: Attributes = {}, kind: Entry['kind'] = 'file'): Entry {
  return { path: 'a', kind, size: 0, mtimeMs, mode };
}

function triple(last: Attributes | undefined, source: Attributes, destination: Attributes): Triple {
  return {
    path: 'a',
    last: last && { source: entry(last), destination: entry(last) },
    source: entry(source),
    destination: entry(destination),
  };
}

describe('three-way merge of one attribute', () => {
  type Expected = { source?: Attributes; destination?: Attributes };
  it.each<[string, Attributes | undefined, Attributes, Attributes, Expected]>([
    ['nothing moved', {}, {}, {}, {}],
    ['mode at the source', {}, { mode: 0o755 }, {}, { destination: { mode: 0o755 } }],
    ['mode at the destination', {}, {}, { mode: 0o755 }, { source: { mode: 0o755 } }],
    ['the same mode on both', {}, { mode: 0o755 }, { mode: 0o755 }, {}],
    [
      'two modes: the later touch',
      {},
      { mode: 0o755, mtimeMs: NOON + 9 },
      { mode: 0o600 },
      { destination: { mode: 0o755, mtimeMs: NOON + 9 } },
    ],
    [
      'two modes: the later touch, at the destination',
      {},
      { mode: 0o755 },
      { mode: 0o600, mtimeMs: NOON + 9 },
      { source: { mode: 0o600, mtimeMs: NOON + 9 } },
    ],
    ['two modes, even times: the source', {}, { mode: 0o755 }, { mode: 0o600 }, { destination: { mode: 0o755 } }],
    ['time at the source', {}, { mtimeMs: NOON + 1 }, {}, { destination: { mtimeMs: NOON + 1 } }],
    ['time at the source, set back', {}, { mtimeMs: 5 }, {}, { destination: { mtimeMs: 5 } }],
    ['time at the destination', {}, {}, { mtimeMs: NOON - 1 }, { source: { mtimeMs: NOON - 1 } }],
    ['two times: the later', {}, { mtimeMs: NOON + 1 }, { mtimeMs: NOON + 2 }, { source: { mtimeMs: NOON + 2 } }],
    [
      'mode here, time there: each by itself',
      {},
      { mode: 0o755 },
      { mtimeMs: NOON + 1 },
      { source: { mtimeMs: NOON + 1 }, destination: { mode: 0o755 } },
    ],
    [
      'never agreed: the source’s stand',
      undefined,
      { mode: 0o755 },
      { mtimeMs: NOON + 9 },
      { destination: { mode: 0o755, mtimeMs: NOON } },
    ],
  ])('%s', (_what, last, source, destination, expected) => {
    const merged = mergeAttributes(triple(last, source, destination), RULES);
    expect(merged).toEqual({ source: expected.source, destination: expected.destination });
  });

  it('sides that were agreed to differ stay as they are', () => {
    const apart = { source: entry({ mode: 0o755, mtimeMs: 7 }), destination: entry() };
    expect(mergeAttributes({ path: 'a', last: apart, ...apart }, RULES)).toEqual({ source: undefined, destination: undefined });
  });
});

describe('what a side can keep', () => {
  const touched = triple({}, { mode: 0o755, mtimeMs: NOON + 1500 }, {});
  it.each<[string, Partial<AttributeRules>, Attributes | undefined]>([
    ['everything', {}, { mode: 0o755, mtimeMs: NOON + 1500 }],
    ['no modes', { modes: false }, { mtimeMs: NOON + 1500 }],
    ['no times', { mtimeStepMs: undefined }, { mode: 0o755 }],
    ['coarse times that hide the difference', { mtimeStepMs: 2000 }, { mode: 0o755 }],
    ['coarse times that do not', { mtimeStepMs: 1000 }, { mode: 0o755, mtimeMs: NOON + 1500 }],
    ['nothing without content', { canUpdate: { source: true, destination: false } }, undefined],
  ])('%s', (_what, rules, expected) => {
    expect(mergeAttributes(touched, { ...RULES, ...rules })).toEqual({ source: undefined, destination: expected });
  });

  it('a step of time is one time, up to its end', () => {
    const apart = (ms: number): unknown =>
      mergeAttributes(triple({}, { mtimeMs: NOON + ms }, {}), { ...RULES, mtimeStepMs: 1000 }).destination;
    expect([apart(1000), apart(1000.01)]).toEqual([undefined, { mtimeMs: NOON + 1000.01 }]);
    expect(mergeAttributes(triple({}, { mtimeMs: NOON + 0.001 }, {}), { ...RULES, mtimeStepMs: 0 }).destination).toBeUndefined();
  });

  it('the times of folders are not compared, their modes are', () => {
    const folders = { source: entry({ mode: 0o700, mtimeMs: NOON + 9999 }, 'folder'), destination: entry({}, 'folder') };
    expect(mergeAttributes({ path: 'a', last: undefined, ...folders }, RULES).destination).toEqual({ mode: 0o700 });
  });

  it('nothing travels where a side has nothing', () => {
    expect(mergeAttributes({ ...touched, destination: undefined }, RULES)).toEqual({ source: undefined, destination: undefined });
  });
});

describe('rules of the merge', () => {
  const attributes = fc.record({
    mode: fc.constantFrom(0o600, 0o644, 0o755),
    mtimeMs: fc.constantFrom(NOON, NOON + 1, NOON + 2, NOON - 5),
  });
  const anyTriple = fc
    .record({ last: fc.option(attributes, { nil: undefined }), source: attributes, destination: attributes })
    .map(({ last, source, destination }) => triple(last, source, destination));

  it('a one-way mode gives the giver’s attributes and touches the giver never', () => {
    fc.assert(
      fc.property(anyTriple, fc.constantFrom('source' as const, 'destination' as const), (found, giver) => {
        const merged = mergeAttributes(found, { ...RULES, giver });
        expect(merged[giver]).toBeUndefined();
        const receiver = giver === 'source' ? 'destination' : 'source';
        expect({ ...found[receiver], ...defined(merged[receiver]) }).toEqual(found[giver]);
      }),
    );
  });

  it('after it both sides are alike, and a second merge changes nothing', () => {
    fc.assert(
      fc.property(anyTriple, (found) => {
        const merged = mergeAttributes(found, RULES);
        const source = { ...entry(), ...found.source, ...defined(merged.source) };
        const destination = { ...entry(), ...found.destination, ...defined(merged.destination) };
        expect(source).toEqual(destination);
        const again = mergeAttributes({ path: 'a', last: { source, destination }, source, destination }, RULES);
        expect(again).toEqual({ source: undefined, destination: undefined });
      }),
    );
  });
});

function defined(change: AttributeChange | undefined): Attributes {
  const { mode, mtimeMs } = change ?? {};
  return { ...(mode === undefined ? {} : { mode }), ...(mtimeMs === undefined ? {} : { mtimeMs }) };
}
