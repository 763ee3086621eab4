import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudSync, type FolderSync } from '@cloudsync/sdk';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { bigContent } from '../storage-contract/reading.ts';
import { liveServer } from './live-server.ts';

const server = liveServer();
afterAll(async () => (await server).close());

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A folder of its own that is kept the same as a workspace. */
interface Device {
  readonly folder: string;
  readonly client: CloudSync;
  readonly sync: FolderSync;
}

async function device(workspace: string, name: string): Promise<Device> {
  const { endpoint, apiKey } = await server;
  const home = await mkdtemp(join(tmpdir(), 'cloudsync-device-'));
  closing.push(() => rm(home, { recursive: true, force: true }));
  const folder = join(home, name);
  await mkdir(folder);
  const client = new CloudSync({ apiKey, endpoint, device: { id: `device-${name}`, name }, sync: { mode: 'realtime' } });
  closing.push(() => client.close());
  return { folder, client, sync: await client.sync(folder, workspace) };
}

/** Resolves when a device has brought over something after which the check holds. */
async function until({ client }: Device, check: () => Promise<boolean>): Promise<void> {
  while (!(await check())) {
    await new Promise<void>((resolve) => {
      const stop = client.on('sync:complete', () => {
        stop();
        resolve();
      });
      // It may have come between the check and the listening.
      void check().then((holds) => {
        if (holds) resolve();
      });
    });
  }
}

async function contentOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  return files.filter((path) => !/(^|\/)(\.sync_|\.cloudsync-)/.test(path)).sort();
}

describe('two folders through one server', { timeout: 60_000 }, () => {
  it('edits, new folders, renames and deletions arrive on the other side, in both directions', async () => {
    const workspace = await (await server).newWorkspace();
    const a = await device(workspace, 'a');
    const b = await device(workspace, 'b');
    await writeFile(join(a.folder, 'note.txt'), 'from a');
    await until(b, async () => (await contentOf(join(b.folder, 'note.txt'))) === 'from a');
    await mkdir(join(b.folder, 'deep/er'), { recursive: true });
    await writeFile(join(b.folder, 'deep/er/file.txt'), 'from b');
    await until(a, async () => (await contentOf(join(a.folder, 'deep/er/file.txt'))) === 'from b');
    await rename(join(a.folder, 'deep'), join(a.folder, 'renamed'));
    await until(b, async () => (await contentOf(join(b.folder, 'renamed/er/file.txt'))) === 'from b');
    await rm(join(b.folder, 'note.txt'));
    await until(a, async () => (await contentOf(join(a.folder, 'note.txt'))) === undefined);
    expect(await filesIn(a.folder)).toEqual(['renamed/er/file.txt']);
    expect(await filesIn(b.folder)).toEqual(['renamed/er/file.txt']);
  });

  it('many files at once arrive all; of a large file that changes only the changed part travels', async () => {
    const workspace = await (await server).newWorkspace();
    const a = await device(workspace, 'a');
    const large = bigContent();
    await writeFile(join(a.folder, 'large'), large);
    await mkdir(join(a.folder, 'many'));
    for (let at = 0; at < 500; at++) await writeFile(join(a.folder, 'many', `f${at}`), `content ${at}`);
    await writeFile(join(a.folder, 'empty'), '');
    const b = await device(workspace, 'b');
    const same = async (): Promise<boolean> => (await filesIn(b.folder)).length === 502;
    await until(b, same);
    for (let at = 0; at < 500; at += 99) expect(await contentOf(join(b.folder, 'many', `f${at}`))).toBe(`content ${at}`);
    const before = { a: a.sync.traffic.sentBytes, b: b.sync.traffic.receivedBytes };
    const edited = Buffer.concat([large.subarray(0, 1_000_000), Buffer.from('inserted'), large.subarray(1_000_000)]);
    await writeFile(join(a.folder, 'large.new'), edited);
    await rename(join(a.folder, 'large.new'), join(a.folder, 'large'));
    await until(b, async () => Buffer.compare(await readFile(join(b.folder, 'large')), edited) === 0);
    expect(await filesIn(b.folder)).toEqual(await filesIn(a.folder));
    expect(a.sync.traffic.sentBytes - before.a).toBeLessThan(large.length / 4);
    expect(b.sync.traffic.receivedBytes - before.b).toBeLessThan(large.length / 4);
  });

  it('two edits of one file while one of them is away: with keep-both nothing is lost', async () => {
    const workspace = await (await server).newWorkspace();
    const a = await device(workspace, 'a');
    await writeFile(join(a.folder, 'f.bin'), 'one');
    const b = await device(workspace, 'b');
    await until(b, async () => (await contentOf(join(b.folder, 'f.bin'))) === 'one');
    await b.sync.stop();
    await writeFile(join(b.folder, 'f.bin'), Buffer.from([0, 1, 2, 0, 98]));
    await writeFile(join(a.folder, 'f.bin'), Buffer.from([0, 1, 2, 0, 97, 97]));
    await until(a, async () => (await a.client.files.stat(workspace, 'f.bin')).size === 6);
    const conflicts: string[] = [];
    b.client.on('sync:conflict', ({ path }) => conflicts.push(path));
    const again = await b.client.sync(b.folder, workspace, { conflictResolution: 'keep-both' });
    expect(conflicts).toEqual(['f.bin']);
    const contents = await Promise.all((await filesIn(b.folder)).map((path) => readFile(join(b.folder, path))));
    expect(contents.map((bytes) => bytes.at(-1)).sort()).toEqual([97, 98]);
    await again.stop();
  });
});
