import { createHash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { NO_FOLLOW, OPEN_TO_READ } from './platform.ts';
import { BLOCK_BYTES, readFully } from './read-fully.ts';
import type { WrittenSoFar } from './written-so-far.ts';

const block = Buffer.allocUnsafeSlow(BLOCK_BYTES);

/**
 * Hashes a file while another thread writes it, block by block, as it can be read back.
 * @returns SHA-256 in hex, or undefined when the writer gave up
 */
export function readWritten(absolute: string, progress: WrittenSoFar): string | undefined {
  const digest = createHash('sha256');
  const file = openSync(absolute, OPEN_TO_READ | NO_FOLLOW);
  try {
    for (let read = 0; ; ) {
      const { blocks, isComplete, hasFailed } = progress.waitBeyond(read);
      if (hasFailed) return undefined;
      for (; read < blocks; read++) digest.update(block.subarray(0, readFully(file, block, BLOCK_BYTES)));
      if (isComplete) return digest.digest('hex');
    }
  } finally {
    closeSync(file);
  }
}
