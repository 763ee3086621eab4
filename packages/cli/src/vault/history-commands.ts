import { EXIT, SyncError } from '@cloudsync/engine';
import { find, openSnapshot, type PathVersion, parseVersion, snapshots, type TreeChange, treeChanges, versionsOf } from '@cloudsync/vault';
import { errorLine } from '../command-line/failure.ts';
import type { VaultFindFlags, VaultFlags, VaultListFlags, VaultLogFlags } from '../command-line/vault/vault-flags.ts';
import { parseCount } from '../options/count.ts';
import { formatTime } from '../terminal/format.ts';
import { printable } from '../terminal/printable.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { rowFacts, rowLine, rowSize } from './row-text.ts';
import { snapshotFacts, snapshotLine, versionName } from './snapshot-text.ts';
import { pathInVault, versionedPath } from './vault-path.ts';
import { withVault } from './with-vault.ts';

interface Asked<Flags extends VaultFlags> {
  readonly flags: Flags;
  readonly terminal: Terminal;
}

/** `cloudsync vault log`. @returns the exit code */
export async function logCommand(given: string, flags: VaultLogFlags, terminal: Terminal): Promise<number> {
  let left = flags.limit === undefined ? Number.POSITIVE_INFINITY : parseCount('--limit', flags.limit);
  return await withVault(given, { flags, terminal, damagedHead: 'step-back' }, async ({ vault }) => {
    let code: number = EXIT.inSync;
    for await (const { commit, damage } of snapshots(vault)) {
      if (left-- <= 0) break;
      if (commit !== undefined)
        terminal.out(flags.json === true ? JSON.stringify(snapshotFacts(commit)) : snapshotLine(commit, terminal.paintOut));
      else {
        terminal.err(errorLine(damage.message));
        code = EXIT.pathsFailed;
      }
    }
    return code;
  });
}

/** `cloudsync vault ls`. @returns the exit code */
export async function listCommand(given: string, at: string | undefined, { flags, terminal }: Asked<VaultListFlags>): Promise<number> {
  const { path, version } = versionedPath(at ?? '.');
  return await withVault(given, { flags, terminal, damagedHead: 'step-back' }, async ({ vault, signal }) => {
    const { commit, tree } = await openSnapshot(vault, version);
    const depth = path === '' ? 1 : path.split('/').length + 1;
    let found = path === '';
    for await (const rows of tree.rows({ within: path, signal })) {
      for (const row of rows) {
        found = true;
        if (row.kind === 'tombstone') continue;
        const isSelf = row.path === path;
        if (isSelf ? row.kind === 'folder' : flags.recursive !== true && row.path.split('/').length !== depth) continue;
        terminal.out(flags.json === true ? JSON.stringify(rowFacts(row)) : rowLine(row));
      }
    }
    if (found) return EXIT.inSync;
    throw new SyncError('storage/not-found', `version @${commit.sequence} has no ${path}; see cloudsync vault versions, or find`, { path });
  });
}

/** `cloudsync vault versions`. @returns the exit code */
export async function versionsCommand(given: string, at: string, { flags, terminal }: Asked<VaultFlags>): Promise<number> {
  const path = pathInVault(at);
  return await withVault(given, { flags, terminal, damagedHead: 'step-back' }, async ({ vault }) => {
    const versions: PathVersion[] = [];
    for await (const version of versionsOf(vault, path)) {
      versions.push(version);
      if (flags.json !== true) terminal.out(versionLine(version));
    }
    if (versions.length === 0)
      throw new SyncError('storage/not-found', `no version of the vault has ${path}; try cloudsync vault find`, { path });
    if (flags.json === true) terminal.out(JSON.stringify(versions.map(versionFacts), null, 2));
    return EXIT.inSync;
  });
}

const CHANGE_WORDS: Record<PathVersion['change'], string> = {
  created: 'new',
  modified: 'edited',
  attributes: 'time or permissions',
  deleted: 'deleted',
  renamed: 'renamed',
};

function versionLine({ sequence, timeMs, device, change, from, row }: PathVersion): string {
  const size = row === undefined ? ' '.repeat(8) : rowSize(row);
  const where = from === undefined ? '' : ` from ${printable(from)}`;
  return `${versionName(sequence)}  ${formatTime(timeMs)}  ${size}  ${CHANGE_WORDS[change]}${where}  ${printable(device.name)}`;
}

function versionFacts({ sequence, timeMs, device, change, path, from, row }: PathVersion): object {
  const entry = row === undefined ? { deleted: true } : { entry: rowFacts(row) };
  return { version: sequence, time: new Date(timeMs).toISOString(), device, change, path, from, ...entry };
}

/** `cloudsync vault diff`. @returns the exit code */
export async function diffCommand(
  given: string,
  versions: readonly [string, string],
  { flags, terminal }: Asked<VaultFlags>,
): Promise<number> {
  const [before, after] = [parseVersion(versions[0]), parseVersion(versions[1])];
  return await withVault(given, { flags, terminal, damagedHead: 'step-back' }, async ({ vault }) => {
    const [old, now] = [await openSnapshot(vault, before), await openSnapshot(vault, after)];
    for await (const change of treeChanges(old.tree, now.tree))
      terminal.out(flags.json === true ? JSON.stringify(changeFacts(change)) : changeLine(change));
    return EXIT.inSync;
  });
}

function changeLine({ mark, path, from, before, after }: TreeChange): string {
  const slash = (after ?? before)?.kind === 'folder' ? '/' : '';
  return from === undefined ? `${mark} ${printable(path)}${slash}` : `${mark} ${printable(from)}${slash} ⇒ ${printable(path)}${slash}`;
}

function changeFacts({ mark, path, from, before, after }: TreeChange): object {
  const change = { '+': 'created', '-': 'deleted', '~': 'modified', '>': 'renamed' }[mark];
  return { change, path, from, before: before && rowFacts(before), after: after && rowFacts(after) };
}

/** `cloudsync vault find`. @returns the exit code */
export async function findCommand(given: string, pattern: string, { flags, terminal }: Asked<VaultFindFlags>): Promise<number> {
  if (flags.all === true && flags.at !== undefined) throw new SyncError('config/invalid', '--all looks in every version; leave out --at');
  const version = flags.at === undefined ? undefined : parseVersion(flags.at);
  return await withVault(given, { flags, terminal, damagedHead: 'step-back' }, async ({ vault, signal }) => {
    for await (const { row, commit } of find(vault, pattern, { version, all: flags.all, signal })) {
      terminal.out(
        flags.json === true
          ? JSON.stringify({ version: commit.sequence, ...rowFacts(row) })
          : `${versionName(commit.sequence)}  ${rowLine(row)}`,
      );
    }
    return EXIT.inSync;
  });
}
