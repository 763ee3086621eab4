import type { ActivityFlags } from '../command-line/live/live-flags.ts';
import { parseCount } from '../options/count.ts';
import { formatTime } from '../terminal/format.ts';
import { printable } from '../terminal/printable.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { openWorkspace } from './workspace-meant.ts';

const LINES = 20;

/** `cloudsync activity`: who changed what, the latest first. @returns the exit code */
export async function activityCommand(flags: ActivityFlags, terminal: Terminal): Promise<number> {
  let left = flags.limit === undefined ? LINES : parseCount('--limit', flags.limit);
  const { client, workspace } = await openWorkspace(flags.workspace);
  for await (const entry of client.activity.list(workspace)) {
    if (left-- <= 0) break;
    const { version, at, action, path, kind, device } = entry;
    const name = `${printable(path)}${kind === 'folder' ? '/' : ''}${device === null ? '' : `  ${printable(device)}`}`;
    terminal.out(
      flags.json === true
        ? JSON.stringify(entry)
        : `${`@${version}`.padStart(6)}  ${formatTime(Date.parse(at))}  ${action.padEnd(10)}  ${name}`,
    );
  }
  return 0;
}
