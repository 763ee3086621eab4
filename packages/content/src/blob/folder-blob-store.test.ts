import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FolderBlobStore } from './folder-blob-store.ts';
import { toSyncError } from './folder-error.ts';
import { removeIfAbandoned, writerToken } from './unfinished.ts';

let home: string;
let root: string;
let store: FolderBlobStore;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'cloudsync-folder-blobs-'));
  root = join(home, 'root');
  mkdirSync(root);
  store = new FolderBlobStore(root);
});

afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

const text = (name: string) => readFileSync(join(root, name), 'utf8');
const bytes = (content: string) => Buffer.from(content);
const failing = (code: string) => expect.objectContaining({ name: 'SyncError', code });

async function listed(): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of store.list('')) names.push(name);
  return names;
}

describe('files and folders', () => {
  it('are for their owner only', async () => {
    await store.create('packs/3f/a', [bytes('x')]);
    await store.put('config', bytes('x'));
    const mode = (path: string) => (statSync(join(root, path)).mode & 0o777).toString(8);
    expect(['packs', 'packs/3f', 'packs/3f/a', 'config'].map(mode)).toEqual(['700', '700', '600', '600']);
  });

  it('of others are not listed, nor followed, nor in the way', async () => {
    mkdirSync(join(root, 'Folder'));
    for (const name of ['.DS_Store', 'Thumbs.db', 'desktop.ini~']) writeFileSync(join(root, name), 'x');
    writeFileSync(join(home, 'outside'), 'x');
    symlinkSync(join(home, 'outside'), join(root, 'link'));
    symlinkSync(home, join(root, 'folder-link'));
    await store.create('config', [bytes('x')]);
    expect(await listed()).toEqual(['config']);
  });
});

describe('a read-only file system', () => {
  it('is told of as such, also where a folder is missing', async () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', root]);
    try {
      await expect(store.create('packs/3f/a', [bytes('x')])).rejects.toEqual(failing('storage/read-only'));
      await expect(store.put('config', bytes('x'))).rejects.toEqual(failing('storage/read-only'));
    } finally {
      execFileSync('umount', [root]);
    }
  });
});

describe('symlinks', () => {
  it('above a blob are not written through', async () => {
    mkdirSync(join(home, 'elsewhere'));
    symlinkSync(join(home, 'elsewhere'), join(root, 'packs'));
    await expect(store.create('packs/3f/a', [bytes('x')])).rejects.toEqual(failing('path/unsafe'));
    await expect(store.put('packs/a', bytes('x'))).rejects.toEqual(failing('path/unsafe'));
    expect(readdirSync(join(home, 'elsewhere'))).toEqual([]);
  });

  it('in the place of a blob are not read, and put replaces them', async () => {
    writeFileSync(join(home, 'outside'), 'secret');
    symlinkSync(join(home, 'outside'), join(root, 'config'));
    await expect(store.get('config')).rejects.toEqual(failing('path/unsafe'));
    expect(await store.create('config', [bytes('x')])).toBe(false);
    await store.put('config', bytes('mine'));
    expect([text('config'), readFileSync(join(home, 'outside'), 'utf8')]).toEqual(['mine', 'secret']);
  });

  it('the folder itself may be one', async () => {
    symlinkSync(root, join(home, 'link'));
    const linked = new FolderBlobStore(join(home, 'link'));
    await linked.create('packs/a', [bytes('x')]);
    expect(text('packs/a')).toBe('x');
  });
});

describe('what is no file', () => {
  it('a FIFO in the place of a blob does not hang the reader', async () => {
    execFileSync('mkfifo', [join(root, 'config')]);
    await expect(store.get('config')).rejects.toEqual(failing('path/unsafe'));
    await expect(store.getRange('config', 0, 1)).rejects.toEqual(failing('path/unsafe'));
  });

  it('a folder in the place of a blob is said', async () => {
    mkdirSync(join(root, 'config'));
    await expect(store.get('config')).rejects.toEqual(failing('path/unsafe'));
    expect(await store.create('config', [bytes('x')])).toBe(false);
  });
});

describe('a folder that is not there', () => {
  it('is no vault that lost everything', async () => {
    await store.create('config', [bytes('x')]);
    rmSync(root, { recursive: true });
    const attempts = [
      () => store.get('config'),
      () => store.create('a', []),
      () => store.put('a', bytes('x')),
      () => store.delete('config'),
      listed,
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toEqual(failing('storage/root-missing'));
    await store.flush();
  });
});

describe('what an interrupted writer leaves', () => {
  it('is removed by a listing when the writer is dead, and left when it lives', async () => {
    const dead = writerToken().replace(`-${process.pid}-`, `-${deadProcess()}-`);
    mkdirSync(join(root, 'packs'));
    writeFileSync(join(root, 'packs', `.tmp-${dead}`), 'half');
    const alive = writerToken();
    writeFileSync(join(root, 'packs', `.tmp-${alive}`), 'half');
    writeFileSync(join(root, 'packs', '.tmp-otherhost-1-0.1'), 'half');
    writeFileSync(join(root, 'packs', '.claim-a'), dead);
    writeFileSync(join(root, 'packs', '.claim-b'), writerToken());
    expect(await listed()).toEqual([]);
    const left = readdirSync(join(root, 'packs')).sort();
    expect(left).toEqual(['.claim-b', `.tmp-${alive}`, '.tmp-otherhost-1-0.1'].sort());
  });

  it('of another host is removed after a day', () => {
    const path = join(root, '.tmp-otherhost-1-0.1');
    writeFileSync(path, 'half');
    expect(removeIfAbandoned(path)).toBe(false);
    const long = Date.now() / 1000 - 25 * 3600;
    utimesSync(path, long, long);
    expect(removeIfAbandoned(path)).toBe(true);
  });
});

describe('without hard links', () => {
  beforeEach(() => {
    store = new FolderBlobStore(root, { hardLinks: false });
  });

  it('a name that another writer has claimed is a matter of trying again', async () => {
    writeFileSync(join(root, '.claim-config'), writerToken());
    await expect(store.create('config', [bytes('x')])).rejects.toMatchObject({ code: 'storage/io', retryable: true });
    expect(readdirSync(root)).toEqual(['.claim-config']);
  });

  it('the claim of a dead writer is taken over', async () => {
    writeFileSync(join(root, '.claim-config'), writerToken().replace(`-${process.pid}-`, `-${deadProcess()}-`));
    expect(await store.create('config', [bytes('x')])).toBe(true);
    expect([readdirSync(root), text('config')]).toEqual([['config'], 'x']);
  });
});

describe.each(['links', 'claims'])('a writer that is killed, by %s', (how) => {
  it('leaves whole blobs only, all that it said were written, and nothing that stays', async () => {
    for (const lines of [1, 4, 9]) {
      const written = await writeAndKill(how, lines);
      expect(written.length).toBeGreaterThanOrEqual(lines);
      const names = await listed();
      expect(names).toEqual(expect.arrayContaining(written));
      for (const name of names) {
        const blob = await store.get(name);
        expect([500_000, 100_000]).toContain(blob.length);
        expect(blob.every((byte) => byte === blob[0])).toBe(true);
      }
      const unfinished = readdirSync(root, { recursive: true }).filter((path) => /\.(tmp|claim)-/.test(String(path)));
      expect(unfinished).toEqual([]);
      rmSync(join(root, 'packs'), { recursive: true });
    }
  }, 30_000);
});

/** @returns the names that the writer said it had written */
async function writeAndKill(how: string, lines: number): Promise<string[]> {
  const script = new URL('./write-blobs.test.support.ts', import.meta.url).pathname;
  const writer = spawn(process.execPath, [script, root, how], { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = once(writer, 'close');
  const said: string[] = [];
  for await (const line of createInterface({ input: writer.stdout })) {
    said.push(line);
    if (said.length === lines) writer.kill('SIGKILL');
  }
  await gone;
  return said;
}

describe('errors of the system', () => {
  it.each([
    ['ENOSPC', 'storage/no-space', false],
    ['EDQUOT', 'storage/no-space', false],
    ['EROFS', 'storage/read-only', false],
    ['EACCES', 'storage/denied', false],
    ['ESTALE', 'storage/unreachable', true],
    ['EIO', 'storage/io', true],
    ['EWHATEVER', 'storage/io', true],
  ])('%s is %s', (errno, code, retryable) => {
    const error = Object.assign(new Error(errno), { code: errno, syscall: 'write' });
    expect(toSyncError(error, 'packs/a', 'write')).toMatchObject({
      code,
      retryable,
      path: 'packs/a',
      message: expect.stringMatching(/^cannot write packs\/a: .*;/),
    });
  });

  it('a defect of ours stays one', () => {
    const defect = new TypeError('x is not a function');
    expect(toSyncError(defect, 'packs/a', 'write')).toBe(defect);
  });
});

function deadProcess(): number {
  return spawnSync('true').pid;
}
