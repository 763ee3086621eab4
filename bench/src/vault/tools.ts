import { join } from 'node:path';
import { cloudsync, ourselves } from '../cloudsync.ts';
import type { Contestant } from '../contestant.ts';
import type { Command } from '../measure.ts';
import { toolsOf, versionOf } from '../programs.ts';

/** A program that keeps versions of a folder in a repository. */
export interface BackupTool extends Contestant {
  /** Makes an empty repository; not measured. */
  init?(places: Places): Command;
  backup(places: Places): Command;
  /** Writes the newest version into `places.restored`, which is an empty folder. */
  restore(places: Places): Command;
  /** Where the tree is found after that. */
  restoredTree?(places: Places): string;
}

export interface Places {
  readonly source: string;
  readonly repository: string;
  /** A folder for the tool's own state and caches. */
  readonly state: string;
  readonly restored: string;
  /** How many backups were made before. */
  readonly backups: number;
}

const PASSPHRASE = 'correct horse battery staple';

/** Every tool that is installed here, CloudSync first. */
export function findBackupTools(): BackupTool[] {
  return [ours(), ...toolsOf('restic', restic), ...toolsOf('borg', borg), ...toolsOf('casync', casync)];
}

function ours(): BackupTool {
  const command = ({ state }: Places, ...argv: string[]): Command => cloudsync(argv, { state, env: { CLOUDSYNC_PASSPHRASE: PASSPHRASE } });
  return {
    ...ourselves(),
    how: 'cloudsync sync A vault:B --mode source-backup',
    note: 'AES-256-GCM, zstd, everything flushed to disk; restored with `cloudsync vault restore B --to C`',
    init: (places) => command(places, 'vault', 'init', places.repository),
    backup: (places) => command(places, 'sync', places.source, `vault:${places.repository}`, '--mode', 'source-backup'),
    restore: (places) => command(places, 'vault', 'restore', places.repository, '--to', places.restored),
  };
}

function restic(program: string): BackupTool[] {
  const command = ({ repository, state }: Places, ...argv: string[]): Command => ({
    argv: [program, '--quiet', '--repo', repository, '--cache-dir', state, ...argv],
    env: { RESTIC_PASSWORD: PASSPHRASE },
  });
  return [
    {
      id: 'restic',
      title: 'restic',
      version: versionOf(program, 'version'),
      how: 'restic backup A',
      note: 'AES-256-CTR with Poly1305, zstd, every pack flushed to disk; restored with `restic restore latest --target C`',
      init: (places) => command(places, 'init'),
      backup: (places) => command(places, 'backup', places.source),
      restore: (places) => command(places, 'restore', 'latest', '--target', places.restored),
      restoredTree: ({ restored, source }) => join(restored, source),
    },
  ];
}

function borg(program: string): BackupTool[] {
  const command = ({ state }: Places, cwd: string, ...argv: string[]): Command => ({
    argv: [program, ...argv],
    env: { BORG_PASSPHRASE: PASSPHRASE, BORG_BASE_DIR: state },
    cwd,
  });
  return [
    {
      id: 'borg',
      title: 'borg',
      version: versionOf(program, '--version'),
      how: 'borg create B::N A',
      note: 'repokey-blake2: AES-256-CTR with BLAKE2b, lz4, flushed to disk; restored with `borg extract B::N`',
      init: (places) => command(places, places.state, 'init', '--encryption', 'repokey-blake2', places.repository),
      backup: (places) => command(places, places.source, 'create', `${places.repository}::version-${places.backups + 1}`, '.'),
      restore: (places) => command(places, places.restored, 'extract', `${places.repository}::version-${places.backups}`),
    },
  ];
}

/** `casync make` has no encryption. */
function casync(program: string): BackupTool[] {
  const command = ({ repository }: Places, verb: string, folder: string): Command => ({
    argv: [program, verb, '--with=unix', `--store=${join(repository, 'store.castr')}`, join(repository, 'newest.caidx'), folder],
  });
  return [
    {
      id: 'casync',
      title: 'casync',
      version: versionOf(program, '--version'),
      how: 'casync make B/newest.caidx A',
      note: 'no encryption, zstd, nothing flushed; restored with `casync extract`',
      backup: (places) => command(places, 'make', places.source),
      restore: (places) => command(places, 'extract', places.restored),
    },
  ];
}
