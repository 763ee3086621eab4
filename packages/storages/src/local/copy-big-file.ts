import { createHash } from 'node:crypto';
import { fdatasyncSync, readSync, writeSync } from 'node:fs';
import type { CopyJob, Entry } from '@cloudsync/engine';
import { beginCopy, type CopyContext, damaged, publishCopy, setAttributes } from './copy-file.ts';
import { BLOCK_BYTES } from './read-fully.ts';
import { assertPlannedHash, readBlocks, withPlanned } from './read-planned.ts';
import { type Block, type BlockFiles, SharedBlocks } from './shared-blocks.ts';

/** A copy that a thread works on, while another may help. */
export interface BigCopy {
  /** Absolute; does not exist yet. */
  readonly temporary: string;
  /** Told when there is something to help with. */
  readonly onBlocks: (shared: SharedArrayBuffer) => void;
}

/**
 * Copies a file of many blocks. This thread reads and hashes; what it has hashed is written from the same memory, here or
 * by {@link helpWriting} in another thread, and compared with what the source gives a second time. So the hash is that of
 * the source, and of what was written.
 * @returns the entry that it is now at the receiver. @throws SyncError
 */
export function copyBigFile(job: CopyJob, { temporary, onBlocks }: BigCopy, context: CopyContext): Entry {
  const { from, to } = job;
  const { giver, receiver, onBytes } = context;
  const hash = beginCopy(to, temporary, receiver, (target) => {
    const digest = withPlanned(from, giver, (source, assertUnchanged) => {
      const blocks = new SharedBlocks({ source, target });
      const write = (block: Block): void => {
        if (writeAndCompare({ source, target }, block)) return;
        assertUnchanged();
        throw damaged(to.path);
      };
      onBlocks(blocks.shared);
      try {
        const sum = createHash('sha256');
        const take = (bytes: Uint8Array): void => {
          sum.update(bytes);
          blocks.add(bytes.length);
          onBytes(bytes.length);
        };
        readBlocks(source, from, { cancel: giver.cancel, memory: () => blocks.free(write), take });
        blocks.drain(write);
        return sum.digest('hex');
      } finally {
        blocks.end();
      }
    });
    assertPlannedHash(from, digest);
    setAttributes(target, to, receiver);
    fdatasyncSync(target);
    return digest;
  });
  return publishCopy(job, { temporary, hash }, context);
}

/** Writes for a thread that copies a big file; what fails is left to that thread, which then meets the failure itself. */
export function helpWriting(shared: SharedArrayBuffer): void {
  const blocks = new SharedBlocks(shared);
  const { files } = blocks;
  try {
    blocks.help((block) => {
      if (!writeAndCompare(files, block)) throw new Error('not what was read');
    });
  } catch {
    // The owner takes the block, and tells what is wrong with it.
  }
}

const again = Buffer.allocUnsafeSlow(BLOCK_BYTES);

/** @returns whether what was written is what the source holds */
function writeAndCompare({ source, target }: BlockFiles, { bytes, position }: Block): boolean {
  for (let at = 0; at < bytes.length; ) at += writeSync(target, bytes, at, bytes.length - at, position + at);
  for (let at = 0; at < bytes.length; ) {
    const bytesRead = readSync(source, again, at, bytes.length - at, position + at);
    if (bytesRead === 0) return false;
    at += bytesRead;
  }
  return again.subarray(0, bytes.length).equals(bytes);
}
