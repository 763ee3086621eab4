import { isWithin } from '@cloudsync/engine';
import type { Row } from '@cloudsync/protocol';
import { systemCaller } from '@cloudsync/server';
import { readAll, sha256, textOf } from '../content.ts';
import { contentsOf, differenceOf, type TreeView, viewOfDisk } from '../vault-simulator/vault-view.ts';
import { LiveFailure } from './live-failure.ts';
import type { LiveWorld } from './live-world.ts';

const FOLDER = '(folder)';
const PAGE_ROWS = 1_000;

/** What holds at any moment. */
export function checkAlways(world: LiveWorld): void {
  world.history.check();
  for (const { disk, name } of world.devices) checkNothingInvented(world, name, viewOfDisk(disk));
}

/** What holds when all devices synced until none had anything to do. */
export async function checkSettled(world: LiveWorld): Promise<void> {
  checkAcknowledged(world);
  const kept = await keptContents(world);
  const view = await viewOfServer(world);
  checkNothingInvented(world, 'the server', view);
  for (const { disk, name } of world.devices) {
    const difference = differenceOf(viewOfDisk(disk), view);
    if (difference !== '') throw new LiveFailure('all devices equal', `${name} / server: ${difference}`);
  }
  checkContents(world, view, kept);
  await checkServer(world);
}

/** The tree as the server has it, every content read. */
async function viewOfServer({ server }: LiveWorld): Promise<TreeView> {
  const rows = new Map(heads(server.workspace).map((row) => [row.id, row]));
  const pathOf = ({ parent, name }: Row): string => {
    const folder = rows.get(parent);
    return folder === undefined ? name : `${pathOf(folder)}/${name}`;
  };
  const view = new Map<string, string>();
  for (const row of rows.values()) {
    const content = row.kind === 'file' ? textOf(await readAll(server.workspace.read(systemCaller, row.sequence))) : FOLDER;
    view.set(pathOf(row), content);
  }
  return new Map([...view].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function heads(workspace: LiveWorld['server']['workspace']): Row[] {
  const rows: Row[] = [];
  for (let after = 0, until: number | undefined; ; ) {
    const page = workspace.tree(systemCaller, { after, until, limit: PAGE_ROWS });
    rows.push(...page.rows);
    if (!page.more) return rows.filter(({ deleted }) => !deleted);
    ({ after, until } = page);
  }
}

/** Contents of all versions that the server keeps. */
async function keptContents({ server }: LiveWorld): Promise<Set<string>> {
  const { workspace } = server;
  const kept = new Set<string>();
  for (let after = 0; ; ) {
    const page = workspace.activity(systemCaller, { after, limit: PAGE_ROWS });
    for (const { row } of page) {
      after = row.sequence;
      if (row.kind !== 'file' || row.deleted) continue;
      const bytes = await readAll(workspace.read(systemCaller, row.sequence)).catch((error: unknown) => {
        throw new LiveFailure('versions are readable', `${row.sequence} ${row.name}: ${String(error)}`);
      });
      if (bytes.length !== row.size || sha256(bytes) !== row.hash)
        throw new LiveFailure('versions are readable', `${row.sequence} ${row.name} is not what it was`);
      kept.add(textOf(bytes));
    }
    if (page.length < PAGE_ROWS) return kept;
  }
}

function checkNothingInvented({ ledger }: LiveWorld, name: string, view: TreeView): void {
  for (const content of contentsOf(view))
    if (!ledger.written.has(content)) throw new LiveFailure('nothing invented', `${name}: ${JSON.stringify(content.slice(0, 60))}`);
}

function checkContents({ ledger, devices, scenario, wasRestored }: LiveWorld, view: TreeView, kept: ReadonlySet<string>): void {
  const contents = new Set(contentsOf(view));
  // The one strategy under which somebody loses: what lost is in a trash, or a version.
  const mayLose = scenario.conflictResolution === 'newest-wins';
  const trashed = new Set(
    devices.flatMap(({ disk }) => disk.trash.flatMap(({ node }) => (node.kind === 'file' ? [textOf(node.bytes)] : []))),
  );
  for (const content of ledger.written) {
    if (ledger.superseded.has(content) || contents.has(content)) continue;
    const isKept = kept.has(content) || trashed.has(content) || (wasRestored && ledger.touched.has(content));
    if (!mayLose || !isKept) throw new LiveFailure('nothing lost', JSON.stringify(content.slice(0, 60)));
  }
  for (const [path, content] of view)
    if (ledger.superseded.has(content) && !ledger.wasTouched(content) && !isExcused(ledger.movedTo, path))
      throw new LiveFailure('nothing comes back', `${path}: ${content.slice(0, 60)}`);
}

/** A copy that the engine made of a loser, or something in a folder that was moved. */
function isExcused(movedTo: ReadonlySet<string>, path: string): boolean {
  return path.includes('.conflict-') || [...movedTo].some((folder) => isWithin(folder, path));
}

/** What a device was told is done is in the journal. */
function checkAcknowledged({ history, server }: LiveWorld): void {
  for (const { sequence, id, device, path } of history.acknowledged) {
    const there = server.workspace.row(systemCaller, sequence);
    if (there?.row.id !== id) throw new LiveFailure('acknowledged stays', `${device} was told ${sequence} for ${path}`);
  }
}

/** The server's own idea of itself. */
async function checkServer({ server }: LiveWorld): Promise<void> {
  const rows = heads(server.workspace);
  const { files, folders, bytes } = server.workspace.stats();
  const counted = {
    files: rows.filter(({ kind }) => kind !== 'folder').length,
    folders: rows.filter(({ kind }) => kind === 'folder').length,
    bytes: rows.reduce((sum, { size }) => sum + size, 0),
  };
  const [said, true_] = [JSON.stringify({ files, folders, bytes }), JSON.stringify(counted)];
  if (said !== true_) throw new LiveFailure('counters are right', `the server says ${said}, and it holds ${true_}`);
  const problems = await server.workspaces.check({ readData: true });
  if (problems.length > 0) throw new LiveFailure('server is whole', JSON.stringify(problems));
}
