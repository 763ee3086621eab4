import type { Side } from '../model/entry.ts';

/** Stop before more than this is deleted on a side: a count, a percentage of its files, or no limit. */
export type MaxDelete = { readonly files: number } | { readonly percent: number } | 'off';

export interface GuardQuestion {
  readonly maxDelete: MaxDelete;
  /** Files that the plan deletes, renames taken out, and files that are there. */
  readonly deleted: Readonly<Record<Side, number>>;
  readonly files: Readonly<Record<Side, number>>;
  readonly urls: Readonly<Record<Side, string>>;
}

/** Why the plan must not be carried out, in words for the user, or undefined when it may. */
export function guardDeletions({ maxDelete, deleted, files, urls }: GuardQuestion): string | undefined {
  if (maxDelete === 'off') return undefined;
  for (const side of ['source', 'destination'] as const) {
    const count = deleted[side];
    const tooMany = 'files' in maxDelete ? count > maxDelete.files : count * 100 > maxDelete.percent * files[side];
    if (count === 0 || !tooMany) continue;
    const limit = 'files' in maxDelete ? `${maxDelete.files}` : `${maxDelete.percent} %`;
    return `stopped: ${count} of ${files[side]} files in ${urls[side]} would be deleted, more than the limit of ${limit}; nothing was changed. If that is right, run again with --max-delete off or --force`;
  }
  return undefined;
}

/** Why a side that lost everything stops the run, or undefined when it did not. */
export function guardEmptied(side: Side, { url, now, before }: { url: string; now: number; before: number }): string | undefined {
  if (before === 0 || now > 0) return undefined;
  return `stopped: the ${side} ${url} held ${before} files at the last sync and is empty now; nothing was changed. If it is a disk that is not mounted, mount it; if you emptied it, run again with --max-delete off or --force`;
}
