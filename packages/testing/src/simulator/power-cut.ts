import { type Entry, isUntouched, type Side, SyncStateManager } from '@cloudsync/engine';
import type { Random } from '../random.ts';
import type { Disk } from '../strict-storage/disk.ts';
import { MemoryStateDirectory, StateFiles } from '../strict-storage/memory-state-directory.ts';
import { type FolderNode, type Node, walk } from '../strict-storage/tree.ts';
import { PairFailure } from './failure.ts';
import type { Piece } from './ledger.ts';
import type { PairTally } from './pair-tally.ts';
import { contentKey } from './view.ts';
import { SIDES, type World } from './world.ts';

type Tree = ReadonlyMap<string, Entry>;
type Trees = Readonly<Record<Side, Tree>>;

const NO_STATE: Trees = { source: new Map(), destination: new Map() };

/** What the state on disk says, read by a process of its own; nothing when somebody damaged it. */
export async function readState({ stateFiles: files, stateIsDamaged }: World): Promise<Trees> {
  if (stateIsDamaged) return NO_STATE;
  const manager = new SyncStateManager(new MemoryStateDirectory({ files: new StateFiles(files.files) }));
  try {
    return { source: await manager.loadSourceTree(), destination: await manager.loadDestinationTree() };
  } catch (error) {
    throw new PairFailure('state vouches for what is there', `the state cannot be read: ${String(error)}`);
  }
}

export interface PowerCut {
  readonly world: World;
  readonly tally: PairTally;
  readonly random: Random;
  /** What the state said before the run that was interrupted; undefined when that run put it aside. */
  readonly stateBefore: Trees | undefined;
}

/** Some of the machines lose power: unflushed writes are lost or torn, and the state must not vouch for any of them. */
export async function cutPower({ world, tally, random, stateBefore }: PowerCut): Promise<void> {
  const before = snapshots(world);
  const flushed: Record<Side, Tree> = { ...before };
  const undone = new Set<Side>();
  const sides = random.chance(0.3) ? SIDES : [random.pick(SIDES)];
  for (const side of sides) {
    const { flushed: tree, ...report } = world.disks[side].crash(random);
    flushed[side] = snapshotOf(world.disks[side], tree);
    tally.powerCuts++;
    tally.lostChanges += report.lostChanges;
    if (report.lostUserChanges > 0) {
      world.undoneByPowerCut();
      undone.add(side);
    }
    world.trace.add(`power cut at the ${side}: ${JSON.stringify(report)}`);
  }
  if (random.chance(0.5)) world.stateFiles.crash(random);
  checkVouching({ undone, before, flushed, after: snapshots(world), stateBefore, state: await readState(world) });
  // What a user moved may be back where it was.
  world.ledger.lookAround();
  giveUpWhatIsGone(world, tally, 'keep what is in the trash');
}

interface Vouching {
  readonly before: Trees;
  readonly flushed: Trees;
  readonly after: Trees;
  readonly state: Trees;
  readonly stateBefore: Trees | undefined;
  /** Sides where users' own changes were undone: what is back there may be theirs. */
  readonly undone: ReadonlySet<Side>;
}

/**
 * The state knows a path as it was before the power cut: then it was on disk, and nothing but a user's own change can have
 * been undone. And what the state no longer knows because it was deleted must not be back.
 */
function checkVouching({ before, flushed, after, state, stateBefore, undone }: Vouching): void {
  for (const side of SIDES) {
    for (const [path, row] of state[side]) {
      const [was, is] = [before[side].get(path), after[side].get(path)];
      if (was === undefined || !isUntouched(row, was) || (is !== undefined && isUntouched(row, is))) continue;
      // What this run did not commit was checked when it was.
      const known = stateBefore?.[side].get(path);
      if (known !== undefined && isUntouched(known, row)) continue;
      const onDisk = flushed[side].get(path);
      if (onDisk !== undefined && isUntouched(row, onDisk)) continue;
      const now = is === undefined ? 'is gone' : `has ${is.size} of ${was.size} bytes`;
      throw new PairFailure('state vouches for what is there', `${JSON.stringify(path)} at the ${side} ${now} after the power cut`);
    }
    if (stateBefore === undefined || undone.has(side)) continue;
    for (const [path, is] of after[side]) {
      const knew = stateBefore[side].get(path);
      if (before[side].has(path) || state[side].has(path) || knew === undefined || !isUntouched(knew, is)) continue;
      throw new PairFailure('state vouches for what is there', `${JSON.stringify(path)} at the ${side} is back after the power cut`);
    }
  }
}

function snapshots({ disks }: World): Trees {
  return { source: snapshotOf(disks.source, disks.source.tree), destination: snapshotOf(disks.destination, disks.destination.tree) };
}

function snapshotOf(disk: Disk, tree: FolderNode): Tree {
  return new Map([...walk(tree)].map((found) => [found.path, disk.entryOf(found)]));
}

/** What only the power cut took, before any sync had secured it, is nobody's fault. What is ignored is never secured. */
export function giveUpWhatIsGone(world: World, tally: PairTally, trash: 'keep what is in the trash' | 'ignore the trash'): void {
  const foundOn = (disk: Disk): { readonly node: Node }[] =>
    trash === 'ignore the trash' ? [...disk.all()] : [...disk.all(), ...disk.trash];
  const keysOn = (side: Side): Set<string> =>
    new Set(foundOn(world.disks[side]).flatMap(({ node }) => (node.kind === 'folder' ? [] : [contentKey(node)])));
  const there = { source: keysOn('source'), destination: keysOn('destination') };
  for (const piece of world.ledger.wanted) {
    const isThere = piece.hiddenAt === undefined ? SIDES.some((side) => there[side].has(piece.key)) : isAt(world, piece.hiddenAt, piece);
    if (isThere) continue;
    world.ledger.giveUp(piece);
    tally.lostToPowerCuts++;
  }
}

function isAt(world: World, side: Side, { key, at }: Piece): boolean {
  const path = at[side];
  const node = path === undefined ? undefined : world.disks[side].find(path)?.node;
  return node !== undefined && node.kind !== 'folder' && contentKey(node) === key;
}

/** State files that were set aside so far. */
export function countSetAside({ files }: StateFiles): number {
  return [...files.keys()].filter((name) => /-\d+$/.test(name)).length;
}
