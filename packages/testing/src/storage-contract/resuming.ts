import { createHash } from 'node:crypto';
import type { Entry, Storage } from '@cloudsync/engine';
import { describe, expect, it } from 'vitest';
import { readAll, streamOf } from '../content.ts';
import { bytesAt, type ContractGroup, expectFailure, fileEntry } from './fixture.ts';
import { bigContent } from './reading.ts';

const CUT_AT = 1_500_000;

function describedBy(content: Uint8Array): Entry & { hash: string } {
  return { ...fileEntry('big', content), hash: createHash('sha256').update(content).digest('hex') };
}

async function* cutOff(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content.subarray(0, CUT_AT);
  throw new Error('the connection is gone');
}

function partOf(storage: Storage, entry: Entry): Promise<Uint8Array> {
  return readAll((storage.partial as NonNullable<Storage['partial']>).call(storage, entry));
}

/** For storages with `partial`. */
export function testResuming({ withFixture }: ContractGroup): void {
  describe('partial: what arrived before an upload was cut off', () => {
    it(
      'stays for the next try, which goes on from there, and is nothing afterwards',
      withFixture(async ({ storage, reopen }) => {
        const content = bigContent();
        const entry = describedBy(content);
        expect(await partOf(storage, entry)).toHaveLength(0);
        await expect(storage.upload(entry, cutOff(content), { expected: undefined, resumeAt: 0 })).rejects.toThrow();
        expect(await storage.stat('big')).toBeUndefined();
        const again = (await reopen?.()) ?? storage;
        const there = await partOf(again, entry);
        expect(Buffer.compare(there, content.subarray(0, CUT_AT))).toBe(0);
        const made = await again.upload(entry, streamOf(content.subarray(1_000_000)), { expected: undefined, resumeAt: 1_000_000 });
        expect(made).toMatchObject({ size: content.length, mtimeMs: entry.mtimeMs, mode: entry.mode, hash: entry.hash });
        expect(Buffer.compare(await bytesAt(again, 'big'), content)).toBe(0);
        expect(await partOf(again, entry)).toHaveLength(0);
      }),
    );

    it(
      'is never listed',
      withFixture(async ({ storage }) => {
        const content = bigContent();
        await expect(storage.upload(describedBy(content), cutOff(content), { expected: undefined, resumeAt: 0 })).rejects.toThrow();
        let listed = 0;
        for await (const batch of storage.list({ ignore: [] })) listed += batch.files + (batch.entries?.length ?? 0);
        expect(listed).toBe(0);
      }),
    );

    it(
      'bytes that do not belong to the content are noticed, and thrown away',
      withFixture(async ({ storage }) => {
        const [content, other] = [bigContent(), bigContent(1)];
        const entry = describedBy(content);
        await expect(storage.upload(entry, cutOff(other), { expected: undefined, resumeAt: 0 })).rejects.toThrow();
        const rest = streamOf(content.subarray(1000));
        await expectFailure(storage.upload(entry, rest, { expected: undefined, resumeAt: 1000 }), 'storage/corrupt-transfer');
        expect(await storage.stat('big')).toBeUndefined();
        expect(await partOf(storage, entry)).toHaveLength(0);
      }),
    );
  });
}
