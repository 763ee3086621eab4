import type { Change } from '../compare/triple.ts';
import type { SyncMode } from './mode.ts';

/**
 * What is to be done about a path.
 * `leave`: the mode does not care, and forgets it, so that a later two-way sync unites instead of deleting.
 */
export type Verdict = 'in-sync' | 'upload' | 'download' | 'delete-source' | 'delete-destination' | 'conflict' | 'forget' | 'leave' | 'wait';

type Row = Readonly<Record<SyncMode, Verdict>>;

function row(twoWay: Verdict, mirror: Verdict, sourceBackup: Verdict, reverseMirror: Verdict, destinationBackup: Verdict): Row {
  return {
    'two-way': twoWay,
    'source-to-destination': mirror,
    'source-backup': sourceBackup,
    'destination-to-source': reverseMirror,
    'destination-backup': destinationBackup,
  };
}

/**
 * The decision matrix of product.md, complete: (change at source, change at destination) × mode. Equal content on both
 * sides never gets here. A path that changed its kind is `modified`. Deleted on one side and edited on the other survives
 * as an edit in TWO_WAY. `wait`: left alone until the giving side changes it; the last state keeps it.
 */
const MATRIX: Readonly<Record<Change, Readonly<Record<Change, Row>>>> = {
  none: {
    none: row('in-sync', 'in-sync', 'in-sync', 'in-sync', 'in-sync'),
    created: row('download', 'delete-destination', 'leave', 'download', 'download'),
    modified: row('download', 'upload', 'wait', 'download', 'download'),
    deleted: row('delete-source', 'upload', 'upload', 'delete-source', 'leave'),
  },
  created: {
    none: row('upload', 'upload', 'upload', 'delete-source', 'leave'),
    created: row('conflict', 'upload', 'upload', 'download', 'download'),
    // A path is agreed on both sides or on neither, so these four cannot meet; they stand for completeness.
    modified: row('conflict', 'upload', 'upload', 'download', 'download'),
    deleted: row('upload', 'upload', 'upload', 'delete-source', 'leave'),
  },
  modified: {
    none: row('upload', 'upload', 'upload', 'download', 'wait'),
    created: row('conflict', 'upload', 'upload', 'download', 'download'),
    modified: row('conflict', 'upload', 'upload', 'download', 'download'),
    deleted: row('upload', 'upload', 'upload', 'delete-source', 'leave'),
  },
  deleted: {
    none: row('delete-destination', 'delete-destination', 'leave', 'download', 'download'),
    created: row('download', 'delete-destination', 'leave', 'download', 'download'),
    modified: row('download', 'delete-destination', 'leave', 'download', 'download'),
    deleted: row('forget', 'forget', 'forget', 'forget', 'forget'),
  },
};

export interface DecisionQuestion {
  readonly mode: SyncMode;
  readonly source: Change;
  readonly destination: Change;
  /** The last state could not be used (foreign root, damaged): unite, delete nothing. */
  readonly unite: boolean;
}

export function decide({ mode, source, destination, unite }: DecisionQuestion): Verdict {
  const verdict = MATRIX[source][destination][mode];
  return unite && (verdict === 'delete-source' || verdict === 'delete-destination') ? 'leave' : verdict;
}
