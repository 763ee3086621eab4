import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type VaultMemory, VaultMemoryFile } from './vault-memory.ts';

const ID = '0123456789abcdef0123456789abcdef';
let home: string;
let file: VaultMemoryFile;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'vault-memory-'));
  file = new VaultMemoryFile(home, ID);
});
afterEach(() => rmSync(home, { recursive: true }));

function memory(sequence: number, changes: Partial<VaultMemory> = {}): VaultMemory {
  return { seen: { sequence, hash: 'a'.repeat(64) }, rollbacks: 0, suite: 'aes-256-gcm', place: '/v', clockMs: 5, ...changes };
}

test('nothing is remembered of a vault that was never seen', async () => {
  expect(await file.read()).toEqual({ seen: undefined, rollbacks: 0, suite: undefined, place: undefined, clockMs: 0 });
  expect(readdirSync(home)).toEqual([]);
});

test('what was seen is remembered, for this vault only, in a file that only its owner can read', async () => {
  await file.advance(memory(7));
  expect(await new VaultMemoryFile(home, ID).read()).toEqual(memory(7));
  expect((await new VaultMemoryFile(home, ID.replaceAll('0', '9')).read()).seen).toBeUndefined();
  expect(statSync(join(home, 'vaults', `${ID}.json`)).mode & 0o777).toBe(0o600);
});

test('an empty vault is remembered, too', async () => {
  const empty = { seen: undefined, rollbacks: 1, suite: 'none', place: undefined, clockMs: 3 } as const;
  await file.advance(empty);
  expect(await file.read()).toEqual(empty);
});

test('a process that saw less does not take back what another one saw', async () => {
  await file.advance(memory(9, { clockMs: 10 }));
  await file.advance(memory(8, { clockMs: 12 }));
  expect(await file.read()).toEqual(memory(9, { clockMs: 12 }));
});

test('an accepted rollback outranks a higher number from before it', async () => {
  await file.advance(memory(9));
  const accepted = memory(9, { seen: undefined, rollbacks: 1 });
  await file.write(accepted);
  await file.advance(memory(9));
  expect(await file.read()).toEqual(accepted);
  await file.advance(memory(4, { rollbacks: 1 }));
  expect(await file.read()).toEqual(memory(4, { rollbacks: 1 }));
});

test.each(['', '{', '[]', '{"version":1,"rollbacks":-1,"clockMs":0}', '{"version":2,"rollbacks":0,"clockMs":0}'])(
  '%j counts as nothing',
  async (text) => {
    await file.advance(memory(7));
    writeFileSync(join(home, 'vaults', `${ID}.json`), text);
    expect((await file.read()).seen).toBeUndefined();
    await file.advance(memory(8));
    expect(await file.read()).toEqual(memory(8));
  },
);
