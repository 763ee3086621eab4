import { IGNORE_FILE, isWithin, joinPath, nameOf, parentOf, whyNotAllowed } from '@cloudsync/engine';
import type { Random } from '../random.ts';
import type { Contents } from './contents.ts';
import type { User } from './user.ts';
import { contentKey, isInterim } from './view.ts';

/** What an act draws from. */
export interface ActTools {
  readonly random: Random;
  readonly contents: Contents;
  /** Moves the clock, so that edits are as far apart as the scenario wants. */
  readonly tick: () => void;
  readonly now: () => number;
  /** Names to choose from; few, so that users meet. */
  readonly names: readonly string[];
  /** Whether an edit may keep size and mtime, which only a change stamp shows. */
  readonly mayBeSneaky: boolean;
  /** Whether contents of one size may differ. */
  readonly mayKeepSize: boolean;
  readonly mayTouch: boolean;
  readonly mayIgnore: boolean;
}

/** One kind of act. @returns what was done, or undefined when there was nothing to do it to */
export type UserAct = (user: User, tools: ActTools) => string | undefined;

/** Everything that users do, by name. */
export const USER_ACTS = {
  create(user, tools) {
    const path = newPath(user, tools);
    if (path === undefined) return undefined;
    user.write(path, tools.random.chance(0.08) ? '' : tools.contents.fresh(user.side, tools.random), someMode(tools));
    return path;
  },

  createDeep(user, tools) {
    let folder = someFolder(user, tools.random);
    for (let depth = tools.random.between(1, 3); depth > 0; depth--) {
      folder = joinPath(folder, tools.random.pick(tools.names));
      const there = user.disk.find(folder)?.node;
      if (there === undefined && isPossible(user, folder)) user.makeFolder(folder);
      else if (there?.kind !== 'folder') return undefined;
    }
    const path = joinPath(folder, tools.random.pick(tools.names));
    if (tools.random.chance(0.3) || user.disk.find(path) !== undefined || !isPossible(user, path)) return folder;
    user.write(path, tools.contents.fresh(user.side, tools.random));
    return path;
  },

  makeFolder(user, tools) {
    const path = newPath(user, tools);
    if (path === undefined) return undefined;
    user.makeFolder(path);
    return path;
  },

  makeLink(user, tools) {
    const path = newPath(user, tools);
    if (path === undefined || !user.disk.traits.symlinks) return undefined;
    user.link(path, `../elsewhere/${tools.contents.fresh(user.side, tools.random).trim()}`);
    return path;
  },

  edit(user, tools) {
    const file = someOf(user, 'file', tools.random);
    if (file === undefined) return undefined;
    editFile(user, file, tools);
    return file;
  },

  /** The same size, and where a change stamp shows it anyway, the same mtime. */
  editSameSize(user, tools) {
    const path = someOf(user, 'file', tools.random);
    const node = path === undefined ? undefined : user.disk.find(path)?.node;
    if (path === undefined || node?.kind !== 'file' || nameOf(path) === IGNORE_FILE || !tools.mayKeepSize) return undefined;
    const keepMtime = tools.mayBeSneaky && tools.random.chance(0.5);
    user.write(path, tools.contents.freshOfSize(contentKey(node), user.side), keepMtime ? { mtimeMs: node.mtimeMs } : {});
    return `${path}${keepMtime ? ' (same mtime)' : ''}`;
  },

  retarget(user, tools) {
    const path = someOf(user, 'symlink', tools.random);
    if (path === undefined) return undefined;
    user.link(path, `elsewhere/${tools.contents.fresh(user.side, tools.random).trim()}`);
    return path;
  },

  deleteFile(user, tools) {
    const path = someOf(user, 'file', tools.random) ?? someOf(user, 'symlink', tools.random);
    if (path === undefined) return undefined;
    user.remove(path);
    return path;
  },

  deleteFolder(user, tools) {
    const path = someOf(user, 'folder', tools.random);
    if (path === undefined) return undefined;
    user.remove(path);
    return path;
  },

  rename: (user, tools) => moveSome(user, tools, { kind: 'file', sameFolder: true }),
  moveFile: (user, tools) => moveSome(user, tools, { kind: 'file', sameFolder: false }),
  moveLink: (user, tools) => moveSome(user, tools, { kind: 'symlink', sameFolder: false }),
  renameFolder: (user, tools) => moveSome(user, tools, { kind: 'folder', sameFolder: true }),
  moveFolder: (user, tools) => moveSome(user, tools, { kind: 'folder', sameFolder: false }),

  renameAndEdit(user, tools) {
    const path = someOf(user, 'file', tools.random);
    const to = path === undefined ? undefined : newPath(user, tools);
    if (path === undefined || to === undefined) return undefined;
    user.move(path, to);
    tools.tick();
    editFile(user, to, tools);
    return `${path} → ${to}`;
  },

  /** A save as many editors do it: a new file over the old one. */
  renameOver(user, tools) {
    const [from, to] = tools.random.sample(pathsOf(user, 'file'), 2);
    if (from === undefined || to === undefined) return undefined;
    user.move(from, to);
    return `${from} → ${to}`;
  },

  changeCase(user, tools) {
    const path = someOf(user, tools.random.chance(0.7) ? 'file' : 'folder', tools.random);
    if (path === undefined) return undefined;
    const name = nameOf(path);
    const to = joinPath(parentOf(path), name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase());
    const there = user.disk.find(to);
    if (to === path || (there !== undefined && there.path !== path) || !isPossible(user, to)) return undefined;
    user.move(path, to);
    return `${path} → ${to}`;
  },

  swapFiles: (user, tools) => rotate(user, tools.random.sample(pathsOf(user, 'file'), 2)),
  cycleFiles: (user, tools) => rotate(user, tools.random.sample(pathsOf(user, 'file'), 3)),

  swapFolders(user, tools) {
    const [a, b] = tools.random.sample(pathsOf(user, 'folder'), 2);
    if (a === undefined || b === undefined || isWithin(a, b) || isWithin(b, a)) return undefined;
    return rotate(user, [a, b]);
  },

  fileToFolder(user, tools) {
    const path = someOf(user, 'file', tools.random);
    if (path === undefined || nameOf(path) === IGNORE_FILE) return undefined;
    user.remove(path);
    user.makeFolder(path);
    const child = joinPath(path, tools.random.pick(tools.names));
    if (tools.random.chance(0.7) && isPossible(user, child)) user.write(child, tools.contents.fresh(user.side, tools.random));
    return path;
  },

  folderToFile(user, tools) {
    const path = someOf(user, 'folder', tools.random);
    if (path === undefined) return undefined;
    user.remove(path);
    user.write(path, tools.contents.fresh(user.side, tools.random));
    return path;
  },

  fileToLink(user, tools) {
    const path = someOf(user, 'file', tools.random);
    if (path === undefined || !user.disk.traits.symlinks || nameOf(path) === IGNORE_FILE) return undefined;
    user.remove(path);
    user.link(path, tools.contents.fresh(user.side, tools.random).trim());
    return path;
  },

  linkToFile(user, tools) {
    const path = someOf(user, 'symlink', tools.random);
    if (path === undefined) return undefined;
    user.remove(path);
    user.write(path, tools.contents.fresh(user.side, tools.random));
    return path;
  },

  touch(user, tools) {
    const path = someOf(user, 'file', tools.random);
    if (path === undefined || !tools.mayTouch) return undefined;
    const mtimeMs = tools.random.pick([0, 1234.567, Date.UTC(2100, 0, 1), tools.now(), tools.now() + 1500]);
    user.touch(path, mtimeMs);
    return `${path} ${mtimeMs}`;
  },

  chmod(user, tools) {
    const path = someOf(user, tools.random.chance(0.8) ? 'file' : 'folder', tools.random);
    const node = path === undefined ? undefined : user.disk.find(path)?.node;
    if (path === undefined || node === undefined || !user.disk.traits.modes) return undefined;
    user.chmod(path, node.mode ^ 0o111);
    return path;
  },

  /** The same content under another name. */
  copy(user, tools) {
    const from = someOf(user, 'file', tools.random);
    const to = from === undefined ? undefined : newPath(user, tools);
    const node = from === undefined ? undefined : user.disk.find(from)?.node;
    if (to === undefined || node?.kind !== 'file' || nameOf(from as string) === IGNORE_FILE) return undefined;
    user.write(to, contentKey(node), tools.random.chance(0.5) ? { mtimeMs: node.mtimeMs } : {});
    return `${from} as ${to}`;
  },

  ignore(user, tools) {
    if (!tools.mayIgnore) return undefined;
    const folder = someFolder(user, tools.random);
    const lines = tools.random.sample(['b', '*.txt', '/a', 'c/', '!keep.txt', 'd/*', '!d/a'], tools.random.between(1, 3));
    const path = joinPath(folder, IGNORE_FILE);
    if (user.disk.find(path)?.node.kind === 'folder') return undefined;
    user.write(path, `# ${tools.contents.fresh(user.side, tools.random)}${lines.join('\n')}\n`);
    return `${path}: ${lines.join(' ')}`;
  },
} satisfies Record<string, UserAct>;

export type UserActName = keyof typeof USER_ACTS;

/** How often each act is drawn. */
export const ACT_WEIGHTS: Readonly<Record<UserActName, number>> = {
  create: 10,
  createDeep: 4,
  makeFolder: 3,
  makeLink: 2,
  edit: 10,
  editSameSize: 3,
  retarget: 1,
  deleteFile: 7,
  deleteFolder: 3,
  rename: 5,
  moveFile: 5,
  moveLink: 1,
  renameFolder: 4,
  moveFolder: 4,
  renameAndEdit: 3,
  renameOver: 2,
  changeCase: 2,
  swapFiles: 2,
  cycleFiles: 1,
  swapFolders: 1,
  fileToFolder: 1,
  folderToFile: 1,
  fileToLink: 1,
  linkToFile: 1,
  touch: 2,
  chmod: 2,
  copy: 3,
  ignore: 1,
};

function editFile(user: User, path: string, { random, contents }: ActTools): void {
  const name = nameOf(path);
  if (name === IGNORE_FILE) user.write(path, `# ${contents.fresh(user.side, random)}*.nothing\n`);
  else user.write(path, contents.fresh(user.side, random));
}

function moveSome(
  user: User,
  tools: ActTools,
  { kind, sameFolder }: { kind: 'file' | 'folder' | 'symlink'; sameFolder: boolean },
): string | undefined {
  const from = someOf(user, kind, tools.random);
  if (from === undefined) return undefined;
  const folder = sameFolder ? parentOf(from) : someFolder(user, tools.random);
  const to = joinPath(folder, !sameFolder && tools.random.chance(0.5) ? nameOf(from) : tools.random.pick(tools.names));
  if (isWithin(from, to) || user.disk.find(to) !== undefined || !isPossible(user, to)) return undefined;
  user.move(from, to);
  return `${from} → ${to}`;
}

/** Each thing takes the place of the next. */
function rotate(user: User, paths: readonly string[]): string | undefined {
  const [first, ...rest] = paths;
  if (first === undefined || rest.length === 0) return undefined;
  const aside = `${first}.aside`;
  if (user.disk.find(aside) !== undefined) return undefined;
  user.move(first, aside);
  let free = first;
  for (const path of rest) {
    user.move(path, free);
    free = path;
  }
  user.move(aside, free);
  return paths.join(' → ');
}

function pathsOf(user: User, kind: 'file' | 'folder' | 'symlink'): string[] {
  // Names that the engine uses in the middle of a swap are nothing that a user would touch.
  return user.see(kind).flatMap(({ path }) => (isInterim(path) ? [] : [path]));
}

function someOf(user: User, kind: 'file' | 'folder' | 'symlink', random: Random): string | undefined {
  const paths = pathsOf(user, kind);
  return paths.length === 0 ? undefined : random.pick(paths);
}

function someFolder(user: User, random: Random): string {
  return random.pick(['', ...pathsOf(user, 'folder')]);
}

function newPath(user: User, { random, names }: ActTools): string | undefined {
  const path = joinPath(someFolder(user, random), random.pick(names));
  return user.disk.find(path) === undefined && isPossible(user, path) ? path : undefined;
}

function isPossible(user: User, path: string): boolean {
  return whyNotAllowed(user.disk.traits.names, nameOf(path)) === undefined;
}

function someMode({ random }: ActTools): { mode?: number } {
  return random.chance(0.15) ? { mode: 0o755 } : {};
}
