import { type Conflict, type Issue, isWithin, otherSide, type Side, type SyncResult } from '@cloudsync/engine';
import type { Disk } from '../strict-storage/disk.ts';
import type { Found, Node } from '../strict-storage/tree.ts';
import { PairFailure } from './failure.ts';
import { giverOf, isBackup } from './scenario.ts';
import { contentKey, describeNode, isCloudSyncsOwn, isInterim, visible } from './view.ts';
import { SIDES, type World } from './world.ts';

/** What the engine said it leaves to the user. */
export class Exempt {
  readonly #world: World;
  readonly #keys: readonly string[];
  readonly #contents: ReadonlySet<string>;

  /** @param left the paths that the last run reported as impossible or undecided */
  constructor(world: World, left: ReadonlySet<string>) {
    this.#world = world;
    this.#keys = [...left].map((path) => world.keyOf(path));
    this.#contents = new Set([...left].flatMap((path) => contentsAt(world, path)));
  }

  get some(): boolean {
    return this.#keys.length > 0;
  }

  /** Whether the path, or a folder above it, was reported. */
  covers(path: string): boolean {
    const key = this.#world.keyOf(path);
    return this.#keys.some((left) => isWithin(left, key));
  }

  /** Whether something below the path was reported, so that the path cannot go. */
  isBelow(path: string): boolean {
    const key = this.#world.keyOf(path);
    return this.#keys.some((left) => isWithin(key, left));
  }

  /** A file under whose old name the other side keeps what cannot be renamed there. */
  isCarrier(node: Node): boolean {
    return node.kind !== 'folder' && this.#contents.has(contentKey(node));
  }
}

export function exemptIn(result: SyncResult, world: World): Exempt {
  const left = new Set<string>();
  for (const issue of result.issues) if (isImpossible(issue, world, result.issues)) left.add(issue.path);
  for (const { outcome, path, source, destination } of result.conflicts) {
    if (outcome === 'unresolved') for (const at of [path, source?.path, destination?.path]) if (at !== undefined) left.add(at);
  }
  // What cannot be renamed stays under its old name at the other side.
  const isLeft = (to: string): boolean => [...left].some((path) => isWithin(world.keyOf(path), world.keyOf(to)));
  for (const { from, to } of world.moves.toReversed()) if (isLeft(to)) left.add(from);
  return new Exempt(world, left);
}

function contentsAt(world: World, path: string): string[] {
  const key = world.keyOf(path);
  return SIDES.flatMap((side) =>
    [...world.disks[side].all()].flatMap(({ path: at, node }) =>
      node.kind !== 'folder' && world.keyOf(at) === key ? [contentKey(node)] : [],
    ),
  );
}

/** No engine can do it: the name, or something that has to stay in its place, is in the way. */
export function isImpossible({ code, path }: Issue, world: World, others: readonly Issue[]): boolean {
  if (code.startsWith('path/') || code === 'storage/unsupported') return true;
  if (code === 'storage/not-empty' && others.some((other) => other.code.startsWith('path/') && isWithin(path, other.path))) return true;
  if (code === 'storage/not-empty' && isBackup(world.scenario.mode)) return true;
  const { hiding } = world;
  const isHidden = ({ path: at, node }: Found): boolean => hiding.hides(at, node.kind === 'folder');
  return SIDES.some((side) =>
    [...world.disks[side].all()].some((found) => isWithin(world.keyOf(path), world.keyOf(found.path)) && isHidden(found)),
  );
}

/** Both sides hold the same; one-way modes: the receiver holds what the giver holds. */
export function checkEqual(world: World, exempt: Exempt): void {
  const giver = giverOf(world.scenario.mode);
  const { hiding } = world;
  const trees = {
    source: new Tree(world, visible(world.disks.source, hiding)),
    destination: new Tree(world, visible(world.disks.destination, hiding)),
  };
  for (const side of SIDES) {
    for (const found of trees[side].all) {
      const there = trees[otherSide(side)].find(found.path, trees[side]);
      if (exempt.covers(found.path) || (there === undefined && (exempt.isCarrier(found.node) || exempt.isBelow(found.path)))) continue;
      if (there === undefined && isTakenByHidden(world, otherSide(side), found.path)) continue;
      if (there === undefined && isKeptFolder({ found, disk: world.disks[side], tree: trees[side] })) continue;
      if (isBackup(world.scenario.mode) && (side !== giver || isLeftAlone(world, found.path))) continue;
      const difference = differenceOf(found, there, { world, side });
      if (difference !== undefined) throw new PairFailure('both sides equal', `${JSON.stringify(found.path)}: ${difference}`);
    }
  }
}

/** Something that is ignored stands in its place, and stays there. */
function isTakenByHidden({ disks, hiding }: World, side: Side, path: string): boolean {
  const found = disks[side].find(path);
  return found !== undefined && hiding.hides(found.path, found.node.kind === 'folder');
}

/** What a side shows, to be found by the other side's spelling as well. */
class Tree {
  readonly all: readonly Found[];
  readonly #world: World;
  readonly #byPath: ReadonlyMap<string, Found>;
  readonly #byKey: ReadonlyMap<string, Found>;

  constructor(world: World, all: readonly Found[]) {
    this.all = all;
    this.#world = world;
    this.#byPath = new Map(all.map((found) => [found.path, found]));
    this.#byKey = new Map(all.map((found) => [world.keyOf(found.path), found]));
  }

  has(path: string): boolean {
    return this.#byPath.has(path);
  }

  /** The counterpart of a path in `other`, which need not be spelled alike, unless it has a closer one there. */
  find(path: string, other: Tree): Found | undefined {
    const exact = this.#byPath.get(path);
    if (exact !== undefined) return exact;
    const loose = this.#byKey.get(this.#world.keyOf(path));
    return loose === undefined || other.has(loose.path) ? undefined : loose;
  }
}

function differenceOf(here: Found, there: Found | undefined, { world, side }: { world: World; side: Side }): string | undefined {
  const { sides } = world.scenario;
  const withAttributes = SIDES.every((each) => sides[each].storage.canUpdate);
  const withModes = withAttributes && SIDES.every((each) => sides[each].traits.modes);
  const [a, b] = [describeNode(here.node, withModes), describeNode(there?.node, withModes)];
  const other = otherSide(side);
  if (a !== b) return `${a} at the ${side}, ${b} at the ${other}`;
  if (!withAttributes || here.node.kind !== 'file' || there === undefined) return undefined;
  const stepMs = Math.max(0.002, ...SIDES.map((each) => sides[each].traits.mtimeStepMs));
  const apart = Math.abs(here.node.mtimeMs - there.node.mtimeMs);
  return apart <= stepMs ? undefined : `mtimes ${here.node.mtimeMs} at the ${side}, ${there.node.mtimeMs} at the ${other}`;
}

/** A folder that only stays because of what is ignored in it. */
function isKeptFolder({ found, disk, tree }: { found: Found; disk: Disk; tree: Tree }): boolean {
  if (found.node.kind !== 'folder') return false;
  const shown = new Set(tree.all.map(({ path }) => path));
  const below = [...disk.all()].filter(({ path }) => path !== found.path && isWithin(found.path, path));
  const hidden = below.filter(({ path }) => !shown.has(path));
  return (
    hidden.length > 0 &&
    below.every(({ path, node }) => !shown.has(path) || (node.kind === 'folder' && hidden.some((kept) => isWithin(path, kept.path))))
  );
}

/** Backup modes leave alone what the receiver's own user did, until the giver changes it. */
function isLeftAlone(world: World, path: string): boolean {
  return world.touchedByReceiver(path);
}

/** Nothing that a user wrote and did not give up himself is missing. @param excused contents that lost a reported conflict */
export function checkNothingLost(world: World, conflicts: readonly Conflict[]): void {
  const { ledger, disks, scenario } = world;
  ledger.lookAround();
  const shown = new Set<string>();
  for (const side of SIDES)
    for (const { node, path } of disks[side].all()) if (node.kind !== 'folder' && !isCloudSyncsOwn(path)) shown.add(contentKey(node));
  const trashed = new Map<string, string[]>();
  for (const side of SIDES) {
    for (const { node, path } of disks[side].trash) trashed.set(contentKey(node), [...(trashed.get(contentKey(node)) ?? []), path]);
  }
  const mayOverrule = scenario.mode !== 'two-way' || scenario.initial !== 'merge' || scenario.withoutHashes || world.wasUndone;
  for (const piece of ledger.wanted) {
    if (shown.has(piece.key)) continue;
    const paths = trashed.get(piece.key);
    const what = `${JSON.stringify(piece.key)}, last seen at ${JSON.stringify(piece.at)}`;
    if (paths === undefined) throw new PairFailure('nothing lost', `${what}, is on neither side and in no trash`);
    const keys = paths.map((path) => world.keyOf(path));
    const lost = conflicts.some(({ path, outcome }) => outcome !== 'both' && keys.includes(world.keyOf(path)));
    // A replacement that the engine had made on the user's behalf, and could not tell the state, meets the file that he moved back.
    const movedBack = paths.some((path) => wasMovedBack(world, path) && SIDES.every((side) => disks[side].find(path) !== undefined));
    if (!mayOverrule && !lost && !movedBack && !ledger.wasGivenUpElsewhere(piece.key))
      throw new PairFailure('only trash', `${what}, is only in the trash (${paths.join(', ')}), and no conflict was reported`);
  }
}

function wasMovedBack({ moves }: World, path: string): boolean {
  return moves.some(({ from }) => from === path) && moves.some(({ to }) => to === path);
}

/** What the configuration ignores stays where its user put it, and goes nowhere else. */
export function checkIgnored(world: World): void {
  const keys = { source: keysOn(world.disks.source), destination: keysOn(world.disks.destination) };
  const pieces = [...world.ledger.wanted];
  for (const { key, hiddenAt } of pieces) {
    if (hiddenAt === undefined) continue;
    if (!keys[hiddenAt].has(key)) throw new PairFailure('ignored untouched', `${JSON.stringify(key)} is gone from the ${hiddenAt}`);
    const other = otherSide(hiddenAt);
    const isElsewhereToo = world.ledger.everVisible.has(key) || pieces.some((piece) => piece.key === key && piece.hiddenAt === other);
    if (!isElsewhereToo && keys[other].has(key)) throw new PairFailure('ignored untouched', `${JSON.stringify(key)} came to the ${other}`);
  }
}

function keysOn(disk: Disk): Set<string> {
  return new Set([...disk.all()].flatMap(({ node }) => (node.kind === 'folder' ? [] : [contentKey(node)])));
}

/** What only one user touched is on both sides exactly as he left it. @returns how many paths were certain */
export function checkIntents(world: World, exempt: Exempt): number {
  const { mode } = world.scenario;
  const giver = giverOf(mode);
  const { hiding } = world;
  const isHidden = (path: string): boolean => isCloudSyncsOwn(path) || hiding.mayHide(path);
  const intents = world.intents
    .certain()
    .filter(
      ({ side, path }) => (giver === undefined || side === giver) && !exempt.covers(path) && !exempt.isBelow(path) && !isHidden(path),
    );
  for (const { side, path, wanted } of intents) {
    // A folder stays, on both sides, when one of them holds something ignored in it.
    if (!wanted.startsWith('folder') && SIDES.some((each) => holdsHidden(world, each, path))) continue;
    for (const each of SIDES) {
      if (isBackup(mode) && each !== giver && (wanted === 'nothing' || isLeftAlone(world, path))) continue;
      const { traits } = world.scenario.sides[each];
      const withModes = SIDES.every((one) => world.scenario.sides[one].traits.modes && world.scenario.sides[one].storage.canUpdate);
      const strip = (text: string): string => (withModes ? text : text.replace(/^(file|folder) [0-7]+/, '$1'));
      // Where nothing is wanted, something under another spelling is another file.
      const node = wanted === 'nothing' ? exactNode(world.disks[each], path) : nodeAt(world, each, path);
      const is = strip(describeNode(node, traits.modes));
      if (strip(wanted).startsWith('symlink') && !traits.symlinks) continue;
      if (is !== strip(wanted)) {
        throw new PairFailure(
          'every act arrives',
          `the user at the ${side} left ${wanted} at ${JSON.stringify(path)}; the ${each} has ${is}`,
        );
      }
    }
  }
  return intents.length;
}

/**
 * What is at a path under this very name: on a disk that takes `a` for `A`, one is not the other. Composed and decomposed
 * spellings are one name as soon as one of the sides cannot tell them apart.
 */
function nodeAt(world: World, side: Side, path: string): Node | undefined {
  const exact = exactNode(world.disks[side], path);
  if (exact !== undefined || !world.isLoose) return exact;
  const composed = path.normalize('NFC');
  return [...world.disks[side].all()].find((other) => other.path.normalize('NFC') === composed)?.node;
}

function exactNode(disk: Disk, path: string): Node | undefined {
  const found = disk.find(path);
  return found?.path === path ? found.node : undefined;
}

function holdsHidden(world: World, side: Side, path: string): boolean {
  const { hiding } = world;
  return [...world.disks[side].all()].some((found) => isWithin(path, found.path) && hiding.hides(found.path, found.node.kind === 'folder'));
}

/** Everything on the disks and in their trash was written by somebody. */
export function checkNothingInvented(world: World): void {
  const { known } = world.ledger;
  for (const side of SIDES) {
    const disk = world.disks[side];
    for (const { node, path } of [...disk.all(), ...disk.trash]) {
      if (node.kind === 'folder') continue;
      const key = contentKey(node);
      if (key !== '' && !known.has(key)) {
        throw new PairFailure(
          'no invented content',
          `${JSON.stringify(path)} at the ${side} holds ${JSON.stringify(key)}, which nobody wrote`,
        );
      }
    }
  }
}

/** Nothing of the engine's own is left in the trees. */
export function checkNoLeftovers(world: World): void {
  for (const side of SIDES) {
    for (const { path } of world.disks[side].all()) {
      if (isCloudSyncsOwn(path) || isInterim(path)) {
        throw new PairFailure('no leftovers', `${JSON.stringify(path)} at the ${side}`);
      }
    }
  }
}
