import { type BlobInfo, MemoryBlobStore } from '@cloudsync/content';
import { SyncError } from '@cloudsync/engine';
import { describe, expect, it } from 'vitest';
import { Random } from '../random.ts';
import { BlobDisk } from './blob-disk.ts';
import { checkRule } from './blob-store-contract.ts';
import { FaultyBlobStore } from './faulty-blob-store.ts';
import type { BlobStoreFixture } from './fixture.ts';
import { BLOB_STORE_RULES } from './rules.ts';

class ReplacesOnCreate extends MemoryBlobStore {
  override async create(name: string, parts: readonly Uint8Array[]): Promise<boolean> {
    await this.put(name, Buffer.concat(parts));
    return true;
  }
}

/** Looks, waits, writes: two writers both see a free name. */
class LooksBeforeItWrites extends MemoryBlobStore {
  override async create(name: string, parts: readonly Uint8Array[]): Promise<boolean> {
    for await (const blob of this.list('')) if (blob.name === name) return false;
    await new Promise(setImmediate);
    await this.put(name, Buffer.concat(parts));
    return true;
  }
}

class ForgetsParts extends MemoryBlobStore {
  override async create(name: string, parts: readonly Uint8Array[]): Promise<boolean> {
    return super.create(name, parts.slice(0, 1));
  }
}

class CutsRangesShort extends MemoryBlobStore {
  override async getRange(name: string, offset: number, length: number): Promise<Uint8Array> {
    return (await this.get(name)).slice(offset, offset + length);
  }
}

class SharesBytes extends MemoryBlobStore {
  readonly #given = new Map<string, Uint8Array>();
  override async put(name: string, bytes: Uint8Array): Promise<void> {
    await super.put(name, bytes);
    this.#given.set(name, bytes);
  }
  override async get(name: string, bytesMax?: number): Promise<Uint8Array> {
    const bytes = await super.get(name, bytesMax);
    return this.#given.get(name) ?? bytes;
  }
}

class ListsInAnyOrder extends MemoryBlobStore {
  override async *list(prefix: string): AsyncGenerator<BlobInfo> {
    const all: BlobInfo[] = [];
    for await (const blob of super.list(prefix)) all.unshift(blob);
    yield* all;
  }
}

class ListsNeighbours extends MemoryBlobStore {
  override async *list(prefix: string): AsyncGenerator<BlobInfo> {
    await super.list(prefix).next();
    for await (const blob of super.list('')) if (blob.name.startsWith(prefix.slice(0, -1))) yield blob;
  }
}

class FailsOnSecondDelete extends MemoryBlobStore {
  override async delete(name: string): Promise<void> {
    await this.getRange(name, 0, 0);
    await super.delete(name);
  }
}

class ReadsAnySize extends MemoryBlobStore {
  override async get(name: string): Promise<Uint8Array> {
    return super.get(name);
  }
}

class SaysIoForNotFound extends MemoryBlobStore {
  override async get(name: string, bytesMax?: number): Promise<Uint8Array> {
    return super.get(name, bytesMax).catch((error: unknown) => {
      throw SyncError.is(error, 'storage/not-found') ? new SyncError('storage/io', 'failed') : error;
    });
  }
}

/** A store that takes any name. */
class TakesAnyName extends MemoryBlobStore {
  override async put(name: string, bytes: Uint8Array): Promise<void> {
    await super.put(/^[a-z]/.test(name) ? name : 'other', bytes);
  }
}

class FlushesNothing extends FaultyBlobStore {
  override async flush(): Promise<void> {}
}

/** Forgets that it saw something: a client of its own reads for it. */
class FlushesOwnOnly extends FaultyBlobStore {
  readonly #reader: FaultyBlobStore;
  constructor(disk: BlobDisk) {
    super({ disk });
    this.#reader = new FaultyBlobStore({ disk });
  }
  override get(name: string, bytesMax?: number): Promise<Uint8Array> {
    return this.#reader.get(name, bytesMax);
  }
  override async *list(prefix: string): AsyncGenerator<BlobInfo> {
    yield* this.#reader.list(prefix);
  }
}

/** Writes in two steps, so that a power cut can leave the first. */
class WritesInSteps extends FaultyBlobStore {
  readonly #disk: BlobDisk;
  constructor(disk: BlobDisk) {
    super({ disk });
    this.#disk = disk;
  }
  override async put(name: string, bytes: Uint8Array): Promise<void> {
    await super.put(name, bytes);
    this.#disk.write(name, bytes.subarray(0, bytes.length >> 1));
    this.#disk.write(name, bytes);
  }
}

const inMemory = (store: MemoryBlobStore): BlobStoreFixture => ({ store, reopen: () => store });

function onDisk(open: (disk: BlobDisk) => FaultyBlobStore, seed = 1): BlobStoreFixture {
  const disk = new BlobDisk({ now: Date.now });
  const powerCut = () => {
    disk.powerCut(new Random(seed));
    return open(disk);
  };
  return { store: open(disk), reopen: () => open(disk), powerCut };
}

async function brokenRules(fixture: () => BlobStoreFixture): Promise<string[]> {
  const broken: string[] = [];
  for (const rule of BLOB_STORE_RULES) {
    const fresh = fixture();
    if (rule.applies?.(fresh) === false) continue;
    await checkRule(rule, fresh).catch(() => broken.push(rule.title));
  }
  return broken;
}

describe('the contract finds a store', { timeout: 60_000 }, () => {
  const bugs: [what: string, title: string, make: () => BlobStoreFixture][] = [
    ['whose create replaces', 'rule 2: create changes nothing when the name is taken', () => inMemory(new ReplacesOnCreate())],
    [
      'whose create looks before it writes',
      'rule 2: of many racing writers exactly one wins, and its blob is whole',
      () => inMemory(new LooksBeforeItWrites()),
    ],
    ['that forgets parts', 'a blob comes back as it was created, its parts joined', () => inMemory(new ForgetsParts())],
    ['that cuts ranges short', 'a range is exactly what was asked for; one past the end fails', () => inMemory(new CutsRangesShort())],
    ['that shares bytes', 'what is handed in and out is not shared with the store', () => inMemory(new SharesBytes())],
    [
      'that lists in any order',
      'list gives all below a prefix, in order of name, with size and time',
      () => inMemory(new ListsInAnyOrder()),
    ],
    ['that lists neighbours', 'list gives all below a prefix, in order of name, with size and time', () => inMemory(new ListsNeighbours())],
    [
      'that fails to delete what is gone',
      'delete removes a blob and frees its name; one that is gone is fine',
      () => inMemory(new FailsOnSecondDelete()),
    ],
    ['that reads blobs of any size', 'a blob that is larger than the caller expects is not read', () => inMemory(new ReadsAnySize())],
    ['that says io for not found', 'rule 4: a blob that is not there is storage/not-found', () => inMemory(new SaysIoForNotFound())],
    ['that takes any name', 'names outside the rules are refused, whatever is done with them', () => inMemory(new TakesAnyName())],
    [
      'that flushes nothing',
      'rule 3: after flush everything written before it survives a power cut',
      () => onDisk((disk) => new FlushesNothing({ disk })),
    ],
    [
      'that flushes what it wrote only',
      'rule 3: flush vouches for what was read and listed, too',
      () => onDisk((disk) => new FlushesOwnOnly(disk), 4),
    ],
  ];

  it.each(bugs)('%s, by: %s', async (_what, title, make) => {
    expect(await brokenRules(make)).toContain(title);
  });

  it('that writes in steps, by: rule 1, at one power cut or another', async () => {
    const broken = new Set<string>();
    for (let seed = 0; seed < 10; seed++) {
      for (const title of await brokenRules(() => onDisk((disk) => new WritesInSteps(disk), seed))) broken.add(title);
    }
    expect([...broken]).toEqual(['rule 1: a blob is there whole or not at all, after a power cut as well']);
  });
});

it('and none where there is none', async () => {
  expect(await brokenRules(() => inMemory(new MemoryBlobStore()))).toEqual([]);
  expect(await brokenRules(() => onDisk((disk) => new FaultyBlobStore({ disk })))).toEqual([]);
});
