import { MemoryBlobStore } from '@cloudsync/content';
import { SyncError } from '@cloudsync/engine';
import { beforeEach, describe, expect, test } from 'vitest';
import { readConfig } from '../config.ts';
import type { Argon2Cost } from './key-derivation.ts';
import { addSlot, readSlots, removeSlot, rotate, type Unlocked, unlock } from './key-ring.ts';
import { type MasterKeys, newestEpoch } from './master-keys.ts';
import { initVault } from './new-vault.ts';
import { formatRecoveryKey, newRecoveryKey } from './recovery-key.ts';
import type { NewSecret, Secret } from './secret.ts';

const CHEAP: Argon2Cost = { memoryKiB: 8, passes: 1, parallelism: 1 };
const nowMs = Date.parse('2026-11-21T12:00:00Z');
const KEY_FILE = new Uint8Array(32).fill(7);

let blobs: MemoryBlobStore;

function passphrase(text: string): NewSecret & Secret {
  return { kind: 'passphrase', text, cost: CHEAP };
}

async function init(...secrets: NewSecret[]): Promise<MasterKeys> {
  const slots = secrets.map((secret) => ({ secret, label: secret.kind }));
  return (await initVault(blobs, { suite: 'aes-256-gcm', slots, nowMs })).keys;
}

async function open(secret?: Secret): Promise<Unlocked> {
  return await unlock(blobs, await readConfig(blobs), secret);
}

async function add(keys: MasterKeys, secret: NewSecret, label: string = secret.kind): Promise<string> {
  return (await addSlot(blobs, { config: await readConfig(blobs), keys, nowMs }, { secret, label })).id;
}

async function names(): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of blobs.list('')) found.push(name);
  return found;
}

async function slotName(): Promise<string> {
  return (await names()).find((name) => name.startsWith('keys/')) as string;
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => 'no error',
    (error: unknown) => (SyncError.is(error) ? error.code : `not a SyncError: ${error}`),
  );
}

beforeEach(() => {
  blobs = new MemoryBlobStore();
});

describe('a new vault', () => {
  test('opens with its passphrase and gives the keys that it was made with', async () => {
    const keys = await init(passphrase('correct horse'));
    expect((await open(passphrase('correct horse'))).keys).toEqual(keys);
  });

  test('composed and decomposed letters are the same passphrase', async () => {
    await init(passphrase('caf\u00e9'));
    expect((await open(passphrase('cafe\u0301'))).slot?.kind).toBe('passphrase');
  });

  test('opens with each of its secrets, a recovery key standing where a passphrase does', async () => {
    const recovery = newRecoveryKey();
    const keys = await init(passphrase('p'), { kind: 'key-file', bytes: KEY_FILE }, { kind: 'recovery', bytes: recovery });
    for (const secret of [
      passphrase('p'),
      { kind: 'key-file', bytes: KEY_FILE } as const,
      passphrase(formatRecoveryKey(recovery).toLowerCase()),
    ])
      expect((await open(secret)).keys).toEqual(keys);
  });

  test('holds no byte of a key or passphrase in clear', async () => {
    const keys = await init(passphrase('correct horse'));
    const stored = Buffer.concat(await Promise.all((await names()).map((name) => blobs.get(name)))).toString('latin1');
    for (const secret of [
      'correct horse',
      ...[keys.idKey, keys.chunkerKey, keys.epochs[0]?.key].map((key) => Buffer.from(key ?? '').toString('base64')),
    ])
      expect(stored).not.toContain(secret);
  });

  test('without encryption opens without a secret and still has keys of its own', async () => {
    const { keys } = await initVault(blobs, { suite: 'none', slots: [], nowMs });
    expect((await open()).keys).toEqual(keys);
    expect(new Set([keys.idKey, keys.chunkerKey, keys.epochs[0]?.key].map((key) => Buffer.from(key ?? '').toString('hex'))).size).toBe(3);
    expect((await readSlots(blobs)).slots).toEqual([]);
  });

  test('is not made twice, not over something else, and not without a key', async () => {
    expect(await codeOf(init())).toBe('config/invalid');
    await init(passphrase('p'));
    expect(await codeOf(init(passphrase('q')))).toBe('vault/exists');
    blobs = new MemoryBlobStore();
    await blobs.put('packs/photo.jpg', KEY_FILE);
    expect(await codeOf(init(passphrase('q')))).toBe('vault/not-a-vault');
    expect(await names()).toEqual(['packs/photo.jpg']);
  });

  test('is not made over somebody’s own folder of keys', async () => {
    await blobs.put('keys/id_ed25519', KEY_FILE);
    expect(await codeOf(init(passphrase('q')))).toBe('vault/not-a-vault');
    await blobs.delete('keys/id_ed25519');
    await blobs.put('keys/0123456789abcdef', KEY_FILE);
    expect(await codeOf(init(passphrase('q')))).toBe('vault/not-a-vault');
    expect(await names()).toEqual(['keys/0123456789abcdef']);
  });

  test('is made where an interrupted run left key slots without a vault', async () => {
    await init(passphrase('p'));
    await blobs.delete('config');
    await init(passphrase('q'));
    expect((await readSlots(blobs)).slots).toHaveLength(1);
    expect(await codeOf(open(passphrase('p')))).toBe('vault/wrong-key');
    expect((await open(passphrase('q'))).slot).toBeDefined();
  });

  test.each([1, 2, 3])('an interruption before write %i leaves no vault, and making it again works', async (writes) => {
    let left = writes;
    const failing = new (class extends MemoryBlobStore {
      override async create(name: string, parts: readonly Uint8Array[]): Promise<boolean> {
        if (--left === 0) throw new SyncError('storage/no-space', 'full');
        return await super.create(name, parts);
      }
    })();
    blobs = failing;
    const secrets = [passphrase('p'), { kind: 'key-file', bytes: KEY_FILE } as const];
    expect(await codeOf(init(...secrets))).toBe('storage/no-space');
    expect(await codeOf(readConfig(blobs))).toBe('vault/not-a-vault');
    await init(...secrets);
    expect((await readSlots(blobs)).slots).toHaveLength(2);
  });
});

describe('what does not open', () => {
  test.each<[string, Secret | undefined]>([
    ['another passphrase', passphrase('P')],
    ['the passphrase as a key file', { kind: 'key-file', bytes: Buffer.from('p'.repeat(16)) }],
    ['nothing', undefined],
    ['somebody else’s recovery key', passphrase(formatRecoveryKey(KEY_FILE))],
  ])('%s', async (_, secret) => {
    await init(passphrase('p'.repeat(16)), { kind: 'recovery', bytes: newRecoveryKey() });
    expect(await codeOf(open(secret))).toBe('vault/wrong-key');
  });

  test('a mistyped recovery key is said to be one', async () => {
    const recovery = newRecoveryKey();
    await init({ kind: 'recovery', bytes: recovery });
    const text = formatRecoveryKey(recovery);
    const mistyped = text.slice(0, -1) + (text.endsWith('0') ? '2' : '0');
    await expect(open(passphrase(mistyped))).rejects.toThrow(/if it is a recovery key, a letter is wrong/);
  });

  test('an empty passphrase and a tiny key file are refused, not tried', async () => {
    await init(passphrase('p'));
    for (const secret of [passphrase(''), { kind: 'key-file', bytes: new Uint8Array(15) } as const])
      expect(await codeOf(open(secret))).toBe('config/invalid');
  });

  test('the message names neither the passphrase nor a slot', async () => {
    await init(passphrase('right'));
    const error = (await open(passphrase('wrong-one')).catch((thrown: unknown) => thrown)) as Error;
    expect(error.message).not.toMatch(/wrong-one|keys\/|[0-9a-f]{16}/);
  });
});

describe('damage and forgery', () => {
  const secret = passphrase('p');

  test('every flipped byte and every truncation of config and slot is an error, never other keys', async () => {
    await init(secret);
    for (const name of await names()) {
      const whole = await blobs.get(name);
      for (let i = 0; i < whole.length; i++) {
        const flipped = whole.slice();
        flipped[i] = (flipped[i] as number) ^ (1 << (i % 8));
        await blobs.put(name, flipped);
        expect(await codeOf(open(secret)), `byte ${i} of ${name}`).toMatch(/^vault\/(damaged|not-a-vault)$/);
        await blobs.put(name, whole.subarray(0, i));
        expect(await codeOf(open(secret)), `${name} cut at ${i}`).toMatch(/^vault\/(damaged|not-a-vault)$/);
      }
      await blobs.put(name, whole);
    }
    expect((await open(secret)).keys).toBeDefined();
  });

  test('a damaged slot is told of, and the others still open', async () => {
    await init(secret, { kind: 'key-file', bytes: KEY_FILE });
    const { slots } = await readSlots(blobs);
    const hurt = slots.find(({ kind }) => kind === 'passphrase')?.id as string;
    await blobs.put(`keys/${hurt}`, Buffer.from('x'));
    expect((await open({ kind: 'key-file', bytes: KEY_FILE })).keys).toBeDefined();
    await expect(open(secret)).rejects.toThrow(`one key slot cannot be read (keys/${hurt})`);
    expect((await readSlots(blobs)).damaged).toHaveLength(1);
    expect(await removeSlot(blobs, hurt)).toBe(hurt);
    expect((await readSlots(blobs)).damaged).toHaveLength(0);
  });

  /** What a hostile holder can do: change a line and make the checksum fit. */
  async function forge(prefix: string, change: (json: Record<string, unknown>) => void): Promise<void> {
    const { encodeCheckedText } = await import('../checked-text.ts');
    for (const name of await names()) {
      if (!name.startsWith(prefix)) continue;
      const [line, ...rest] = Buffer.from(await blobs.get(name))
        .toString()
        .split('\n')
        .slice(0, -2) as [string, ...string[]];
      const json = JSON.parse(line) as Record<string, unknown>;
      change(json);
      await blobs.put(name, encodeCheckedText([JSON.stringify(json), ...rest]));
    }
  }

  test.each<[string, string, (json: Record<string, unknown>) => void, string]>([
    ['another id of the vault', 'config', (json) => (json.id = '0'.repeat(32)), 'vault/wrong-key'],
    ['a weaker suite', 'config', (json) => (json.suite = 'xchacha20-poly1305'), 'vault/wrong-key'],
    ['no encryption without a public key', 'config', (json) => (json.suite = 'none'), 'vault/damaged'],
    ['other chunk sizes', 'config', (json) => (json.chunker = { minimum: 1024, average: 2048, maximum: 4096 }), 'vault/wrong-key'],
    ['chunk sizes upside down', 'config', (json) => (json.chunker = { minimum: 4096, average: 2048, maximum: 1024 }), 'vault/damaged'],
    ['a newer format', 'config', (json) => (json.version = 2), 'vault/newer-version'],
    ['another label', 'keys/', (json) => (json.label = 'mine'), 'vault/wrong-key'],
    ['another epoch', 'keys/', (json) => (json.epoch = 9), 'vault/wrong-key'],
    ['a newer slot', 'keys/', (json) => (json.version = 2), 'vault/newer-version'],
    ['memory without end', 'keys/', (json) => (json.kdf = { ...(json.kdf as object), memoryKiB: 2 ** 21 }), 'vault/damaged'],
    ['passes without end', 'keys/', (json) => (json.kdf = { ...(json.kdf as object), passes: 1e9 }), 'vault/damaged'],
    ['lanes without end', 'keys/', (json) => (json.kdf = { ...(json.kdf as object), parallelism: 17 }), 'vault/damaged'],
    ['less memory than the lanes need', 'keys/', (json) => (json.kdf = { ...(json.kdf as object), parallelism: 2 }), 'vault/damaged'],
    ['another derivation', 'keys/', (json) => (json.kdf = { name: 'md5', salt: 'AAAAAAAAAAAAAAAAAAAAAA==' }), 'vault/damaged'],
  ])('%s', async (_, prefix, change, code) => {
    await init(secret);
    await forge(prefix, change);
    expect(await codeOf(open(secret))).toBe(code);
  });

  test('a slot under another name does not open', async () => {
    await init(secret);
    const name = await slotName();
    await blobs.put('keys/0123456789abcdef', await blobs.get(name));
    await blobs.delete(name);
    expect(await codeOf(open(secret))).toBe('vault/damaged');
  });

  test('a slot of another vault does not open', async () => {
    await init(secret);
    const name = await slotName();
    const foreign = await blobs.get(name);
    blobs = new MemoryBlobStore();
    await init(passphrase('q'));
    await blobs.put(name, foreign);
    expect(await codeOf(open(secret))).toBe('vault/wrong-key');
  });

  test('a vault without any slot says so', async () => {
    await init(secret);
    await blobs.delete(await slotName());
    expect(await codeOf(open(secret))).toBe('vault/damaged');
  });
});

describe('adding and removing', () => {
  test('an added key opens; a removed one does not any more', async () => {
    const keys = await init(passphrase('p'));
    const id = await add(keys, passphrase('q'), 'laptop');
    expect((await open(passphrase('q'))).slot).toMatchObject({ id, label: 'laptop' });
    expect(await removeSlot(blobs, 'laptop')).toBe(id);
    expect(await codeOf(open(passphrase('q')))).toBe('vault/wrong-key');
    expect((await open(passphrase('p'))).keys).toEqual(keys);
  });

  test('the last key cannot be removed, nor the last one that knows the newest epoch', async () => {
    const keys = await init(passphrase('p'));
    const [only] = (await readSlots(blobs)).slots;
    expect(await codeOf(removeSlot(blobs, only?.id as string))).toBe('config/invalid');
    await add({ ...keys, epochs: [...keys.epochs, { epoch: 2, key: KEY_FILE }] }, passphrase('q'), 'newer');
    expect(await codeOf(removeSlot(blobs, 'newer'))).toBe('config/invalid');
    await removeSlot(blobs, only?.id as string);
  });

  test('an unknown name and an ambiguous one are refused', async () => {
    const keys = await init(passphrase('p'));
    await add(keys, passphrase('q'), 'same');
    await add(keys, passphrase('r'), 'same');
    expect(await codeOf(removeSlot(blobs, 'other'))).toBe('config/invalid');
    expect(await codeOf(removeSlot(blobs, 'same'))).toBe('config/invalid');
    expect((await readSlots(blobs)).slots).toHaveLength(3);
  });

  test('a vault without encryption takes no keys', async () => {
    const { keys } = await initVault(blobs, { suite: 'none', slots: [], nowMs });
    expect(await codeOf(add(keys, passphrase('p')))).toBe('config/invalid');
  });
});

describe('rotation', () => {
  async function rotateWith(secret: NewSecret & Secret): Promise<Unlocked> {
    const config = await readConfig(blobs);
    const { keys, slot } = await unlock(blobs, config, secret);
    return await rotate(blobs, { config, keys, nowMs }, { id: slot?.id as string, secret, label: slot?.label as string });
  }

  test('who opened the vault before somebody else rotated its keys rotates nothing', async () => {
    const keys = await init(passphrase('a'), passphrase('b'));
    const config = await readConfig(blobs);
    const slotOf = async (text: string) => ({
      id: (await open(passphrase(text))).slot?.id as string,
      secret: passphrase(text),
      label: text,
    });
    const [a, b] = [await slotOf('a'), await slotOf('b')];
    await rotate(blobs, { config, keys, nowMs }, a);
    expect(await codeOf(rotate(blobs, { config, keys, nowMs }, b))).toBe('storage/changed');
    expect(await codeOf(rotate(blobs, { config, keys, nowMs }, a))).toBe('storage/changed');
    expect((await open(passphrase('a'))).keys.epochs).toHaveLength(2);
  });

  test('adds an epoch, keeps what makes chunk ids, and removes all other keys', async () => {
    const before = await init(passphrase('p'), { kind: 'key-file', bytes: KEY_FILE });
    const saltBefore = (await open(passphrase('p'))).slot?.kdf.salt;
    const { keys } = await rotateWith(passphrase('p'));
    expect(newestEpoch(keys)).toBe(2);
    expect(keys.epochs[0]).toEqual(before.epochs[0]);
    expect([keys.idKey, keys.chunkerKey]).toEqual([before.idKey, before.chunkerKey]);
    const after = await open(passphrase('p'));
    expect(after.keys).toEqual(keys);
    expect(after.slot?.kdf.salt).not.toBe(saltBefore);
    expect(await codeOf(open({ kind: 'key-file', bytes: KEY_FILE }))).toBe('vault/wrong-key');
  });

  test('interrupted before the others are gone: the newest keys are found first', async () => {
    const keys = await init(passphrase('p'));
    await add(keys, passphrase('p'), 'again');
    const stays = blobs.delete;
    blobs.delete = async () => Promise.reject(new SyncError('storage/io', 'gone'));
    expect(await codeOf(rotateWith(passphrase('p')))).toBe('storage/io');
    blobs.delete = stays;
    expect((await readSlots(blobs)).slots).toHaveLength(2);
    expect(newestEpoch((await open(passphrase('p'))).keys)).toBe(2);
  });
});
