import type { Row } from '@cloudsync/protocol';
import type { Move } from '../journal/draft.ts';
import type { Workspace } from './workspace.ts';

/** What one commit did. */
export interface Committed {
  readonly workspace: Workspace;
  /** In the order of the journal, at least one. */
  readonly rows: readonly Row[];
  /** What went from one path to another. */
  readonly moves: readonly Move[];
  /** Of the journal before and after these rows. */
  readonly before: number;
  readonly cursor: string;
  /** What the caller gave as his. */
  readonly origin: unknown;
  readonly requestId: string | undefined;
  /** Contents of small files among the rows, by `content`. */
  readonly inline: ReadonlyMap<string, Uint8Array>;
}

export type CommittedListener = (committed: Committed) => void;
