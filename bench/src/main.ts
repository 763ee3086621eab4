import type { Bench } from './bench.ts';
import { contentBench } from './content/content-bench.ts';
import { devicesBench } from './live/devices-bench.ts';
import { liveBench } from './live/live-bench.ts';
import { localBench } from './local/local-bench.ts';
import { vaultBench } from './vault/vault-bench.ts';

const benches: readonly Bench[] = [localBench, contentBench, vaultBench, liveBench, devicesBench];

const HELP = `npm run bench -- <what> [options]

${benches.map(({ name, about }) => `  ${name.padEnd(10)}${about}`).join('\n')}

npm run bench -- <what> --help says more. Each writes a section of bench/RESULTS.md when called with --write.
`;

async function main([name, ...rest]: readonly string[]): Promise<void> {
  const bench = benches.find((each) => each.name === name);
  if (bench === undefined || rest.includes('--help')) {
    process.stdout.write(bench?.help() ?? HELP);
    if (bench === undefined && name !== '--help') process.exitCode = 2;
    return;
  }
  await bench.run(rest);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`bench: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
