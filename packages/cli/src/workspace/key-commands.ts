import { hostname } from 'node:os';
import { SyncError } from '@cloudsync/engine';
import { SCOPES, type Scope } from '@cloudsync/protocol/rest/users';
import type { CloudSync } from '@cloudsync/sdk';
import { currentClient } from '../account/client.ts';
import type { JsonFlags, KeyFlags, RevokeFlags } from '../command-line/live/live-flags.ts';
import { printable } from '../terminal/printable.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { inFuture } from './share-commands.ts';

interface Asked<Flags> {
  readonly flags: Flags;
  readonly terminal: Terminal;
}

/** `cloudsync keys list`. @returns the exit code */
export async function keyListCommand({ flags, terminal }: Asked<JsonFlags>): Promise<number> {
  const client = await currentClient();
  for await (const key of client.keys.list()) {
    const { id, name, prefix, scopes, expiresAt, revokedAt } = key;
    const end = revokedAt !== null ? 'revoked' : expiresAt === null ? '' : `until ${expiresAt}`;
    const rights = scopes.length === SCOPES.length ? 'everything' : scopes.join(' ');
    terminal.out(flags.json === true ? JSON.stringify(key) : `${id}  ${prefix}…  ${printable(name)}  ${rights}  ${end}`.trimEnd());
  }
  return 0;
}

/** `cloudsync keys create`: the key is printed alone, so that it can be piped. @returns the exit code */
export async function keyCreateCommand({ flags, terminal }: Asked<KeyFlags>): Promise<number> {
  const client = await currentClient();
  const key = await client.keys.create({
    name: flags.name ?? hostname(),
    ...(flags.scope === undefined ? {} : { scopes: flags.scope.map(parseScope) }),
    ...(flags.expires === undefined ? {} : { expiresAt: inFuture(flags.expires) }),
  });
  terminal.out(flags.json === true ? JSON.stringify(key) : key.key);
  if (flags.json !== true) terminal.err(`The key ${printable(key.name)} (${key.id}) is shown this once`);
  return 0;
}

/** `cloudsync keys revoke`. @returns the exit code */
export async function keyRevokeCommand(given: string, { flags, terminal }: Asked<RevokeFlags>): Promise<number> {
  const client = await currentClient();
  const id = await keyNamed(client, given);
  if (flags.force !== true && id === (await client.me()).key.id)
    throw new SyncError(
      'config/invalid',
      `${given} is the key that this device is logged in with; log in with another first, or use --force`,
    );
  await client.keys.revoke(id);
  terminal.out(flags.json === true ? JSON.stringify({ revoked: id }) : `Revoked the key ${id}`);
  return 0;
}

async function keyNamed(client: CloudSync, given: string): Promise<string> {
  const found: string[] = [];
  for await (const { id, name, prefix, revokedAt } of client.keys.list()) {
    if (id === given) return id;
    if (revokedAt === null && (name === given || prefix === given)) found.push(id);
  }
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const what = found.length === 0 ? 'no key is called so' : 'several keys are called so';
  throw new SyncError('config/invalid', `${what}: ${given}; see cloudsync keys list`);
}

function parseScope(text: string): Scope {
  const scope = SCOPES.find((candidate) => candidate === text.toLowerCase());
  if (scope === undefined) throw new SyncError('config/invalid', `unknown scope ${JSON.stringify(text)}; use ${SCOPES.join(', ')}`);
  return scope;
}
