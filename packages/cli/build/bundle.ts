// Joins the compiled command, its packages and its threads into a few files: start-up is felt on every command, and
// loading two hundred small modules costs more than all else that a sync with nothing to do has to do (docs/decisions).
import { readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const packages = fileURLToPath(new URL('../..', import.meta.url));
const target = join(packages, 'cli/bundle');

/** Threads are started by file name, beside the code that starts them (storages/src/local/worker-url.ts). */
const threadFolder = join(packages, 'storages/dist/local');
const threads = readdirSync(threadFolder).filter((name) => name.endsWith('-worker.js'));

const input: Record<string, string> = { cloudsync: join(packages, 'cli/dist/cloudsync.js') };
for (const name of threads) input[basename(name, '.js')] = join(threadFolder, name);

rmSync(target, { recursive: true, force: true });
const bundle = await rolldown({ platform: 'node', input, external: [/^@parcel\/watcher/] });
await bundle.write({ dir: target, format: 'esm', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' });
