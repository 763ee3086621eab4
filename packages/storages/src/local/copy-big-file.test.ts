import { hash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CopyJob, Entry } from '@cloudsync/engine';
import { describe, expect, test } from 'vitest';
import { failureOf, freshRoot, plant } from '../fresh-root.test.support.ts';
import { CancelFlag } from './cancel-flag.ts';
import { type BigCopy, copyBigFile } from './copy-big-file.ts';
import type { CopyContext } from './copy-file.ts';
import { LocalFolder } from './local-folder.ts';
import { BLOCK_BYTES } from './read-fully.ts';
import { RealFolders } from './real-folders.ts';
import { type Block, SharedBlocks } from './shared-blocks.ts';

/** More blocks than are in memory at once, and a part of one. */
const CONTENT = randomBytes(11 * BLOCK_BYTES + 7);

interface Copying {
  readonly from: string;
  readonly to: string;
  /** Copies in this thread, with nobody to help. `onBytes` is told after each block that was read and hashed. */
  readonly copy: (events?: { onBytes?: () => void; onBlocks?: BigCopy['onBlocks'] }) => Entry;
}

async function copying(): Promise<Copying> {
  const [from, to] = [freshRoot(), plant(freshRoot(), { big: 'old' })];
  writeFileSync(join(from, 'big'), CONTENT);
  const seen = (await new LocalFolder(from).stat('big')) as Entry;
  const job: CopyJob = { from: seen, to: seen, expected: await new LocalFolder(to).stat('big') };
  const copy: Copying['copy'] = ({ onBytes = () => undefined, onBlocks = () => undefined } = {}) => {
    const receiver = { root: to, folders: new RealFolders(to), trash: undefined, modes: true, follow: false, umask: 0o22 };
    const context: CopyContext = { giver: { root: from, follow: false, cancel: new CancelFlag() }, receiver, onBytes };
    return copyBigFile(job, { temporary: join(to, '.cloudsync-tmp-test'), onBlocks }, context);
  };
  return { from, to, copy };
}

/** Nothing was published, and nothing is left over. */
function expectUntouched(to: string): void {
  expect(readdirSync(to)).toEqual(['big']);
  expect(readFileSync(join(to, 'big'), 'utf8')).toBe('old');
}

describe('a big file', () => {
  test('needs no helper, and its hash is that of what was read and written', async () => {
    const { to, copy } = await copying();
    expect(copy()).toMatchObject({ size: CONTENT.length, hash: hash('sha256', CONTENT) });
    expect(readFileSync(join(to, 'big')).equals(CONTENT)).toBe(true);
  });

  test.each([0, 5, 11])('is not published when a byte of block %d changes between reading and writing', async (damaged) => {
    const { to, copy } = await copying();
    let shared = new SharedArrayBuffer(0);
    let block = 0;
    const onBytes = (): void => {
      if (block++ !== damaged) return;
      const mark = CONTENT.subarray(damaged * BLOCK_BYTES, damaged * BLOCK_BYTES + 7);
      const memory = Buffer.from(shared);
      const at = memory.indexOf(mark);
      memory.writeUInt8(memory.readUInt8(at + 3) ^ 1, at + 3);
    };
    const failure = await failureOf(() => copy({ onBytes, onBlocks: (blocks) => (shared = blocks) }));
    expect(failure).toMatchObject({ code: 'storage/corrupt-transfer', retryable: true });
    expect(block).toBeGreaterThan(damaged);
    expectUntouched(to);
  });

  test('that changes while it is copied is not taken', async () => {
    const { from, to, copy } = await copying();
    const failure = await failureOf(() => copy({ onBytes: () => writeFileSync(join(from, 'big'), 'y', { flag: 'r+' }) }));
    expect(failure.code).toBe('storage/changed');
    expectUntouched(to);
  });
});

describe('blocks that wait to be written', () => {
  const FILES = { source: 3, target: 4 };

  function withBlocks(count: number): { owner: SharedBlocks; helper: SharedBlocks } {
    const owner = new SharedBlocks(FILES);
    for (let block = 0; block < count; block++) {
      owner.free(() => expect.unreachable('there is a free slot'))[0] = block;
      owner.add(block + 1);
    }
    return { owner, helper: new SharedBlocks(owner.shared) };
  }

  const facts = ({ bytes, position }: Block): number[] => [bytes[0] as number, bytes.length, position / BLOCK_BYTES];

  test('are taken once, oldest first, by whoever comes; one that the helper fails with is left to the owner', () => {
    const { owner, helper } = withBlocks(4);
    const [byHelper, byOwner]: [number[][], number[][]] = [[], []];
    expect(helper.files).toEqual(FILES);
    expect(() =>
      helper.help((block) => {
        if (byHelper.length === 2) throw new Error('no space');
        byHelper.push(facts(block));
      }),
    ).toThrow('no space');
    owner.drain((block) => byOwner.push(facts(block)));
    expect(byHelper).toEqual([
      [0, 1, 0],
      [1, 2, 1],
    ]);
    expect(byOwner).toEqual([
      [2, 3, 2],
      [3, 4, 3],
    ]);
  });

  test('are given back when the helper is lost with one', () => {
    const { owner, helper } = withBlocks(1);
    const byOwner: number[][] = [];
    helper.help(() => {
      helper.giveBack();
      owner.drain((block) => byOwner.push(facts(block)));
      owner.end();
    });
    expect(byOwner).toEqual([[0, 1, 0]]);
  });

  test('are nobody’s after the end', () => {
    const { owner, helper } = withBlocks(3);
    owner.end();
    helper.help(() => expect.unreachable('the files may be closed'));
    owner.drain(() => expect.unreachable('the files may be closed'));
  });
});
