import type { Action, ActionType, Conflict, Kind } from '@cloudsync/engine';
import { formatBytes } from '../terminal/format.ts';
import { printable } from '../terminal/printable.ts';

const VERBS: Record<ActionType, readonly [mark: string, verb: string]> = {
  UPLOAD_NEW: ['→', 'new'],
  UPLOAD_UPDATE: ['→', 'update'],
  UPLOAD_RESTORE: ['→', 'restore'],
  DOWNLOAD_NEW: ['←', 'new'],
  DOWNLOAD_UPDATE: ['←', 'update'],
  DOWNLOAD_RESTORE: ['←', 'restore'],
  DELETE_SOURCE: ['←', 'delete'],
  DELETE_DESTINATION: ['→', 'delete'],
  RENAME_SOURCE: ['←', 'rename'],
  RENAME_DESTINATION: ['→', 'rename'],
  NO_ACTION: [' ', 'same'],
  CONFLICT: ['!', 'conflict'],
};

const MERGE = ['↔', 'merge'] as const;

export interface ActionFacts {
  readonly type: ActionType;
  readonly path: string;
  readonly from?: string | undefined;
  readonly kind?: Kind | undefined;
  readonly conflict?: Pick<Conflict, 'outcome'> | undefined;
}

/** `→ new      docs/a.txt`, `← rename   a.txt ⇒ b.txt`: an arrow to the side that is changed, what happens, and where. */
export function actionText({ type, path, from, kind, conflict }: ActionFacts): string {
  const [mark, verb] = conflict?.outcome === 'merged' ? MERGE : VERBS[type];
  const end = kind === 'folder' ? '/' : '';
  const name = from === undefined ? printable(path) + end : `${printable(from)}${end} ⇒ ${printable(path)}${end}`;
  return `${mark} ${verb.padEnd(8)} ${name}`;
}

/** One line of a dry run: what, path, size, why. */
export function planLine(action: Action): string {
  const size = action.bytes > 0 ? [formatBytes(action.bytes)] : [];
  const why = action.attributesOnly === true ? `${action.reason}, only time or permissions` : action.reason;
  return `${actionText(action)}  (${[...size, printable(why)].join(', ')})`;
}
