import { flush } from './flush.ts';

/** Flushes a file of a folder without the rights of root: `node flush-as-nobody ROOT UID PATH COMMAND`. */
const [root = '', uid = '', path = '', command = ''] = process.argv.slice(2);
if (process.getuid?.() === 0) process.setuid?.(Number(uid));
await flush(root, new Set([path]), { wholeFileSystem: true, onlyPaths: true, command });
