import { describe, expect, it } from 'vitest';
import type { Triple } from '../compare/triple.ts';
import type { Entry } from '../model/entry.ts';
import { ANY_NAMES } from '../model/names.ts';
import type { ActionType } from './action.ts';
import { ConflictResolution } from './conflict-resolution.ts';
import { SyncMode } from './mode.ts';
import { type Plan, plan } from './plan.ts';

/*
 * product.md's decision matrix, written down a second time and by event, against the planner: every combination of what
 * the last state, the source and the destination can hold × modes × strategies.
 */

type Held = 'absent' | 'same' | 'edited' | 'other kind';
const HELD: readonly Held[] = ['absent', 'same', 'edited', 'other kind'];
const MODES = Object.values(SyncMode);
const STRATEGIES = Object.values(ConflictResolution);
const PATH = 'docs/report.txt';

/** Per mode, in the order of product.md's columns: TWO_WAY, SOURCE_TO_DESTINATION, SOURCE_BACKUP, DESTINATION_TO_SOURCE, DESTINATION_BACKUP. */
type Row = readonly [ActionType, ActionType, ActionType, ActionType, ActionType];
const EVENTS = {
  'nothing happened': ['NO_ACTION', 'NO_ACTION', 'NO_ACTION', 'NO_ACTION', 'NO_ACTION'],
  'new at source': ['UPLOAD_NEW', 'UPLOAD_NEW', 'UPLOAD_NEW', 'DELETE_SOURCE', 'NO_ACTION'],
  'new at destination': ['DOWNLOAD_NEW', 'DELETE_DESTINATION', 'NO_ACTION', 'DOWNLOAD_NEW', 'DOWNLOAD_NEW'],
  'modified at source': ['UPLOAD_UPDATE', 'UPLOAD_UPDATE', 'UPLOAD_UPDATE', 'DOWNLOAD_UPDATE', 'NO_ACTION'],
  'modified at destination': ['DOWNLOAD_UPDATE', 'UPLOAD_UPDATE', 'NO_ACTION', 'DOWNLOAD_UPDATE', 'DOWNLOAD_UPDATE'],
  'modified on both': ['CONFLICT', 'UPLOAD_UPDATE', 'UPLOAD_UPDATE', 'DOWNLOAD_UPDATE', 'DOWNLOAD_UPDATE'],
  'deleted at source': ['DELETE_DESTINATION', 'DELETE_DESTINATION', 'NO_ACTION', 'DOWNLOAD_RESTORE', 'DOWNLOAD_RESTORE'],
  'deleted at destination': ['DELETE_SOURCE', 'UPLOAD_RESTORE', 'UPLOAD_RESTORE', 'DELETE_SOURCE', 'NO_ACTION'],
  'deleted at source, edited at destination': [
    'DOWNLOAD_RESTORE',
    'DELETE_DESTINATION',
    'NO_ACTION',
    'DOWNLOAD_RESTORE',
    'DOWNLOAD_RESTORE',
  ],
  'edited at source, deleted at destination': ['UPLOAD_RESTORE', 'UPLOAD_RESTORE', 'UPLOAD_RESTORE', 'DELETE_SOURCE', 'NO_ACTION'],
} satisfies Record<string, Row>;
type Event = keyof typeof EVENTS;

/** What a person would say happened. */
function eventOf(agreed: boolean, source: Held, destination: Held): Event {
  const gone = { source: source === 'absent', destination: destination === 'absent' };
  if (gone.source && gone.destination) return 'nothing happened';
  if (!agreed) {
    if (gone.destination) return 'new at source';
    if (gone.source) return 'new at destination';
    return source === destination ? 'nothing happened' : 'modified on both';
  }
  if (gone.source) return destination === 'same' ? 'deleted at source' : 'deleted at source, edited at destination';
  if (gone.destination) return source === 'same' ? 'deleted at destination' : 'edited at source, deleted at destination';
  if (source === destination) return 'nothing happened';
  if (destination === 'same') return 'modified at source';
  if (source === 'same') return 'modified at destination';
  return 'modified on both';
}

/** How a conflict ends under each strategy; the source's version is an hour newer in these trees. */
const SETTLED: Record<ConflictResolution, ActionType> = {
  'newest-wins': 'UPLOAD_UPDATE',
  'source-wins': 'UPLOAD_UPDATE',
  'destination-wins': 'DOWNLOAD_UPDATE',
  manual: 'CONFLICT',
  'keep-both': 'CONFLICT',
  'auto-merge': 'CONFLICT',
};

const NOON = 1_700_000_000_000;

function entry(held: Held, side: 'source' | 'destination', otherIsFolder: boolean): Entry | undefined {
  const common = { path: PATH, mode: 0o644, id: side, mtimeMs: side === 'source' ? NOON + 3_600_000 : NOON };
  switch (held) {
    case 'absent':
      return undefined;
    case 'same':
      return { ...common, kind: 'file', size: 4, hash: 'agreed', version: '1' };
    case 'edited':
      return { ...common, kind: 'file', size: 4, hash: 'edited', version: '2' };
    case 'other kind':
      return otherIsFolder
        ? { ...common, kind: 'folder', size: 0, version: '2' }
        : { ...common, kind: 'symlink', size: 0, target: 'elsewhere', version: '2' };
  }
}

function planOf(triple: Triple, mode: SyncMode, resolution: ConflictResolution, unite = false): Plan {
  return plan({
    triples: [triple],
    rules: { mode, resolution, comparison: 'hash-then-mtime', unite, replicas: { source: 'laptop', destination: 'usb' } },
    attributes: { modes: true, mtimeStepMs: undefined, giver: undefined, canUpdate: { source: true, destination: true } },
    held: { source: new Set(), destination: new Set() },
    names: {
      names: { source: ANY_NAMES, destination: ANY_NAMES },
      symlinks: { source: true, destination: true },
      taken: { source: undefined, destination: undefined },
    },
    neededFirst: new Set(),
  });
}

/** The one action that settles the path: a deletion that only makes way for another kind is a part of it. */
function actionOf(result: Plan): ActionType {
  const main = [
    ...result.folders,
    ...result.transfers,
    ...result.attributes,
    ...result.clearing.filter((action) => action.type === 'CONFLICT'),
  ];
  return (main[0] ?? result.deletions[0] ?? result.clearing[0])?.type ?? 'NO_ACTION';
}

describe('the decision matrix of product.md', () => {
  for (const [column, mode] of MODES.entries()) {
    for (const resolution of STRATEGIES) {
      for (const otherIsFolder of [false, true]) {
        it(`${mode}, ${resolution}, other kind is a ${otherIsFolder ? 'folder' : 'symlink'}`, () => {
          for (const agreed of [false, true]) {
            for (const source of HELD) {
              for (const destination of HELD) {
                const last = agreed
                  ? { source: entry('same', 'source', false) as Entry, destination: entry('same', 'destination', false) as Entry }
                  : undefined;
                const triple = {
                  path: PATH,
                  last,
                  source: entry(source, 'source', otherIsFolder),
                  destination: entry(destination, 'destination', otherIsFolder),
                };
                const event = eventOf(agreed, source, destination);
                const result = planOf(triple, mode, resolution);
                const folderMeetsFile = otherIsFolder && (source === 'other kind') !== (destination === 'other kind');
                let expected: ActionType = EVENTS[event][column] as ActionType;
                if (expected === 'CONFLICT' && !folderMeetsFile) expected = SETTLED[resolution];
                const label = `last ${agreed ? 'present' : 'absent'}, source ${source}, destination ${destination}: ${event}`;
                expect({ label, action: actionOf(result) }).toEqual({ label, action: expected });

                const isReported = mode === 'two-way' && (event === 'modified on both' || event.includes('edited'));
                expect({ label, conflicts: result.conflicts.length }).toEqual({ label, conflicts: isReported ? 1 : 0 });
                if (folderMeetsFile && event === 'modified on both' && mode === 'two-way')
                  expect(result.conflicts[0]?.outcome).toBe('both');
                if (mode === 'source-to-destination' || mode === 'source-backup') expect(touches(result)).not.toContain('source');
                if (mode === 'destination-to-source' || mode === 'destination-backup') expect(touches(result)).not.toContain('destination');
              }
            }
          }
        });
      }
    }
  }

  it('unites, and deletes nothing, when the last state cannot be used', () => {
    for (const mode of MODES) {
      for (const held of HELD) {
        for (const [source, destination] of [[held, 'absent'] as const, ['absent', held] as const]) {
          const triple = {
            path: PATH,
            last: undefined,
            source: entry(source, 'source', false),
            destination: entry(destination, 'destination', false),
          };
          const result = planOf(triple, mode, 'newest-wins', true);
          expect([...result.deletions, ...result.clearing]).toEqual([]);
        }
      }
    }
  });
});

/** Which sides a plan writes to. */
function touches(result: Plan): string[] {
  const actions = [
    ...result.foldersFirst,
    ...result.clearing,
    ...result.folders,
    ...result.transfers,
    ...result.deletions,
    ...result.attributes,
  ];
  return actions.flatMap(({ type }) => {
    if (type === 'CONFLICT') return ['source', 'destination'];
    return type.startsWith('DOWNLOAD') || type.endsWith('_SOURCE') ? ['source'] : ['destination'];
  });
}
