// Joins the compiled command, its packages and its threads into a few files: start-up is felt on every command, and
// loading two hundred small modules costs more than all else that a sync with nothing to do has to do (docs/decisions).
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const packages = fileURLToPath(new URL('../..', import.meta.url));
const target = join(packages, 'cli/bundle');

/** Threads are started by file name, beside the code that starts them (storages/src/local/worker-url.ts). */
const threads = ['storages/dist/local', 'content/dist/ingest', 'content/dist/restore']
  .map((folder) => join(packages, folder))
  .flatMap((folder) => readdirSync(folder).flatMap((name) => (name.endsWith('-worker.js') ? join(folder, name) : [])));

const input: Record<string, string> = { cloudsync: join(packages, 'cli/dist/cloudsync.js') };
for (const thread of threads) input[basename(thread, '.js')] = thread;

/** commander could run commands that are programs of their own. We have none, and loading the module costs some milliseconds. */
const withoutPrograms = {
  name: 'without-programs',
  resolveId: (id: string, importer: string | undefined) =>
    id === 'node:child_process' && importer?.includes('/commander/') === true ? '\0no-child-process' : null,
  load: (id: string) => (id === '\0no-child-process' ? 'export default undefined;' : null),
};

/** Loaded where they are: a watcher with a native part, and the server, which one command starts and which is bigger than all the rest. */
const external = [/^@parcel\/watcher/, '@cloudsync/server', 'bufferutil', 'utf-8-validate'];

const bundle = await rolldown({ platform: 'node', input, external, plugins: [withoutPrograms] });
mkdirSync(target, { recursive: true });
const fresh = mkdtempSync(join(target, 'fresh-'));
// CommonJS: with ES modules Node makes a facade of each of its own modules, which loads much that nobody needs.
await bundle.write({ dir: fresh, format: 'cjs', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' });
writeFileSync(join(fresh, 'package.json'), '{ "type": "commonjs" }\n');
publish();

/**
 * Puts the new files in place of the old, those last that name others: a command that starts meanwhile finds one bundle or the other, whole.
 * What it may still load of the old one stays for an hour.
 */
function publish(): void {
  const names = readdirSync(fresh);
  const isEntry = (name: string): boolean => name.replace(/\.js$/, '') in input;
  for (const name of [...names.filter((each) => !isEntry(each)), ...names.filter(isEntry)])
    renameSync(join(fresh, name), join(target, name));
  const hourAgo = Date.now() - 3_600_000;
  for (const name of readdirSync(target)) {
    const file = join(target, name);
    if (!names.includes(name) && statSync(file).mtimeMs < hourAgo) rmSync(file, { recursive: true });
  }
  rmSync(fresh, { recursive: true });
}
