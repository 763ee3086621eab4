import type { Entry } from '@cloudsync/engine';
import { CancelFlag } from './cancel-flag.ts';
import { prepareCopy, publishCopy } from './copy-file.ts';
import { LocalFolder } from './local-folder.ts';
import { RealFolders } from './real-folders.ts';

/**
 * Makes, copies, renames and deletes below the read-only folder `locked` of ROOT, without the rights of root, and prints
 * what came of each step: `node change-as-nobody ROOT UID`.
 */
const [root = '', uid = ''] = process.argv.slice(2);
const storage = new LocalFolder(root, { trash: false });
if (process.getuid?.() === 0) process.setuid?.(Number(uid));

async function attempt(step: string, work: () => unknown): Promise<void> {
  try {
    await work();
    console.log(step, 'done');
  } catch (error) {
    console.log(step, (error as { code: string }).code);
  }
}

async function* content(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('text');
}

const see = async (path: string): Promise<Entry> => (await storage.stat(path)) as Entry;
const receiver = { root, folders: new RealFolders(root), trash: undefined, modes: true, follow: false, umask: 0o22 };
const context = { giver: { root, follow: false, cancel: new CancelFlag() }, receiver, onBytes: () => undefined };

await attempt('upload', () =>
  storage.upload({ path: 'locked/new', kind: 'file', size: 4, mtimeMs: 0, mode: 0o444 }, content(), { expected: undefined }),
);
await attempt('copy', async () => {
  const job = { from: await see('file'), to: { ...(await see('file')), path: 'locked/copy' }, expected: undefined };
  publishCopy(job, prepareCopy(job, context, true), context);
});
await attempt('folder', () =>
  storage.upload({ path: 'locked/folder', kind: 'folder', size: 0, mtimeMs: 0, mode: 0o555 }, undefined, { expected: undefined }),
);
await attempt('rename', async () => storage.rename(await see('locked/new'), 'locked/folder/moved', { expected: undefined }));
await attempt('delete', async () => storage.delete(await see('locked/copy')));
await attempt('foreign', () =>
  storage.upload({ path: 'foreign/new', kind: 'file', size: 4, mtimeMs: 0 }, content(), { expected: undefined }),
);
