import { join } from 'node:path';
import { cloudsync, ourselves } from '../cloudsync.ts';
import type { Contestant } from '../contestant.ts';
import type { Command } from '../measure.ts';
import { toolsOf, versionOf } from '../programs.ts';

export interface SyncTool extends Contestant {
  command(places: Places): Command;
}

export interface Places {
  readonly source: string;
  readonly destination: string;
  /** A folder for the tool's own state; new and empty when `first`. */
  readonly state: string;
  /** True when this tool meets the two folders for the first time. */
  readonly first: boolean;
}

/** Every tool that is installed here, CloudSync first. */
export function findSyncTools(): SyncTool[] {
  return [ours(), ...toolsOf('rsync', rsync), ...toolsOf('unison', unison), ...toolsOf('rclone', rclone)];
}

function ours(): SyncTool {
  return {
    ...ourselves(),
    how: 'cloudsync sync A B',
    note: 'two-way, trash on, data and state flushed to disk',
    command: ({ source, destination, state }) => cloudsync(['sync', source, destination], { state }),
  };
}

function rsync(program: string): SyncTool[] {
  const version = versionOf(program, '--version');
  const tool = (id: string, title: string, flags: readonly string[], rest: Pick<SyncTool, 'how' | 'note' | 'writesOnly'>): SyncTool => ({
    id,
    title,
    version,
    ...rest,
    command: ({ source, destination }) => ({ argv: [program, '-a', '--delete', ...flags, `${source}/`, `${destination}/`] }),
  });
  return [
    tool('rsync', 'rsync', [], { how: 'rsync -a --delete A/ B/', note: 'one-way, nothing flushed' }),
    tool('rsync-fsync', 'rsync --fsync', ['--fsync'], {
      how: 'rsync -a --delete --fsync A/ B/',
      note: 'one-way, every file flushed to disk',
      writesOnly: true,
    }),
  ];
}

function unison(program: string): SyncTool[] {
  const flags = ['-ui', 'text', '-batch', '-auto', '-times', '-perms', '0o777', '-confirmbigdel=false', '-silent'];
  return [
    {
      id: 'unison',
      title: 'unison',
      version: versionOf(program, '-version'),
      how: `unison A B ${flags.join(' ')}`,
      note: 'two-way, nothing flushed',
      command: ({ source, destination, state }) => ({ argv: [program, source, destination, ...flags], env: { UNISON: state } }),
    },
  ];
}

/** `rclone bisync` came with rclone 1.58. */
function rclone(program: string): SyncTool[] {
  const version = versionOf(program, 'version');
  const settings = (state: string): Pick<Command, 'env'> => ({ env: { RCLONE_CONFIG: join(state, 'rclone.conf') } });
  return [
    {
      id: 'rclone-sync',
      title: 'rclone sync',
      version,
      how: 'rclone sync A B',
      note: 'one-way, nothing flushed',
      command: ({ source, destination, state }) => ({ argv: [program, 'sync', source, destination], ...settings(state) }),
    },
    {
      id: 'rclone-bisync',
      title: 'rclone bisync',
      version,
      how: 'rclone bisync A B --workdir DIR --force',
      note: 'two-way, nothing flushed; --resync instead of --force the first time; --force as its guard stops when every file changed',
      command: ({ source, destination, state, first }) => ({
        argv: [program, 'bisync', source, destination, '--workdir', state, first ? '--resync' : '--force'],
        ...settings(state),
      }),
    },
  ];
}
