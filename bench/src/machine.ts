import { statfsSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { findProgram, outputOf } from './programs.ts';

/** What a reader must know about the machine to judge the numbers, one fact a line. */
export function describeMachine(scratch: string): string[] {
  const processors = cpus();
  const { bsize, bavail } = statfsSync(scratch);
  return [
    `${processors.length} cores: ${processors[0]?.model.trim() ?? 'unknown'}`,
    `${gibibytes(totalmem())} GiB of memory`,
    `file system ${fileSystemOf(scratch)}, ${gibibytes(bsize * bavail)} GiB free`,
    `Linux ${release()}, Node ${process.version}`,
    `load before the first run ${loadavg()[0]?.toFixed(1)}: so many other programs wanted a core`,
  ];
}

function fileSystemOf(folder: string): string {
  const df = findProgram('df');
  return (df && outputOf(df, '--output=fstype', folder).split('\n').at(-1)) || 'unknown';
}

function gibibytes(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(1);
}
