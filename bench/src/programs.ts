import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The program's file in PATH, or undefined when it is not installed. */
export function findProgram(name: string): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/** The tools that a program is good for; none where it is not installed. */
export function toolsOf<Tool>(name: string, describe: (program: string) => readonly Tool[]): readonly Tool[] {
  const program = findProgram(name);
  return program === undefined ? [] : describe(program);
}

/** What a program prints on stdout, without blank ends; empty when it fails. */
export function outputOf(program: string, ...argv: readonly string[]): string {
  try {
    return execFileSync(program, argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
}

/** The first number with dots in the first line that it prints. */
export function versionOf(program: string, ...argv: readonly string[]): string {
  return /\d+(\.\d+)*\S*/.exec(outputOf(program, ...argv).split('\n', 1)[0] ?? '')?.[0] ?? 'unknown';
}
