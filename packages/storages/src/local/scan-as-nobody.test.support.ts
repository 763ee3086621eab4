import type { ListBatch } from '@cloudsync/engine';
import { FolderScan } from './folder-scan.ts';

/** Lists a folder without the rights of root and prints the batches as JSON: `node scan-as-nobody ROOT UID`. */
const [root = '', uid = ''] = process.argv.slice(2);
// Made first, so that all code is loaded: that user may not read where it lies.
const scan = new FolderScan({
  root,
  ignore: ['nothing-of-this-name'],
  only: undefined,
  symlinks: 'keep',
  modes: true,
  rowsPerBatch: 100,
  nowMs: 0,
});
if (process.getuid?.() === 0) process.setuid?.(Number(uid));
const batches: ListBatch[] = [];
for (let batch = scan.next(); batch !== undefined; batch = scan.next()) batches.push(batch);
process.stdout.write(JSON.stringify(batches));
