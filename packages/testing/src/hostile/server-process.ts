import process from 'node:process';
import { startServer } from '@cloudsync/server';

/** A server in a process of its own, for tests that try to break it: its folder is the first argument; it tells where it is and can be asked for its memory. */
const server = await startServer({ data: process.argv[2] as string, log: 'silent' });
process.send?.({ type: 'ready', url: server.url, ownerKey: server.ownerKey });
process.on('message', (question) => {
  if (question === 'memory') process.send?.({ type: 'memory', rssBytes: process.memoryUsage.rss() });
});
process.on('disconnect', () => void server.close().then(() => process.exit(0)));
