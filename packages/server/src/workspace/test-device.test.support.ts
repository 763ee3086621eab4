import { hash } from 'node:crypto';
import { chunkIdOfDigest, DEFAULT_CHUNKER } from '@cloudsync/content';
import { type PathRights, UNRESTRICTED } from '../access/path-rights.ts';
import { ProvenChunks } from '../content/proven-chunks.ts';
import { encodeRefs, type Ref, recipeId } from '../content/refs.ts';
import type { Change, ChangeResult, Put } from '../journal/change.ts';
import type { Caller } from './caller.ts';
import type { CommitAnswer } from './committer.ts';
import type { Workspace } from './workspace.ts';
import type { NewWorkspace, WorkspacesOptions } from './workspaces.ts';
import { Workspaces } from './workspaces.ts';

export const folderPut: Put = { kind: 'folder', size: 0, mtimeMs: 1, chunks: 0 };

/** A time that only tests move. */
export class TestClock {
  ms = 1_700_000_000_000;
  readonly now = (): number => this.ms;
}

/** A server in memory with one workspace. */
export async function newServer(options: Partial<WorkspacesOptions> & { workspace?: Partial<NewWorkspace> } = {}) {
  const clock = new TestClock();
  const { workspace: settings, ...rest } = options;
  const workspaces = await Workspaces.open({ data: ':memory:', now: clock.now, ...rest });
  const workspace = await workspaces.create({
    name: 'home',
    chunker: { ...DEFAULT_CHUNKER, minimum: 1024, average: 4096, maximum: 8192 },
    ...settings,
  });
  return { clock, workspaces, workspace, device: new TestDevice(workspaces, workspace) };
}

/** A device that changes a workspace, in as few words as possible. */
export class TestDevice {
  readonly workspace: Workspace;
  readonly caller: Caller & { readonly proven: ProvenChunks };

  constructor(
    workspaces: Workspaces,
    workspace: Workspace,
    { name = 'laptop', rights = UNRESTRICTED }: { name?: string; rights?: PathRights } = {},
  ) {
    this.workspace = workspace;
    this.caller = { author: workspaces.author({ user: 'jo', device: name }), rights, proven: new ProvenChunks(), origin: name };
  }

  /** What a file of one chunk is. */
  file(text: string | Uint8Array, more: Partial<Put> = {}): Put {
    const bytes = Buffer.from(text);
    const digest = hash('sha256', bytes, 'buffer');
    const content = chunkIdOfDigest(this.workspace.scheme.idKey, digest).toString('hex');
    const empty = bytes.length === 0;
    return {
      ...{ kind: 'file', size: bytes.length, mtimeMs: 1, mode: 0o644, hash: digest.toString('hex') },
      ...{ content: empty ? undefined : content, chunks: empty ? 0 : 1 },
      ...more,
    };
  }

  commit(
    changes: readonly Change[],
    { inline = [], ...options }: { inline?: (string | Uint8Array)[]; atomic?: boolean; requestId?: string } = {},
  ): Promise<CommitAnswer> {
    return this.workspace.commit(this.caller, { atomic: false, ...options, changes, inline: inline.map((text) => Buffer.from(text)) });
  }

  /** One change that has to succeed. @returns its sequence */
  async do(change: Change, ...inline: (string | Uint8Array)[]): Promise<number> {
    const answer = await this.commit([change], { inline });
    const [result] = answer.results;
    if (result === undefined || !('sequence' in result)) throw new Error(`not done: ${JSON.stringify(answer)}`);
    return result.sequence;
  }

  /** Writes a small file over whatever is there. */
  write(path: string, text: string): Promise<number> {
    return this.do({ path, base: 'any', put: this.file(text) }, ...(text === '' ? [] : [text]));
  }

  async text(sequence: number): Promise<string> {
    return (await this.bytes(sequence)).toString();
  }

  async bytes(sequence: number, range: { offset?: number; length?: number } = {}): Promise<Buffer> {
    const pieces: Uint8Array[] = [];
    for await (const piece of this.workspace.read(this.caller, sequence, range)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  /** Paths of all that lives and is seen. */
  paths(): string[] {
    const { rows } = this.workspace.tree(this.caller, { after: 0, limit: 100_000 });
    return rows.map(({ id }) => this.workspace.byId(this.caller, id)?.path ?? '?').sort();
  }

  idOf(bytes: Uint8Array): Buffer {
    return chunkIdOfDigest(this.workspace.scheme.idKey, hash('sha256', bytes, 'buffer'));
  }

  /** The recipe of a content of these chunks. */
  recipe(chunks: readonly Uint8Array[]): { content: Buffer; chunks: number; first: number; refs: Uint8Array } {
    const refs: Ref[] = chunks.map((bytes) => ({ id: this.idOf(bytes), length: bytes.length }));
    const encoded = encodeRefs(refs);
    return { content: recipeId(encoded), chunks: refs.length, first: 0, refs: encoded };
  }

  /** What a file of several chunks is. */
  bigFile(chunks: readonly Uint8Array[]): Put {
    const bytes = Buffer.concat(chunks);
    return this.file(bytes, { content: this.recipe(chunks).content.toString('hex'), chunks: chunks.length });
  }
}

export function isConflict(result: ChangeResult | undefined): boolean {
  return result !== undefined && 'conflict' in result;
}
