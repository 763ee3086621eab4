import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Access, Workspaces } from '@cloudsync/server';
import { Random } from '../random.ts';
import { VirtualTime } from '../virtual-time.ts';
import { filesIn, newFolder } from './server-files.ts';

/** The files of a server with users, their keys, and an empty workspace: what every round begins with. */
export interface ServerTemplate {
  /** By name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Its id. */
  readonly workspace: string;
  /** API keys of two users who may write. */
  readonly keys: readonly string[];
  /** The second of them. */
  readonly editor: string;
  /** When it was made. */
  readonly nowMs: number;
}

const SEED = 1;
/** Small chunks, so that small files have several. */
const CHUNKER = { minimum: 1024, average: 4096, maximum: 16 * 1024 };

let made: Promise<ServerTemplate> | undefined;

/** Made once a process: most of the time of opening a server is its first migration. */
export function serverTemplate(): Promise<ServerTemplate> {
  made ??= makeTemplate();
  return made;
}

async function makeTemplate(): Promise<ServerTemplate> {
  const random = new Random(SEED);
  const time = new VirtualTime(random.fork('environment'));
  const folder = newFolder();
  const randomBytes = (count: number): Uint8Array => Uint8Array.from({ length: count }, () => random.below(256));
  return time.run(
    (async () => {
      const workspaces = await Workspaces.open({ data: folder, now: time.now, randomBytes });
      const { id } = await workspaces.create({ name: 'docs', chunker: CHUNKER });
      const access = new Access({ database: workspaces.database.kysely, now: time.now, randomBytes });
      const owner = await access.users.create({ name: 'owner', serverRole: 'admin' });
      const editor = await access.users.create({ name: 'editor', serverRole: 'member' });
      await access.members.addOwner(id, owner.id);
      await access.members.changeRole({ workspace: id, userId: editor.id, to: 'editor', actor: 'owner', add: true });
      const keys = [];
      for (const { id: userId } of [owner, editor]) keys.push((await access.keys.create({ userId, name: 'device' })).key);
      await workspaces.close();
      const files = new Map(filesIn(folder).map((name) => [name, readFileSync(join(folder, name))]));
      rmSync(folder, { recursive: true });
      return { files, workspace: id, keys, editor: editor.id, nowMs: time.now() };
    })(),
    'loop',
  );
}
