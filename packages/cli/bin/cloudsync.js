#!/usr/bin/env node
// Starts the built command on Node 24 or newer. An older Node must be able to read this file, so it stays plain ES2018.
// It is CommonJS, and loads only what it needs: start-up is felt on every command (docs/decisions/bundled-command.md).
const { existsSync } = require('node:fs');
const { dirname, join } = require('node:path');

const NODE_MAJOR_MIN = 24;
const built = join(__dirname, '../bundle/cloudsync.js');

if (Number.parseInt(process.versions.node, 10) < NODE_MAJOR_MIN) startOnInstalledNode();
else if (existsSync(built)) require(built);
else fail(`cloudsync is not built yet; run \`npm ci && npm run build\` in ${join(__dirname, '../../..')}`);

/** The `node` package, which `npm ci` installs beside us, carries a Node that is new enough. */
function startOnInstalledNode() {
  const node = installedNode();
  if (node === undefined) {
    fail(`cloudsync needs Node ${NODE_MAJOR_MIN} or newer, and this is ${process.version}; install a newer one (https://nodejs.org)`);
    return;
  }
  const { spawn } = require('node:child_process');
  const { constants } = require('node:os');
  const { isatty } = require('node:tty');
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
    const folder = dirname(require.resolve('node/package.json'));
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
