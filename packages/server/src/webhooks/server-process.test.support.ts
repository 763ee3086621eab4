import { startServer } from '../serve.ts';

/** Serves the folder that it is given until it is killed; says where, and the owner's key. */
const { url, ownerKey } = await startServer({ data: process.argv[2] as string, allowPrivateWebhooks: true, log: 'error' });
process.stdout.write(`${JSON.stringify({ url, ownerKey })}\n`);
