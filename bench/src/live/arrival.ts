import { readdirSync, readFileSync, statSync, watch } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Nothing that is measured here takes so long: it will not come. */
const GIVE_UP_MS = 15 * 60_000;
const POLL_MS = 5;
/** An event that gets lost must not end the bench. */
const LOOK_AGAIN_MS = 500;

/** Waits until a file holds just these bytes. @returns the time of it, as `performance.now()` tells */
export async function contentArrives(file: string, content: Uint8Array): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const look = (): void => {
    if (holds(file, content)) resolve(performance.now());
  };
  const watcher = watch(dirname(file), (_, name) => {
    if (name === basename(file)) look();
  });
  const again = setInterval(look, LOOK_AGAIN_MS);
  const giveUp = setTimeout(() => reject(new Error(`${file} was never what it ought to be`)), GIVE_UP_MS);
  try {
    return await promise;
  } finally {
    watcher.close();
    clearInterval(again);
    clearTimeout(giveUp);
  }
}

/** Waits until every file of `from` is in `to` with the same size. @returns the time of it, as `performance.now()` tells */
export async function treeArrives(from: string, to: string): Promise<number> {
  const wanted = sizesIn(from);
  const started = performance.now();
  for (let at = 0; at < wanted.length; ) {
    const [path, size] = wanted[at] as [string, number];
    if (statSync(join(to, path), { throwIfNoEntry: false })?.size === size) at++;
    else if (performance.now() - started > GIVE_UP_MS) throw new Error(`${join(to, path)} never came`);
    else await sleep(POLL_MS);
  }
  return performance.now();
}

/** Path and size of each file. */
function sizesIn(folder: string): [path: string, size: number][] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .map((path) => [path, statSync(join(folder, path)).size]);
}

function holds(file: string, content: Uint8Array): boolean {
  try {
    return readFileSync(file).equals(content);
  } catch {
    // Between its old and its new content a tool may take it away.
    return false;
  }
}
