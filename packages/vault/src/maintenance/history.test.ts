import { describe, expect, it } from 'vitest';
import { find } from './find.ts';
import { versionsOf } from './history.ts';
import { openSnapshot, snapshots } from './snapshots.ts';
import { allOf, TestVault, type Writer } from './vault.test.support.ts';

/** Version 1 is empty; see each step. */
async function someHistory(): Promise<Writer> {
  const writer = await (await TestVault.make()).writer();
  await writer.folder('docs');
  await writer.write('docs/letter.txt', 'one');
  await writer.write('other.txt', 'other');
  await writer.commit(); // 2
  await writer.write('docs/letter.txt', 'two');
  await writer.commit(); // 3
  await writer.write('other.txt', 'changed');
  await writer.commit(); // 4
  await writer.rename('docs/letter.txt', 'docs/brief.txt');
  await writer.commit(); // 5
  await writer.write('docs/brief.txt', 'two', { mode: 0o600 });
  await writer.commit(); // 6
  await writer.remove('docs/brief.txt');
  await writer.commit(); // 7
  return writer;
}

describe('versionsOf', () => {
  it('lists the snapshots that changed a file, under the names that it had', async () => {
    const { vault } = await someHistory();
    const versions = await allOf(versionsOf(vault, 'docs/brief.txt'));
    expect(versions.map(({ sequence, change, path, from }) => [sequence, change, path, from].filter(Boolean).join(' '))).toEqual([
      '7 deleted docs/brief.txt',
      '6 attributes docs/brief.txt',
      '5 renamed docs/brief.txt docs/letter.txt',
      '3 modified docs/letter.txt',
      '2 created docs/letter.txt',
    ]);
    expect(versions.map(({ row }) => row?.kind === 'file' && row.size)).toEqual([false, 3, 3, 3, 3]);
  });

  it('counts a change of anything below a folder as one of the folder', async () => {
    const { vault } = await someHistory();
    expect((await allOf(versionsOf(vault, 'docs'))).map(({ sequence }) => sequence)).toEqual([7, 6, 5, 3, 2]);
  });

  it('is empty for a path that never was', async () => {
    const { vault } = await someHistory();
    expect(await allOf(versionsOf(vault, 'docs/nothing'))).toEqual([]);
  });
});

describe('find', () => {
  async function found(writer: Writer, pattern: string, options = {}): Promise<string[]> {
    return (await allOf(find(writer.vault, pattern, options))).map(({ row, commit }) => `${commit.sequence} ${row.path}`);
  }

  it('looks in the newest version, or in the one that is asked for', async () => {
    const writer = await someHistory();
    expect(await found(writer, '*.txt')).toEqual(['7 other.txt']);
    expect(await found(writer, '*.txt', { version: { type: 'sequence', sequence: 2 } })).toEqual(['2 docs/letter.txt', '2 other.txt']);
    expect(await found(writer, 'docs/*', { version: { type: 'sequence', sequence: 2 } })).toEqual(['2 docs/letter.txt']);
  });

  it('finds every version once, in the newest snapshot that holds it', async () => {
    const writer = await someHistory();
    expect(await found(writer, '*.txt', { all: true })).toEqual([
      '7 other.txt',
      '6 docs/brief.txt',
      '5 docs/brief.txt',
      '4 docs/letter.txt',
      '3 other.txt',
      '2 docs/letter.txt',
    ]);
  });
});

describe('snapshots', () => {
  it('lists one whose commit is gone as damaged, and the others', async () => {
    const { vault } = await someHistory();
    await vault.blobs.delete('commits/000000000004');
    const listed = await allOf(snapshots(vault));
    expect(listed.map(({ sequence, damage }) => `${sequence} ${damage?.path ?? ''}`.trim())).toEqual([
      '7',
      '6',
      '5',
      '4 commits/000000000004',
      '3',
      '2',
      '1',
    ]);
    await expect(openSnapshot(vault, { type: 'sequence', sequence: 4 })).rejects.toMatchObject({ code: 'vault/damaged' });
    expect((await allOf(versionsOf(vault, 'docs/brief.txt'))).length).toBe(5);
  });

  it('lists versions newest first, and those that are damaged with what is wrong', async () => {
    const { vault } = await someHistory();
    await vault.blobs.put('commits/000000000004', Buffer.from('damaged'));
    const listed = await allOf(snapshots(vault));
    expect(listed.map(({ sequence }) => sequence)).toEqual([7, 6, 5, 4, 3, 2, 1]);
    expect(listed.filter(({ damage }) => damage !== undefined)).toMatchObject([{ sequence: 4, damage: { path: 'commits/000000000004' } }]);
    expect(listed[0]?.commit?.changes).toMatchObject({ deleted: 1, paths: [{ mark: '-', path: 'docs/brief.txt' }] });
  });
});
