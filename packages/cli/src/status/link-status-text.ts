import type { LinkStatus } from '../agent/control/messages.ts';
import { stateText } from '../agent/outcome-text.ts';
import { nameOfWorkspace } from '../links/find-link.ts';
import { formatAgo, formatBytes, formatCount, plural } from '../terminal/format.ts';
import { printable } from '../terminal/printable.ts';
import type { Paint } from '../terminal/terminal.ts';

/** A link as the agent keeps it, or what is known of it while no agent runs. */
export type ShownLink = LinkStatus | RestingLink;

interface RestingLink extends Pick<LinkStatus, 'folder' | 'workspace' | 'pair' | 'lastSync' | 'files' | 'failed' | 'conflictsLeft'> {
  readonly state: 'paused' | 'not-running';
  readonly message?: undefined;
}

/** A few lines about a link, for people. */
export function linkLines(link: ShownLink, nowMs: number, paint: Paint): string[] {
  const { folder, workspace, lastSync, failed, conflictsLeft } = link;
  const left = [failed > 0 && `${plural(failed, 'path')} failed`, conflictsLeft > 0 && `${plural(conflictsLeft, 'conflict')} left`];
  const rows: (readonly [string, string] | false)[] = [
    ['Workspace', `${printable(nameOfWorkspace(workspace))}  ${paint('dim', printable(workspace))}`],
    ['Folder', printable(folder)],
    ['Status', statusText(link, paint) + left.flatMap((part) => (part === false ? [] : [`, ${part}`])).join('')],
    ['Progress', progressText(link)],
    'bytesPerSecond' in link && ['Speed', `${formatBytes(link.bytesPerSecond)}/s`],
    ['Last sync', lastSync === undefined ? 'never' : formatAgo(Date.parse(lastSync), nowMs)],
  ];
  const [[, head], ...others] = rows.filter((row) => row !== false) as [readonly [string, string], ...(readonly [string, string])[]];
  const problems = 'problems' in link ? link.problems.map((problem) => `  ${paint('red', 'failed')} ${printable(problem)}`) : [];
  return [
    `${'Workspace:'.padEnd(11)} ${paint('bold', head)}`,
    ...others.map(([name, text]) => `${`${name}:`.padEnd(11)} ${text}`),
    ...problems,
  ];
}

function statusText(link: ShownLink, paint: Paint): string {
  if (link.state === 'not-running') return paint('yellow', 'not kept in sync now; start that with cloudsync start --detach');
  return stateText({ state: link.state, message: link.message }, paint);
}

/** Of the cycle that runs; between cycles, of all files. */
function progressText(link: ShownLink): string {
  const files = link.files ?? 0;
  const { done, total } =
    'progress' in link && (link.state === 'syncing' || link.state === 'offline') && link.progress.totalFiles > 0
      ? { done: link.progress.files, total: link.progress.totalFiles }
      : { done: Math.max(0, files - link.failed), total: files };
  return `${formatCount(done)}/${plural(total, 'file')}`;
}
