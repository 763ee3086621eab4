import { startServer } from './serve.ts';

/** Serves the folder that it is given until it is killed; says where, and the owner's key. The second argument is how much it logs. */
const [, , data = '', log = 'error'] = process.argv;
const { url, ownerKey } = await startServer({ data, allowPrivateWebhooks: true, log: log === 'trace' ? 'trace' : 'error' });
process.stdout.write(`${JSON.stringify({ url, ownerKey })}\n`);
