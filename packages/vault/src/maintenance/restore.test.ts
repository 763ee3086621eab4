import { type ChunkRef, decodeChunkId, packName } from '@cloudsync/content';
import type { Storage } from '@cloudsync/engine';
import { describe, expect, it } from 'vitest';
import { readContent } from '../content/read-content.ts';
import type { FileRow, Row } from '../tree/row.ts';
import { type RestoreInPlaceOptions, restoreInPlace } from './restore-in-place.ts';
import { restoreTo } from './restore-to.ts';
import { treeOf } from './snapshots.ts';
import { collect, noise, TestVault, type Writer } from './vault.test.support.ts';
import { parseVersion } from './version-reference.ts';

/** Version 2: docs with three things. 3: one changed, one renamed away, one new. */
async function twoVersions(): Promise<{ test: TestVault; writer: Writer }> {
  const test = await TestVault.make();
  const writer = await test.writer();
  await writer.folder('docs', 0o750);
  await writer.write('docs/a', noise('a', 40_000));
  await writer.write('docs/b', 'b', { mode: 0o755 });
  await writer.symlink('docs/link', 'a');
  await writer.write('other', 'other');
  await writer.commit();
  await writer.write('docs/a', 'changed');
  await writer.rename('docs/b', 'moved');
  await writer.write('docs/new', 'new');
  await writer.commit();
  return { test, writer };
}

async function shown({ vault }: Writer, within = ''): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const rows of vault.tree().rows({ within })) {
    for (const row of rows) found[row.path] = row.kind === 'file' ? `${row.size}` : row.kind;
  }
  return found;
}

async function restore(
  writer: Writer,
  test: TestVault,
  path: string,
  version: string,
  more: Partial<RestoreInPlaceOptions> = {},
): ReturnType<typeof restoreInPlace> {
  const restored = await restoreInPlace(writer.vault, { path, version: parseVersion(version), author: test.author('restorer'), ...more });
  await writer.begin();
  return restored;
}

describe('restoreInPlace', () => {
  it('makes an older version of a file the newest; no content moves', async () => {
    const { test, writer } = await twoVersions();
    const packs = [...(await test.contents())].filter(([name]) => name.startsWith('packs/'));
    const before = await writer.vault.tree().get('docs/a');
    expect(await restore(writer, test, 'docs/a', '2')).toEqual({ from: 2, sequence: 4, restored: 1, deleted: 0 });
    const row = (await writer.vault.tree().get('docs/a')) as Row & { kind: 'file' };
    expect((await collect(readContent(writer.vault.chunks, row))).equals(noise('a', 40_000))).toBe(true);
    expect(row.id).toBe(before?.id);
    expect(row.vector).not.toBe(before?.vector);
    expect(writer.vault.head?.commit).toMatchObject({
      kind: 'restore',
      snapshots: [1, 2, 3, 4],
      changes: { modified: 1, paths: [{ mark: '~', path: 'docs/a' }] },
    });
    const packsNow = [...(await test.contents())].filter(([name]) => name.startsWith('packs/'));
    const written = packsNow.filter(([name]) => !packs.some(([known]) => known === name));
    expect(written.reduce((sum, [, { length }]) => sum + length, 0)).toBeLessThan(2000);
  });

  it('makes a folder what it was: what came since goes, what was renamed away comes back as another file', async () => {
    const { test, writer } = await twoVersions();
    expect(await restore(writer, test, 'docs', '@2'.slice(1))).toMatchObject({ restored: 2, deleted: 1 });
    expect(await shown(writer)).toEqual({
      docs: 'folder',
      'docs/a': '40000',
      'docs/b': '1',
      'docs/link': 'symlink',
      moved: '1',
      other: '5',
    });
    const ids = await Promise.all(['docs/b', 'moved'].map(async (path) => (await writer.vault.tree().get(path))?.id));
    expect(new Set(ids).size).toBe(2);
    expect(await writer.vault.tree().get('docs/new')).toMatchObject({ kind: 'tombstone', sequence: 4 });
  });

  it('keeps what came since, when asked to', async () => {
    const { test, writer } = await twoVersions();
    expect(await restore(writer, test, 'docs', '2', { keepNewer: true })).toMatchObject({ restored: 2, deleted: 0 });
    expect(await shown(writer, 'docs')).toMatchObject({ 'docs/new': '3', 'docs/a': '40000' });
  });

  it('takes everything back, renames included', async () => {
    const { test, writer } = await twoVersions();
    const before = await treeOf(writer.vault, (await writer.vault.log.read(2)).commit).get('docs/b');
    await restore(writer, test, '', '-1');
    expect(await shown(writer)).toEqual({ docs: 'folder', 'docs/a': '40000', 'docs/b': '1', 'docs/link': 'symlink', other: '5' });
    expect((await writer.vault.tree().get('docs/b'))?.id).toBe(before?.id);
    expect(writer.vault.head?.commit.changes).toMatchObject({ modified: 1, renamed: 1, deleted: 1 });
  });

  it('brings back what was deleted, with the folders above it', async () => {
    const { test, writer } = await twoVersions();
    for (const path of ['docs/a', 'docs/link', 'docs/new', 'docs']) await writer.remove(path);
    await writer.commit();
    await restore(writer, test, 'docs/a', '2');
    expect(await shown(writer)).toEqual({ docs: 'folder', 'docs/a': '40000', moved: '1', other: '5' });
  });

  it('commits nothing when all is as it was', async () => {
    const { test, writer } = await twoVersions();
    expect(await restore(writer, test, 'other', '2')).toEqual({ from: 2, sequence: undefined, restored: 0, deleted: 0 });
  });

  it('puts a file in the place of what is a folder now, and refuses below what is a file now', async () => {
    const { test, writer } = await twoVersions();
    await writer.remove('other');
    await writer.folder('other');
    await writer.write('other/inside', 'x');
    await writer.commit();
    await restore(writer, test, 'other', '2', { keepNewer: true });
    expect(await shown(writer, 'other')).toEqual({ other: '5' });
    await expect(restore(writer, test, 'other/inside', '4')).rejects.toMatchObject({ code: 'path/name-collision' });
  });

  it('says so when the version has no such path, or when there is no such version', async () => {
    const { test, writer } = await twoVersions();
    await expect(restore(writer, test, 'nothing', '2')).rejects.toMatchObject({ code: 'storage/not-found' });
    await expect(restore(writer, test, 'other', '9')).rejects.toMatchObject({ code: 'vault/no-such-version' });
  });
});

describe('restoreTo', () => {
  async function target(): Promise<Writer & { readonly storage: Storage }> {
    return (await TestVault.make()).writer('target');
  }

  it('writes a whole version, with modes and mtimes', async () => {
    const { writer } = await twoVersions();
    const to = await target();
    const report = await restoreTo(writer.vault, to.storage, { path: '', version: parseVersion('2') });
    expect(report).toEqual({ from: 2, files: 3, folders: 1, symlinks: 1, bytes: 40_006, unchanged: 0, problems: [] });
    const before = treeOf(writer.vault, (await writer.vault.log.read(2)).commit);
    for (const path of ['docs', 'docs/a', 'docs/b', 'docs/link', 'other']) {
      const { kind, mode, mtimeMs } = (await before.get(path)) as Row & { mode?: number };
      expect(await to.storage.stat(path)).toMatchObject({ kind, mode, mtimeMs });
    }
  });

  it('writes a file or folder under its own name', async () => {
    const { writer } = await twoVersions();
    const to = await target();
    expect(await restoreTo(writer.vault, to.storage, { path: 'docs/b', version: parseVersion('2') })).toMatchObject({ files: 1 });
    expect(await to.storage.stat('b')).toMatchObject({ kind: 'file', mode: 0o755 });
    expect(await restoreTo(writer.vault, to.storage, { path: 'docs', version: parseVersion('2') })).toMatchObject({ files: 2, folders: 1 });
    await expect(restoreTo(writer.vault, to.storage, { path: 'no', version: parseVersion('2') })).rejects.toMatchObject({
      code: 'storage/not-found',
    });
  });

  it('leaves alone what is there with other content, unless it is told to', async () => {
    const { writer } = await twoVersions();
    const to = await target();
    await restoreTo(writer.vault, to.storage, { path: '', version: parseVersion('2') });
    await to.write('other', 'precious');
    const options = { path: '', version: parseVersion('2') };
    const report = await restoreTo(writer.vault, to.storage, options);
    expect(report).toMatchObject({ files: 0, folders: 0, unchanged: 4, problems: [{ path: 'other', code: 'storage/exists' }] });
    expect((await to.storage.stat('other'))?.size).toBe(8);
    expect(await restoreTo(writer.vault, to.storage, { ...options, overwrite: true })).toMatchObject({ files: 1, problems: [] });
    expect((await to.storage.stat('other'))?.size).toBe(5);
  });

  it('goes on past a damaged file, and says which', async () => {
    const { test, writer } = await twoVersions();
    const { index } = writer.vault.chunks;
    const lost = (await writer.vault.tree().get('other')) as FileRow & { content: { chunks: readonly ChunkRef[] } };
    const { pack, segment } = index.place(index.find(decodeChunkId(lost.content.chunks[0]?.id ?? '')));
    const bytes = await test.blobs.get(packName(pack.salt));
    bytes[segment.sealedOffset] = (bytes[segment.sealedOffset] as number) ^ 1;
    await test.blobs.put(packName(pack.salt), bytes);
    const to = await target();
    const report = await restoreTo(await test.open(), to.storage, { path: '', version: parseVersion('latest') });
    expect(report.problems).toContainEqual({
      path: 'other',
      code: 'content/damaged',
      message: expect.stringContaining(packName(pack.salt)),
    });
    expect(report.files + report.problems.length).toBe(4);
    expect(await to.storage.stat('other')).toBeUndefined();
    expect(await to.storage.stat('docs/a')).toMatchObject({ size: 7 });
  });

  it('stops when it is cancelled', async () => {
    const { writer } = await twoVersions();
    const to = await target();
    const signal = AbortSignal.abort();
    await expect(restoreTo(writer.vault, to.storage, { path: '', version: parseVersion('2'), signal })).rejects.toMatchObject({
      code: 'sync/cancelled',
    });
  });
});
