import type { FileResource } from '@cloudsync/protocol/rest/files';
import type { CreatedApiKey, CreatedUser } from '@cloudsync/protocol/rest/users';
import type { WorkspaceResource } from '@cloudsync/protocol/rest/workspaces';
import type { Victim } from './victim.ts';

/** What there is to attack: a workspace of somebody, another one, and people with more and less right to either. */
export interface Premises {
  /** Where the attackers belong. */
  readonly workspace: string;
  /** A file in it. */
  readonly file: FileResource;
  /** Where they do not. */
  readonly foreign: string;
  readonly foreignFile: FileResource;
  readonly editor: Person;
  readonly viewer: Person;
  /** A member of the other workspace only. */
  readonly stranger: Person;
}

export interface Person {
  readonly id: string;
  readonly key: string;
}

const SECRET = 'what only members of the other workspace may read\n';

/** Makes the premises, as the owner of the server. */
export async function makePremises(victim: Victim): Promise<Premises> {
  const workspace = await victim.ask<WorkspaceResource>('/workspaces', { method: 'POST', body: { name: 'ours' } });
  const foreign = await victim.ask<WorkspaceResource>('/workspaces', { method: 'POST', body: { name: 'theirs' } });
  const person = async (name: string, place: string, role: string): Promise<Person> => {
    const { id, apiKey } = await victim.ask<CreatedUser>('/users', { method: 'POST', body: { name } });
    await victim.ask(`/workspaces/${place}/members`, { method: 'POST', body: { userId: id, role } });
    return { id, key: apiKey.key };
  };
  return {
    workspace: workspace.id,
    file: await putFile(victim, workspace.id, 'ours.txt', 'ours\n'),
    foreign: foreign.id,
    foreignFile: await putFile(victim, foreign.id, 'secret.txt', SECRET),
    editor: await person('editor', workspace.id, 'editor'),
    viewer: await person('viewer', workspace.id, 'viewer'),
    stranger: await person('stranger', foreign.id, 'editor'),
  };
}

export async function putFile(victim: Victim, workspace: string, path: string, content: string, key?: string): Promise<FileResource> {
  const response = await victim.rest(`/workspaces/${workspace}/files?path=${encodeURIComponent(path)}`, {
    method: 'PUT',
    body: new TextEncoder().encode(content),
    headers: { 'content-type': 'application/octet-stream' },
    ...(key === undefined ? {} : { key }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`PUT ${path}: ${response.status} ${text}`);
  return JSON.parse(text).data as FileResource;
}

/** A key of the owner's that ends, or may less. */
export function ownersKey(victim: Victim, body: object): Promise<CreatedApiKey> {
  return victim.ask('/api-keys', { method: 'POST', body: { name: 'short-lived', ...body } });
}
