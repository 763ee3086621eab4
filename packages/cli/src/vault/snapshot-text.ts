import type { Changes, Commit } from '@cloudsync/vault';
import { formatCount, formatTime } from '../terminal/format.ts';
import { printable } from '../terminal/printable.ts';
import type { Paint } from '../terminal/terminal.ts';

const WIDTH = 6;

/** `  @12  2026-11-21 12:20:05  laptop  2 new, 1 edited`; what it did stands at the end, where a narrow terminal wraps. */
export function snapshotLine({ sequence, timeMs, device, kind, changes }: Commit, paint: Paint): string {
  const what = { init: 'made the vault', restore: `restored: ${changesText(changes)}`, repair: `repaired: ${changesText(changes)}` }[
    kind as 'init'
  ];
  return `${paint('bold', versionName(sequence))}  ${formatTime(timeMs)}  ${printable(device.name)}  ${what ?? changesText(changes)}`;
}

/** `  @12`: as it can be typed after a path. */
export function versionName(sequence: number): string {
  return `@${sequence}`.padStart(WIDTH);
}

function changesText({ created, modified, deleted, renamed }: Changes): string {
  const parts = (
    [
      ['new', created],
      ['edited', modified],
      ['renamed', renamed],
      ['deleted', deleted],
    ] as const
  ).filter(([, count]) => count > 0);
  return parts.length === 0 ? 'nothing changed' : parts.map(([what, count]) => `${formatCount(count)} ${what}`).join(', ');
}

/** What `--json` prints of a version. */
export function snapshotFacts({ sequence, timeMs, device, kind, changes, totals }: Commit): object {
  const { created, modified, deleted, renamed, paths } = changes;
  return { version: sequence, time: new Date(timeMs).toISOString(), device, kind, created, modified, deleted, renamed, paths, totals };
}
