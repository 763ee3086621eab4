import { fileURLToPath } from 'node:url';
import { type Contestant, OURS } from './contestant.ts';
import type { Command } from './measure.ts';
import { versionOf } from './programs.ts';

/** The command, through the same launcher that npm links. */
const LAUNCHER = fileURLToPath(new URL('../../packages/cli/bin/cloudsync.js', import.meta.url));

/** Who we are in the tables. */
export function ourselves(): Pick<Contestant, 'id' | 'title' | 'version'> {
  return { id: OURS, title: 'CloudSync', version: versionOf(process.execPath, LAUNCHER, '--version') };
}

/** A call of our own command, with a state of its own. */
export function cloudsync(argv: readonly string[], { state, env }: { state: string; env?: Command['env'] }): Command {
  return { argv: [process.execPath, LAUNCHER, ...argv], env: { ...env, CLOUDSYNC_HOME: state } };
}
