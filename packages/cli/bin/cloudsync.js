#!/usr/bin/env node
// Starts the built command on Node 24 or newer. An older Node must be able to read this file, so it stays plain ES2018.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { isatty } from 'node:tty';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR_MIN = 24;
const built = new URL('../bundle/cloudsync.js', import.meta.url);

if (Number.parseInt(process.versions.node, 10) < NODE_MAJOR_MIN) startOnInstalledNode();
else if (existsSync(built)) import(built.href);
else fail(`cloudsync is not built yet; run \`npm ci && npm run build\` in ${fileURLToPath(new URL('../../..', import.meta.url))}`);

/** The `node` package, which `npm ci` installs beside us, carries a Node that is new enough. */
function startOnInstalledNode() {
  const node = installedNode();
  if (node === undefined) {
    fail(`cloudsync needs Node ${NODE_MAJOR_MIN} or newer, and this is ${process.version}; install a newer one (https://nodejs.org)`);
    return;
  }
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit' });
  // Ctrl-C in a terminal reaches both processes, and a second one would mean "stop at once": only pass on what came to us alone.
  process.on('SIGINT', () => {
    if (![0, 1, 2].some((descriptor) => isatty(descriptor))) child.kill('SIGINT');
  });
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(`cloudsync could not start ${node}: ${error.message}`));
  child.on('exit', (code, signal) => {
    process.exitCode = signal === null ? code : 128 + constants.signals[signal];
  });
}

function installedNode() {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('node/package.json'));
    const file = join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    return existsSync(file) ? file : undefined;
  } catch {
    return undefined;
  }
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}
