import { hash } from 'node:crypto';
import { openObject, sealObject } from '@cloudsync/content';
import { type Replica, SyncError } from '@cloudsync/engine';
import * as z from 'zod/mini';
import { assertKnownVersion } from '../checked-text.ts';
import type { Vault } from '../vault.ts';

/** A place that is synced with a vault, and how far it has seen the vault's history (docs/formats/vault.md, "Replicas"). */
export interface ReplicaRecord extends Replica {
  /** It has all that commits up to this one hold. */
  readonly seen: number;
  readonly timeMs: number;
}

export const REPLICAS_PREFIX = 'replicas/';
const NAME_LENGTH_MAX = 200;

const schema = z.object({
  version: z.literal(1),
  vault: z.string(),
  id: z.string().check(z.minLength(1)),
  name: z.string(),
  seen: z.int().check(z.minimum(0)),
  time: z.number(),
});

/** All replicas that a vault knows, by name. @throws SyncError `content/damaged`, `vault/damaged` naming the blob */
export async function listReplicas(vault: Vault): Promise<ReplicaRecord[]> {
  const replicas: ReplicaRecord[] = [];
  for await (const { name } of vault.blobs.list(REPLICAS_PREFIX)) {
    const record = await readReplica(vault, name);
    if (record !== undefined) replicas.push(record);
  }
  return replicas.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** The newest commit that every replica has seen; undefined when there is no replica, or one that cannot be read. */
export async function oldestSeen(vault: Vault): Promise<number | undefined> {
  try {
    const seen = (await listReplicas(vault)).map((replica) => replica.seen);
    return seen.length === 0 ? undefined : Math.min(...seen);
  } catch (error) {
    if (SyncError.is(error, 'content/damaged') || SyncError.is(error, 'vault/damaged')) return undefined;
    throw error;
  }
}

/** Notes how far a replica has seen the vault. */
export async function recordReplica(vault: Vault, { id, name, seen, timeMs }: ReplicaRecord): Promise<void> {
  const json = { version: 1, vault: vault.config.id, id, name: name.slice(0, NAME_LENGTH_MAX), seen, time: timeMs };
  const { bytes } = sealObject(vault.keys.seal, 'replica', Buffer.from(JSON.stringify(json), 'utf8'));
  await vault.blobs.put(blobOf(id), bytes);
}

/** What a vault knows of one replica. */
export async function findReplica(vault: Vault, id: string): Promise<ReplicaRecord | undefined> {
  return readReplica(vault, blobOf(id));
}

/**
 * Takes out a replica that will not come again: nothing waits for it any longer. If it does come, it brings back what was deleted since.
 * @param given its id, or the only name of that text
 * @throws SyncError `config/invalid` when there is none, or several of that name
 */
export async function removeReplica(vault: Vault, given: string): Promise<ReplicaRecord> {
  const all = await listReplicas(vault);
  const byId = all.find(({ id }) => id === given);
  const [found, ...others] = byId === undefined ? all.filter(({ name }) => name === given) : [byId];
  if (found === undefined)
    throw new SyncError('config/invalid', `the vault knows no replica ${JSON.stringify(given)}; see cloudsync vault replica list`);
  if (others.length > 0)
    throw new SyncError('config/invalid', `${others.length + 1} replicas are called ${JSON.stringify(given)}; give the id of one`);
  await vault.blobs.delete(blobOf(found.id));
  await vault.blobs.flush();
  return found;
}

function blobOf(id: string): string {
  return REPLICAS_PREFIX + hash('sha256', id, 'hex').slice(0, 32);
}

/** One record by the name of its blob; undefined when it is gone. @throws SyncError `content/damaged`, `vault/damaged` */
export async function readReplica(vault: Vault, object: string): Promise<ReplicaRecord | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await vault.blobs.get(object);
  } catch (error) {
    if (SyncError.is(error, 'storage/not-found')) return undefined;
    throw error;
  }
  const plain = openObject(vault.keys.seal, { kind: 'replica', bytes, object });
  const json = parse(plain, object);
  assertKnownVersion(object, json);
  const parsed = schema.safeParse(json);
  if (!parsed.success || parsed.data.vault !== vault.config.id || blobOf(parsed.data.id) !== object) throw damagedRecord(object);
  const { id, name, seen, time } = parsed.data;
  return { id, name, seen, timeMs: time };
}

function parse(plain: Uint8Array, object: string): unknown {
  try {
    return JSON.parse(Buffer.from(plain).toString('utf8'));
  } catch {
    throw damagedRecord(object);
  }
}

function damagedRecord(object: string): SyncError {
  return new SyncError(
    'vault/damaged',
    `${object} of the vault is damaged: it is no record of a replica; delete it, the next sync writes it again`,
    {
      path: object,
    },
  );
}
