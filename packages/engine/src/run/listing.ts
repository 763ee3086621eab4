import type { Entry } from '../model/entry.ts';
import { IGNORE_FILE, IgnoreRules, isOwnName } from '../model/ignore.ts';
import { ancestorsOf, comparePaths, nameOf, parentOf } from '../model/path.ts';
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
  for (const entry of entries) {
    if (nameOf(entry.path) !== IGNORE_FILE || entry.kind !== 'file' || entry.size > IGNORE_FILE_BYTES_MAX) continue;
    const text = await readText(storage, entry);
    rules.addFile(entry.path, text);
    notes.push({ type: 'ignore-file', path: entry.path, text });
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

async function readText(storage: Storage, entry: Entry): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of storage.download(entry)) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}
