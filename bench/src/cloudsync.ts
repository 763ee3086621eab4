import { fileURLToPath } from 'node:url';

/** The command, through the same launcher that npm links. */
export const CLOUDSYNC = fileURLToPath(new URL('../../packages/cli/bin/cloudsync.js', import.meta.url));
