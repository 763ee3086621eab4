import { FolderBlobStore } from './folder-blob-store.ts';

/** Writes blobs of one repeated byte until it is killed, and says which are written: `node write-blobs FOLDER links|claims`. */
const [folder = '', how] = process.argv.slice(2);
const store = new FolderBlobStore(folder, { hardLinks: how === 'links' });
for (let number = 0; ; number++) {
  const name = `packs/${number % 3}/${number}`;
  await store.create(
    name,
    Array.from({ length: 10 }, () => Buffer.alloc(50_000, number % 256)),
  );
  await store.put('replaced', Buffer.alloc(100_000, number % 256));
  console.log(name);
}
