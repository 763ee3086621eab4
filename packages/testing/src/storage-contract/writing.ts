import { type Entry, type Storage, SyncError } from '@cloudsync/engine';
import { describe, expect, it } from 'vitest';
import { bytesOf, sha256, streamOf } from '../content.ts';
import {
  bytesAt,
  type ContractGroup,
  contentAt,
  expectFailure,
  expectSameEntry,
  fileEntry,
  listAll,
  makeFile,
  makeFolder,
  mustStat,
} from './fixture.ts';
import { bigContent } from './reading.ts';

export function testWriting(group: ContractGroup): void {
  const { withFixture } = group;
  describe('upload: makes an entry', () => {
    it(
      'returns the entry as it now is, with the hash of the bytes that were written',
      withFixture(async ({ storage }) => {
        const written = await makeFile(storage, 'a', 'content');
        expect(written).toMatchObject({ path: 'a', kind: 'file', size: 7, hash: sha256(bytesOf('content')) });
        expectSameEntry(await storage.stat('a'), written);
        const empty = await makeFile(storage, 'empty', '');
        expect(empty).toMatchObject({ size: 0, hash: sha256(new Uint8Array()) });
      }),
    );

    it(
      'a caller may use its buffer again once the next piece is asked for',
      withFixture(async ({ storage }) => {
        async function* reusing(): AsyncGenerator<Uint8Array> {
          const buffer = new Uint8Array(4);
          for (const word of ['one-', 'two-', 'tree']) {
            buffer.set(bytesOf(word));
            yield buffer;
          }
          buffer.fill(0);
        }
        await storage.upload(fileEntry('a', 'one-two-tree'), reusing(), { expected: undefined });
        expect(await contentAt(storage, 'a')).toBe('one-two-tree');
      }),
    );

    it(
      'creates no parents: storage/not-found',
      withFixture(async ({ storage }) => {
        await expectFailure(makeFile(storage, 'no/such/file', 'content'), 'storage/not-found');
        await expectFailure(makeFolder(storage, 'no/such'), 'storage/not-found');
        expect((await listAll(storage)).paths).toEqual([]);
      }),
    );

    it(
      'a file is no parent',
      withFixture(async ({ storage }) => {
        await makeFile(storage, 'a', 'content');
        await expectFailure(makeFile(storage, 'a/b', 'content'));
        expect(await contentAt(storage, 'a')).toBe('content');
      }),
    );

    testAttributes(group);

    it(
      'many at once all arrive',
      withFixture(async ({ storage }) => {
        const paths = Array.from({ length: 40 }, (_, index) => `file${index}`);
        const contents = paths.map((path) => path.repeat(1 + path.length * 100));
        await Promise.all(paths.map((path, index) => makeFile(storage, path, contents[index] as string)));
        for (const [index, path] of paths.entries()) expect(await contentAt(storage, path)).toBe(contents[index]);
      }),
    );
  });

  describe('rule 1: a path holds its old complete content or its new complete content, never a part', () => {
    it(
      'fewer or more bytes than entry.size: storage/corrupt-transfer, and the old content is intact',
      withFixture(async ({ storage }) => {
        await keepsOldContent(storage, async (expected) => {
          for (const size of [2, 12, 0]) {
            const entry = { ...fileEntry('a', 'seven b'), size };
            await expectFailure(storage.upload(entry, streamOf(bytesOf('seven b')), { expected }), 'storage/corrupt-transfer');
          }
        });
        const fresh = { ...fileEntry('fresh', 'seven b'), size: 8 };
        await expectFailure(storage.upload(fresh, streamOf(bytesOf('seven b')), { expected: undefined }), 'storage/corrupt-transfer');
        expect(await storage.stat('fresh')).toBeUndefined();
      }),
    );

    it(
      'bytes with another hash than entry.hash: storage/corrupt-transfer, and the old content is intact',
      withFixture(async ({ storage }) => {
        await keepsOldContent(storage, async (expected) => {
          const entry = { ...fileEntry('a', 'seven b'), hash: sha256(bytesOf('seven c')) };
          await expectFailure(storage.upload(entry, streamOf(bytesOf('seven b')), { expected }), 'storage/corrupt-transfer');
        });
        const right = { ...fileEntry('b', 'seven b'), hash: sha256(bytesOf('seven b')) };
        await storage.upload(right, streamOf(bytesOf('seven b')), { expected: undefined });
        expect(await contentAt(storage, 'b')).toBe('seven b');
      }),
    );

    it(
      'content that fails in the middle leaves the old content and nothing else',
      withFixture(async ({ storage, leftovers }) => {
        async function* breaking(): AsyncGenerator<Uint8Array> {
          yield bytesOf('first half');
          throw new SyncError('storage/unreachable', 'the other side went away', { retryable: true });
        }
        await keepsOldContent(storage, (expected) =>
          expectFailure(storage.upload({ ...fileEntry('a', ''), size: 20 }, breaking(), { expected }), 'storage/unreachable'),
        );
        expect((await leftovers?.()) ?? []).toEqual([]);
      }),
    );

    it(
      'two uploads to one path at once: the path holds one of them, whole',
      withFixture(async ({ storage }) => {
        for (const expected of [undefined, await makeFile(storage, 'old', 'old')]) {
          const path = expected?.path ?? 'new';
          const attempts = [bigContent(1), bigContent(2)].map((bytes) => makeFile(storage, path, bytes, { expected }));
          const outcomes = await Promise.allSettled(attempts);
          const winners = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value.hash] : []));
          expect(winners.length).toBeGreaterThan(0);
          expect(winners).toContain(sha256(await bytesAt(storage, path)));
          for (const outcome of outcomes)
            if (outcome.status === 'rejected') expect(SyncError.is(outcome.reason, 'storage/changed')).toBe(true);
        }
      }),
    );
  });

  describe('rule 2: writes re-check that the target still is what the caller saw', () => {
    it(
      'expected undefined: nothing may be there (storage/changed)',
      withFixture(async ({ storage }) => {
        await makeFile(storage, 'a', 'old');
        await expectFailure(makeFile(storage, 'a', 'new', { expected: undefined }), 'storage/changed');
        await expectFailure(makeFolder(storage, 'a'), 'storage/changed');
        expect(await contentAt(storage, 'a')).toBe('old');
      }),
    );

    it(
      'expected is replaced when it is still there, and not when it was edited or is gone (storage/changed)',
      withFixture(async ({ storage }) => {
        const first = await makeFile(storage, 'a', 'first');
        const second = await makeFile(storage, 'a', 'second', { expected: first });
        await expectFailure(makeFile(storage, 'a', 'third', { expected: first }), 'storage/changed');
        expect(await contentAt(storage, 'a')).toBe('second');
        await storage.delete(second);
        await expectFailure(makeFile(storage, 'a', 'third', { expected: second }), 'storage/changed');
        expect(await storage.stat('a')).toBeUndefined();
      }),
    );

    it(
      'a target that appears while the content arrives is not replaced',
      withFixture(async ({ storage }) => {
        async function* interrupted(): AsyncGenerator<Uint8Array> {
          yield bytesOf('late');
          await makeFile(storage, 'a', 'early');
        }
        await expectFailure(storage.upload(fileEntry('a', 'late'), interrupted(), { expected: undefined }), 'storage/changed');
        expect(await contentAt(storage, 'a')).toBe('early');
      }),
    );

    it(
      'a target that is edited while the content arrives is not replaced',
      withFixture(async ({ storage }) => {
        const old = await makeFile(storage, 'a', 'old');
        async function* interrupted(): AsyncGenerator<Uint8Array> {
          yield bytesOf('late');
          await makeFile(storage, 'a', 'edited', { expected: old, mtimeMs: old.mtimeMs + 10_000 });
        }
        await expectFailure(storage.upload(fileEntry('a', 'late'), interrupted(), { expected: old }), 'storage/changed');
        expect(await contentAt(storage, 'a')).toBe('edited');
      }),
    );
  });

  describe('delete: removes what entry describes', () => {
    it(
      'a file goes; a path that is already gone is fine',
      withFixture(async ({ storage }) => {
        const entry = await makeFile(storage, 'a', 'content');
        await storage.delete(entry);
        expect(await storage.stat('a')).toBeUndefined();
        await storage.delete(entry);
        await storage.delete({ ...entry, path: 'no/such/folder' });
      }),
    );

    it(
      'what was edited since stays (storage/changed)',
      withFixture(async ({ storage }) => {
        const old = await makeFile(storage, 'a', 'old');
        await makeFile(storage, 'a', 'edited', { expected: old, mtimeMs: old.mtimeMs + 10_000 });
        await expectFailure(storage.delete(old), 'storage/changed');
        expect(await contentAt(storage, 'a')).toBe('edited');
      }),
    );
  });

  /** Rule 1 for a replaced file: the old content stays readable and its entry untouched. */
  async function keepsOldContent(storage: Storage, attempt: (expected: Entry) => Promise<void>): Promise<void> {
    const old = await makeFile(storage, 'a', 'old content');
    await attempt(old);
    expect(await contentAt(storage, 'a')).toBe('old content');
    expectSameEntry(await mustStat(storage, 'a'), old);
  }
}

/** `entry` says which attributes it gets, as far as the storage keeps them. */
function testAttributes({ probe, withFixture }: ContractGroup): void {
  const { mtimeStepMs, modes } = probe.abilities;
  if (mtimeStepMs !== undefined) {
    const times = {
      'the year 1970': 0,
      'before 1970': -86_400_000,
      'the year 2100': Date.UTC(2100, 1, 28, 23, 59, 58),
      'a fraction of a millisecond': 1_700_000_000_123.456,
    };
    for (const [title, mtimeMs] of Object.entries(times)) {
      it(
        `keeps the mtime to its step: ${title}`,
        withFixture(async ({ storage }) => {
          const written = await makeFile(storage, 'a', 'content', { mtimeMs });
          expect(Math.abs(written.mtimeMs - mtimeMs)).toBeLessThan(Math.max(mtimeStepMs, 0.002));
          expect((await mustStat(storage, 'a')).mtimeMs).toBe(written.mtimeMs);
          expect(Math.round(written.mtimeMs * 1000) / 1000, 'whole microseconds').toBe(written.mtimeMs);
        }),
      );
    }
  }
  if (modes) {
    it(
      'keeps permission bits, the executable bit among them',
      withFixture(async ({ storage }) => {
        for (const mode of [0o644, 0o755, 0o600, 0o700]) {
          const written = await makeFile(storage, `file${mode}`, 'content', { mode });
          expect(written.mode).toBe(mode);
          expect((await mustStat(storage, `file${mode}`)).mode).toBe(mode);
        }
        await makeFolder(storage, 'folder', 0o700);
        expect((await mustStat(storage, 'folder')).mode).toBe(0o700);
      }),
    );
  }
}
