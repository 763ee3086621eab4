import { once } from 'node:events';
import { PairLock } from './pair-lock.ts';

/** Takes a lock for a test of two processes: `node take-lock DIRECTORY try|wait`; gives it back for a line on stdin. */
const [directory = '', mode] = process.argv.slice(2);
try {
  const lock = await PairLock.acquire(directory, mode === 'wait' ? { wait: {} } : {});
  console.log('locked');
  await once(process.stdin, 'data');
  await lock.release();
  console.log('released');
} catch (error) {
  console.log((error as Error).message);
}
process.exit();
