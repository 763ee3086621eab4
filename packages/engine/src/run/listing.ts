import type { Entry } from '../model/entry.ts';
import { SyncError } from '../model/error.ts';
import { IGNORE_FILE, IgnoreRules, isOwnName } from '../model/ignore.ts';
import { ancestorsOf, comparePaths, isWithin, joinPath, nameOf, parentOf } from '../model/path.ts';
import type { ListBatch, ListNote, ListOptions, Storage } from '../storage.ts';

const IGNORE_FILE_BYTES_MAX = 1024 * 1024;

/** Lists a storage in path order with ignore rules applied: by itself where it can, here where it cannot. */
export async function* listInOrder(storage: Storage, options: ListOptions): AsyncGenerator<ListBatch> {
  if (storage.abilities.scans) {
    yield* storage.list(options);
    return;
  }
  const entries: Entry[] = [];
  const notes: ListNote[] = [];
  for await (const batch of storage.list(options)) {
    for (const entry of batch.entries ?? []) if (!isOurs(entry.path)) entries.push(entry);
    notes.push(...(batch.notes ?? []));
  }
  entries.sort((a, b) => comparePaths(a.path, b.path));
  const rules = new IgnoreRules(options.ignore);
  const ignoreFiles = entries.filter(({ path }) => nameOf(path) === IGNORE_FILE);
  for (const entry of [...(await ignoreFilesAbove(storage, options.only ?? [])), ...ignoreFiles]) {
    if (entry.kind === 'file') notes.push(await readIgnoreFile(storage, entry, rules));
  }
  const kept = rules.empty ? entries : entries.filter((entry) => !isIgnored(entry, rules, notes));
  const listed = options.symlinks === 'skip' ? kept.filter((entry) => entry.kind !== 'symlink') : kept;
  yield { entries: listed, files: listed.filter((entry) => entry.kind === 'file').length, notes };
}

function isOurs(path: string): boolean {
  return isOwnName(nameOf(path)) || [...ancestorsOf(path)].some((folder) => isOwnName(nameOf(folder)));
}

function isIgnored(entry: Entry, rules: IgnoreRules, notes: ListNote[]): boolean {
  if (!rules.covers(entry.path, entry.kind === 'folder')) return false;
  notes.push({ type: 'holds-ignored', path: parentOf(entry.path) });
  return true;
}

/** The ignore files of the folders that a partial listing lies in. */
async function ignoreFilesAbove(storage: Storage, only: readonly string[]): Promise<Entry[]> {
  const folders = new Set(only.flatMap((path) => (path === '' ? [] : ['', ...ancestorsOf(path)])));
  const paths = [...folders].map((folder) => joinPath(folder, IGNORE_FILE)).filter((path) => !only.some((top) => isWithin(top, path)));
  const found = await Promise.all(paths.map((path) => storage.stat(path)));
  return found.filter((entry) => entry !== undefined);
}

/** Without its rules, ignored files would pass for synced ones: a folder whose ignore file cannot be read is not looked into. */
async function readIgnoreFile(storage: Storage, entry: Entry, rules: IgnoreRules): Promise<ListNote> {
  const { path, size } = entry;
  try {
    if (size > IGNORE_FILE_BYTES_MAX) throw new SyncError('storage/io', `${path} is larger than a mebibyte; make it smaller`, { path });
    const text = await readText(storage, entry);
    rules.addFile(path, text);
    return { type: 'ignore-file', path, text };
  } catch (error) {
    if (!SyncError.is(error) || error.code === 'sync/cancelled') throw error;
    return { type: 'unreadable', path: parentOf(path), code: error.code, message: error.message };
  }
}

async function readText(storage: Storage, entry: Entry): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of storage.download(entry)) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}
