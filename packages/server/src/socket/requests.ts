import { SyncError } from '@cloudsync/engine';
import { encodeRow, type Method, type Params, type Result, type WireChange, type WireResult } from '@cloudsync/protocol';
import { assertMayDo, noSuchWorkspace } from '../access/access.ts';
import type { Action, Subject } from '../access/may-do.ts';
import { ProvenChunks } from '../content/proven-chunks.ts';
import type { Change, ChangeResult } from '../journal/change.ts';
import type { VersionInfo, Workspace } from '../workspace/workspace.ts';
import { OpenWorkspace } from './open-workspace.ts';
import { mustBeOpen, type RequestContext } from './request-context.ts';

type Handler<M extends Method> = (context: RequestContext, params: Params<M>) => Result<M> | Promise<Result<M>>;

type Handlers = { readonly [M in Exclude<Method, 'hello'>]: Handler<M> };

/** Methods whose answers can be long. */
const LONG: ReadonlySet<Method> = new Set<Method>(['tree', 'changes', 'getChunks', 'recipe', 'versions', 'trash']);

export function isLong(method: Method): boolean {
  return LONG.has(method);
}

/** What the server does for each request, once it is known who asks and that what he says is understood. */
export const HANDLERS: Handlers = {
  workspaces: listWorkspaces,
  open: openWorkspace,
  close: (context, { workspace }) => {
    context.hub.unfollow(mustBeOpen(context, workspace));
    context.opened.delete(workspace);
    return {};
  },
  tree: (context, { workspace: id, after, until, limit }) => {
    const { workspace, caller } = allowed(context, id, 'files:list');
    const page = workspace.tree(caller, { after, until, limit });
    return { ...page, rows: page.rows.map(encodeRow) };
  },
  changes: (context, { workspace, cursor, limit }) => mustBeOpen(context, workspace).changes(cursor, limit),
  declare: async (context, { workspace: id, recipes }) => {
    const { workspace, caller } = allowed(context, id, 'files:change');
    return { missing: await workspace.declare(caller, recipes) };
  },
  missing: async (context, { workspace: id, ids }) => {
    const { workspace, caller } = allowed(context, id, 'files:change');
    return { missing: await workspace.missing(caller, ids) };
  },
  putChunks: async (context, { workspace: id, chunks }) => {
    const { workspace, caller } = allowed(context, id, 'files:change');
    await workspace.putChunks(caller, chunks);
    return {};
  },
  getChunks: async (context, { workspace: id, asks }) => {
    const { workspace, caller } = allowed(context, id, 'files:list');
    return { chunks: await workspace.getChunks(caller, asks) };
  },
  recipe: (context, { workspace: id, sequence, first, limit }) => {
    const { workspace, caller } = allowed(context, id, 'files:list');
    return workspace.recipe(caller, { sequence, first, limit });
  },
  commit: async (context, { workspace: id, requestId, atomic, changes, inline }) => {
    const { workspace, caller } = allowed(context, id, 'files:change');
    const answer = await workspace.commit(caller, { requestId, atomic, changes: changes.map(changeOfWire), inline });
    return { results: answer.results.map(wireResult), missing: answer.missing.map((content) => Buffer.from(content, 'hex')) };
  },
  versions: (context, { workspace: id, path }) => {
    const { workspace, caller } = allowed(context, id, 'files:list');
    return { versions: workspace.versions(caller, path).map(wireVersion) };
  },
  trash: (context, { workspace: id, before, limit }) => {
    const { workspace, caller } = allowed(context, id, 'trash:read');
    const { entries, more } = workspace.trash(caller, { before, limit });
    return { entries: entries.map(wireVersion), more };
  },
  restore: async (context, { workspace: id, requestId, sequence, path }) => {
    const { workspace, caller } = allowed(context, id, 'files:change');
    return { result: wireResult(await workspace.restore(caller, { sequence, path, requestId })) };
  },
  purge: async (context, { workspace: id, entries }) => {
    const { workspace, caller } = allowed(context, id, 'trash:purge');
    return { purged: await workspace.purge(caller, entries) };
  },
  done: async (context, { workspace: id, cursor }) => {
    const { workspace, caller } = allowed(context, id, 'files:list');
    await workspace.acknowledge(caller, cursor);
    return {};
  },
  stats: (context, { workspace: id }) => {
    const { workspace } = allowed(context, id, 'files:list');
    const { files, folders, bytes } = workspace.stats();
    const { quotaBytes, quotaFiles } = workspace.settings;
    return { files, folders, bytes, quotaBytes: quotaBytes ?? -1, quotaFiles: quotaFiles ?? -1 };
  },
};

async function listWorkspaces({ peer: { principal }, access, workspaces }: RequestContext): Promise<Result<'workspaces'>> {
  const mine = await access.members.workspacesOf(principal.userId);
  const listed = await Promise.all(
    mine.map(async ({ workspace: id, role }) => {
      assertMayDo(await access.subjectIn(principal, id), 'workspace:read');
      const { name } = workspaces.get(id);
      const { files, bytes } = workspaces.get(id).stats();
      return { id, name, role, files, bytes, updatedMs: 0 };
    }),
  );
  return { workspaces: listed };
}

async function openWorkspace(context: RequestContext, { workspace: named, cursor }: Params<'open'>): Promise<Result<'open'>> {
  const { workspaces, hub, device, opened } = context;
  const { principal } = context.peer;
  const { workspace, subject } = await enter(context, named);
  assertMayDo(subject, 'files:list');
  const before = opened.get(workspace.id);
  if (before !== undefined) hub.unfollow(before);
  const { id, name } = context.peer.device;
  const author = workspaces.author({ user: principal.userId, device: name === '' ? id : name });
  const open = new OpenWorkspace({ device, workspace, subject, author, proven: new ProvenChunks() });
  opened.set(workspace.id, open);
  hub.follow(open);
  const { chunker, chunkerKey, idKey } = workspace.scheme;
  return {
    workspace: workspace.id,
    name: workspace.name,
    role: subject.role,
    view: subject.rights.view,
    epoch: workspace.epoch,
    cursor: workspace.cursor,
    scheme: { ...chunker, chunkerKey, idKey },
    resume: cursor === undefined ? 'list' : workspace.resume(cursor),
  };
}

/** @throws SyncError `server/no-such-workspace`, the same for one that there is not and one that is not his */
async function enter({ access, workspaces, peer }: RequestContext, named: string): Promise<{ workspace: Workspace; subject: Subject }> {
  try {
    const workspace = workspaces.get(named);
    return { workspace, subject: await access.subjectIn(peer.principal, workspace.id) };
  } catch (error) {
    throw SyncError.is(error, 'server/no-such-workspace') ? noSuchWorkspace(named) : error;
  }
}

/** @throws SyncError `server/invalid` (not open), `server/scope-missing`, `server/forbidden` */
function allowed(context: RequestContext, id: string, action: Action): OpenWorkspace {
  const open = mustBeOpen(context, id);
  assertMayDo(open.subject, action);
  return open;
}

function changeOfWire(change: WireChange): Change {
  if (!('put' in change)) return change;
  const { hash, content, ...put } = change.put;
  return { path: change.path, base: change.base, put: { ...put, hash: hexOrNot(hash), content: hexOrNot(content) } };
}

function hexOrNot(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

function wireResult(result: ChangeResult): WireResult {
  return 'conflict' in result ? { conflict: result.conflict === undefined ? null : encodeRow(result.conflict) } : result;
}

function wireVersion({ row, path, user, device }: VersionInfo): { row: unknown[]; path: string; user: string; device: string } {
  return { row: encodeRow(row), path, user, device };
}
