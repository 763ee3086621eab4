import type { Storage } from '@cloudsync/engine';
import { readAll, textOf } from '../content.ts';
import type { Disk } from '../strict-storage/disk.ts';

/** A tree as people see it: what each path holds. Folders are marked. */
export type TreeView = ReadonlyMap<string, string>;

const FOLDER = '(folder)';

export function viewOfDisk(disk: Disk): TreeView {
  const view = new Map<string, string>();
  for (const { path, node } of disk.all()) view.set(path, node.kind === 'file' ? textOf(node.bytes) : FOLDER);
  return view;
}

/** @throws what reading throws: every content is read */
export async function viewOfStorage(storage: Storage): Promise<TreeView> {
  const view = new Map<string, string>();
  for await (const { entries = [] } of storage.list({ ignore: [], tombstones: true }))
    for (const entry of entries) view.set(entry.path, entry.kind === 'file' ? textOf(await readAll(storage.download(entry))) : FOLDER);
  return view;
}

export function contentsOf(view: TreeView): string[] {
  return [...view.values()].filter((content) => content !== FOLDER);
}

/** What is in one and not in the other, for people. */
export function differenceOf(a: TreeView, b: TreeView): string {
  const lines: string[] = [];
  for (const path of new Set([...a.keys(), ...b.keys()]))
    if (a.get(path) !== b.get(path)) lines.push(`${path}: ${shown(a.get(path))} / ${shown(b.get(path))}`);
  return lines.join('; ');
}

function shown(content: string | undefined): string {
  return content === undefined ? 'nothing' : content.slice(0, 40).trim();
}
