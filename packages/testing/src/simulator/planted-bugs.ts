import type { Entry, ListBatch, ListOptions, StateDirectory, Storage } from '@cloudsync/engine';
import { bytesOf, readAll, sha256, streamOf } from '../content.ts';
import type { Random } from '../random.ts';
import { Disk, POSIX_DISK } from '../strict-storage/disk.ts';
import type { StrictStorage } from '../strict-storage/strict-storage.ts';
import type { FileNode } from '../strict-storage/tree.ts';
import type { Plant } from './plants.ts';
import type { Scenario, SideSetup } from './scenario.ts';
import { isInterim } from './view.ts';

const PLAIN_SIDE: SideSetup = {
  traits: POSIX_DISK,
  storage: { scans: true, hashes: 'asked', canRename: true, canUpdate: true, canCopy: false },
};

/** Two plain folders, no faults: what goes wrong is the planted bug. */
const PLAIN: Partial<Scenario> = {
  mode: 'two-way',
  comparison: 'hash-then-mtime',
  resolution: 'newest-wins',
  initial: 'merge',
  maxDelete: 'off',
  ignore: [],
  ignoreFiles: false,
  sides: { source: PLAIN_SIDE, destination: PLAIN_SIDE },
  faults: {},
  withoutHashes: false,
  initialActs: 8,
};

/** A storage that does everything as `inner` does, except what `changes` say. */
function altered(inner: StrictStorage, changes: Partial<Storage>): Storage {
  const { url, abilities, rename, update, hash } = inner;
  return {
    url,
    abilities,
    identity: () => inner.identity(),
    list: (options) => inner.list(options),
    stat: (path) => inner.stat(path),
    download: (entry, options) => inner.download(entry, options),
    upload: (entry, content, options) => inner.upload(entry, content, options),
    delete: (entry, options) => inner.delete(entry, options),
    flush: () => inner.flush(),
    ...(rename === undefined ? {} : { rename }),
    ...(update === undefined ? {} : { update }),
    ...(hash === undefined ? {} : { hash }),
    ...changes,
  };
}

/** A listing that changes the attributes of what it lists, as a careless scanner that opens files would. */
async function* touchingList(storage: StrictStorage, options: ListOptions): AsyncGenerator<ListBatch> {
  yield* storage.list(options);
  const [first] = storage.disk.all();
  if (first !== undefined) storage.disk.setAttributes(first.path, { mtimeMs: first.node.mtimeMs }, 'engine');
}

/** Now and then a listing leaves out a file. */
async function* flappingList(storage: StrictStorage, options: ListOptions): AsyncGenerator<ListBatch> {
  const omits = ++listings % 5 === 0;
  for await (const batch of storage.list(options)) {
    const rows = batch.rows?.split('\n') ?? [];
    yield omits && rows.length > 1 ? { ...batch, rows: rows.slice(1).join('\n'), files: Math.max(0, batch.files - 1) } : batch;
  }
}
let listings = 0;

class ForgetfulDisk extends Disk {
  protected override keepsTrash(): boolean {
    return false;
  }
}

/** Names become durable before contents do. */
class HastyDisk extends Disk {
  protected override survivingBytes(file: FileNode, random: Random): Uint8Array {
    return this.isFlushed(file) || random.chance(0.5) ? file.bytes : file.bytes.slice(0, random.below(file.bytes.length + 1));
  }
}

const forgetfulState = (directory: StateDirectory): StateDirectory => ({
  read: () => undefined,
  write: (name, chunks, options) => directory.write(name, chunks, options),
  append: (name, text) => directory.append(name, text),
  remove: (name) => directory.remove(name),
  setAside: (name, reason) => directory.setAside(name, reason),
});

/** One bug for every check of the simulator. */
export const PLANTED_BUGS: readonly Plant[] = [
  {
    check: 'no invented content',
    bug: 'a file gets its name before its content is on disk',
    scenario: PLAIN,
    makeDisk: (options) => new HastyDisk(options),
  },
  {
    check: 'both sides equal',
    bug: 'an upload writes what the last upload brought, and reports what it should have written',
    scenario: PLAIN,
    connect: ({ storages: { destination } }) => {
      let last = bytesOf('');
      return {
        destination: altered(destination, {
          upload: async (entry, content, options) => {
            if (content === undefined || entry.size === 0) return destination.upload(entry, content, options);
            const bytes = await readAll(content);
            const wrong = last.length === 0 ? bytes : last;
            last = bytes;
            const written = await destination.upload({ ...entry, size: wrong.length, hash: undefined }, streamOf(wrong), options);
            return { ...written, hash: sha256(bytes) };
          },
        }),
      };
    },
  },
  {
    check: 'no invented content',
    bug: 'an upload is cut short and nobody notices',
    scenario: PLAIN,
    connect: ({ storages: { destination } }) => ({
      destination: altered(destination, {
        upload: async (entry, content, options) => {
          if (content === undefined || entry.size < 2) return destination.upload(entry, content, options);
          const bytes = await readAll(content);
          const half = bytes.subarray(0, bytes.length >> 1);
          const written = await destination.upload({ ...entry, size: half.length, hash: undefined }, streamOf(half), options);
          return { ...written, hash: sha256(bytes) };
        },
      }),
    }),
  },
  {
    check: 'nothing lost',
    bug: 'what is replaced or deleted does not go to the trash',
    scenario: { ...PLAIN, resolution: 'source-wins' },
    makeDisk: (options) => new ForgetfulDisk(options),
  },
  {
    check: 'only trash',
    bug: 'a rename puts the file into the trash instead',
    scenario: PLAIN,
    connect: ({ storages: { destination }, disks }) => ({
      destination: altered(destination, {
        rename: async (from, toPath) => {
          disks.destination.remove(from.path, 'engine');
          return { ...from, path: toPath };
        },
      }),
    }),
  },
  {
    check: 'every act arrives',
    bug: 'a delete says that it was done and does nothing',
    scenario: PLAIN,
    connect: ({ storages: { destination } }) => ({ destination: altered(destination, { delete: () => Promise.resolve() }) }),
  },
  {
    check: 'every act arrives',
    bug: 'a rename makes the new name and forgets to remove the old one',
    scenario: PLAIN,
    connect: ({ storages: { destination }, disks }) => ({
      destination: altered(destination, {
        rename: async (from, toPath, options) => {
          const node = disks.destination.find(from.path)?.node;
          if (node?.kind !== 'file') return destination.rename?.(from, toPath, options) as Promise<Entry>;
          disks.destination.put(toPath, { kind: 'file', bytes: node.bytes, mtimeMs: node.mtimeMs, mode: node.mode }, 'engine');
          return disks.destination.entry(toPath) as Entry;
        },
      }),
    }),
  },
  {
    check: 'plan empty',
    bug: 'a listing leaves out a file now and then',
    scenario: PLAIN,
    connect: ({ storages: { destination } }) => ({
      destination: altered(destination, { list: (options) => flappingList(destination, options) }),
    }),
  },
  {
    check: 'dry run is the plan',
    bug: 'a listing leaves out a file now and then',
    scenario: PLAIN,
    connect: ({ storages: { destination } }) => ({
      destination: altered(destination, { list: (options) => flappingList(destination, options) }),
    }),
  },
  {
    check: 'state settled',
    bug: 'the state is written and never read',
    scenario: PLAIN,
    connect: ({ directory }) => ({ directory: forgetfulState(directory) }),
  },
  {
    check: 'dry run changes nothing',
    bug: 'a listing touches what it lists',
    scenario: PLAIN,
    connect: ({ storages: { source } }) => ({ source: altered(source, { list: (options) => touchingList(source, options) }) }),
  },
  {
    check: 'guard changes nothing',
    bug: 'a listing touches what it lists',
    scenario: { ...PLAIN, maxDelete: { files: 0 } },
    connect: ({ storages: { source } }) => ({ source: altered(source, { list: (options) => touchingList(source, options) }) }),
  },
  {
    check: 'giver untouched',
    bug: 'a listing touches what it lists',
    scenario: { ...PLAIN, mode: 'source-to-destination' },
    connect: ({ storages: { source } }) => ({ source: altered(source, { list: (options) => touchingList(source, options) }) }),
  },
  {
    check: 'ignored untouched',
    bug: 'ignored files are taken along when everything else is done',
    scenario: { ...PLAIN, ignore: ['*.txt'] },
    connect: ({ storages: { destination }, disks }) => ({
      destination: altered(destination, {
        flush: () => {
          const ignored = [...disks.source.all()].find(({ path, node }) => node.kind === 'file' && /^[^/]*\.txt$/.test(path));
          if (ignored?.node.kind === 'file') disks.destination.put(ignored.path, { kind: 'file', bytes: ignored.node.bytes }, 'engine');
          return destination.flush();
        },
      }),
    }),
  },
  {
    check: 'nothing outside',
    bug: 'a path is joined to the wrong folder',
    scenario: PLAIN,
    connect: ({ storages: { destination } }) => ({
      destination: altered(destination, {
        upload: (entry, content, options) => destination.upload({ ...entry, path: `../${entry.path}` }, content, options),
      }),
    }),
  },
  {
    check: 'no leftovers',
    bug: 'an upload leaves its temporary file',
    scenario: PLAIN,
    connect: ({ storages: { destination }, disks }) => ({
      destination: altered(destination, {
        upload: (entry, content, options) => {
          disks.destination.put('.cloudsync-tmp-left', { kind: 'file', bytes: bytesOf('') }, 'engine');
          return destination.upload(entry, content, options);
        },
      }),
    }),
  },
  {
    check: 'no leftovers',
    bug: 'the last rename of a swap says that it was done and does nothing',
    scenario: PLAIN,
    connect: ({ storages: { destination } }) => ({
      destination: altered(destination, {
        rename: async (from, toPath, options) =>
          isInterim(from.path) ? { ...from, path: toPath } : (destination.rename?.(from, toPath, options) as Promise<Entry>),
      }),
    }),
  },
  {
    check: 'state vouches for what is there',
    bug: 'flush returns without having flushed',
    scenario: PLAIN,
    connect: ({ storages: { source, destination } }) => ({
      source: altered(source, { flush: () => Promise.resolve() }),
      destination: altered(destination, { flush: () => Promise.resolve() }),
    }),
  },
  {
    check: 'no failures after healing',
    bug: 'a storage never takes a file again that it once refused',
    scenario: PLAIN,
    connect: ({ storages: { destination } }) => ({
      destination: altered(destination, {
        upload: (entry, content, options) =>
          destination.upload(entry.kind === 'file' ? { ...entry, size: entry.size + 1 } : entry, content, options),
      }),
    }),
  },
  {
    check: 'engine never throws',
    bug: 'something other than a SyncError is thrown',
    scenario: PLAIN,
    connect: ({ storages: { source } }) => ({ source: altered(source, { flush: () => Promise.reject(new TypeError('planted')) }) }),
  },
  {
    check: 'engine never throws',
    bug: 'a promise is rejected and nobody awaits it',
    scenario: PLAIN,
    connect: ({ storages: { source } }) => ({
      source: altered(source, {
        flush: () => {
          void Promise.reject(new Error('planted'));
          return source.flush();
        },
      }),
    }),
  },
  {
    check: 'engine never hangs',
    bug: 'a flush never returns',
    scenario: PLAIN,
    connect: ({ storages: { source } }) => ({ source: altered(source, { flush: () => new Promise(() => undefined) }) }),
  },
];
