#!/usr/bin/env node
// An older Node must be able to read this file: nothing is imported before its version is known.
const NODE_MAJOR_MIN = 24;

if (Number.parseInt(process.versions.node, 10) < NODE_MAJOR_MIN) {
  process.stderr.write(
    `cloudsync needs Node ${NODE_MAJOR_MIN} or newer, and this is ${process.version}; install a newer one (https://nodejs.org)\n`,
  );
  process.exitCode = 1;
} else {
  void start();
}

async function start(): Promise<void> {
  process.getBuiltinModule('node:module').enableCompileCache();
  const { main } = await import('./main.ts');
  process.exit(await main(process.argv.slice(2)));
}

export {};
