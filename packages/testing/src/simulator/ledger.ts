import { isWithin, otherSide, type Side } from '@cloudsync/engine';
import type { Disk } from '../strict-storage/disk.ts';
import { contentKey } from './view.ts';

/**
 * One thing that a user wrote and still wants: some content, and where each side has it. A user gives it up by deleting it or
 * writing over it *where he saw it*; what only the other side's user did to it is the engine's business to bring over.
 */
export interface Piece {
  readonly key: string;
  readonly at: Record<Side, string | undefined>;
  /** Written where the ignore patterns of the configuration hide it, and never moved to where they do not. */
  hiddenAt: Side | undefined;
}

type Disks = Readonly<Record<Side, Disk>>;

/** Which contents must be findable at the end of a round: the model that "nothing is lost" is checked against. */
export class Ledger {
  readonly #disks: Disks;
  readonly #isHidden: (path: string) => boolean;
  readonly #pieces = new Set<Piece>();
  /** Every content that a user, or a user's answer to a conflict, ever brought into the world. */
  readonly known = new Set<string>();
  /** Contents that some user deleted or wrote over somewhere. */
  readonly #givenUp = new Set<string>();
  /** Contents that were once written where nothing hides them. */
  readonly everVisible = new Set<string>();

  /** @param isHidden whether the ignore patterns of the configuration cover a file at this path */
  constructor(disks: Disks, isHidden: (path: string) => boolean) {
    this.#disks = disks;
    this.#isHidden = isHidden;
  }

  get wanted(): ReadonlySet<Piece> {
    return this.#pieces;
  }

  /** A user put this content at a path. */
  arrive(side: Side, path: string, key: string): void {
    this.known.add(key);
    const at = { source: undefined, destination: undefined, [side]: path };
    const isHidden = this.#isHidden(path);
    if (!isHidden) this.everVisible.add(key);
    this.#pieces.add({ key, at, hiddenAt: isHidden ? side : undefined });
  }

  /** A user deleted, or wrote over, whatever he saw at the path and below it. @param keys the contents that he saw there */
  leave(side: Side, path: string, keys: readonly string[]): void {
    for (const key of keys) this.#givenUp.add(key);
    for (const piece of this.#pieces) {
      const at = piece.at[side];
      if (at !== undefined && isWithin(path, at)) this.#pieces.delete(piece);
    }
  }

  /** Whether a user gave up this content under another name or at the other side; equal contents can take each other's place. */
  wasGivenUpElsewhere(key: string): boolean {
    return this.#givenUp.has(key);
  }

  /** A user moved something. @param keys the contents that went with it */
  move(side: Side, { from, to }: { from: string; to: string }, keys: readonly string[]): void {
    if (!this.#isHidden(to)) for (const key of keys) this.everVisible.add(key);
    for (const piece of this.#pieces) {
      const at = piece.at[side];
      if (at === undefined || !isWithin(from, at)) continue;
      const path = to + at.slice(from.length);
      piece.at[side] = path;
      if (this.#isHidden(path)) continue;
      piece.hiddenAt = undefined;
    }
  }

  /** A power cut took it before anybody could have saved it. */
  giveUp(piece: Piece): void {
    this.#pieces.delete(piece);
  }

  /** Finds again what the engine moved since the last look. A user is about to act, or the round ends. */
  lookAround(): void {
    for (const side of ['source', 'destination'] as const) {
      const found = pathsByKey(this.#disks[side]);
      const strays: Piece[] = [];
      const claimed = new Set<string>();
      for (const piece of this.#pieces) {
        const at = piece.at[side];
        if (at !== undefined && found.get(piece.key)?.includes(at)) claimed.add(at);
        else strays.push(piece);
      }
      for (const piece of strays) {
        // What is ignored is nowhere but where it is ignored; the same content elsewhere is something else.
        const paths = (found.get(piece.key) ?? []).filter((path) => piece.hiddenAt !== side || this.#isHidden(path));
        const there = piece.at[otherSide(side)];
        const path = paths.find((candidate) => candidate === there) ?? paths.find((candidate) => !claimed.has(candidate)) ?? paths[0];
        piece.at[side] = path;
        if (path !== undefined) claimed.add(path);
      }
    }
  }
}

function pathsByKey(disk: Disk): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { node, path } of disk.all()) {
    if (node.kind === 'folder') continue;
    const key = contentKey(node);
    const paths = found.get(key);
    if (paths === undefined) found.set(key, [path]);
    else paths.push(path);
  }
  return found;
}
