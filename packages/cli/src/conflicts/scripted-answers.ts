import { readFile } from 'node:fs/promises';
import { type ConflictAnswer, type ConflictHandler, SyncError } from '@cloudsync/engine';
import type { ResolveFlags } from '../command-line/flags.ts';
import type { LastRun } from '../pair/last-run.ts';

/** The same answer for some conflicts, or for all; the others stay. */
export interface ScriptedAnswers {
  /** Undefined: all. */
  readonly paths: ReadonlySet<string> | undefined;
  readonly answer: ConflictAnswer;
}

/**
 * Reads --path, --all and --use; undefined when none is there and the user is to be asked.
 * @throws SyncError `config/invalid`
 */
export async function scriptedAnswers({ path, all = false, use }: ResolveFlags): Promise<ScriptedAnswers | undefined> {
  if (path === undefined && !all && use === undefined) return undefined;
  if (use === undefined) throw new SyncError('config/invalid', 'say what to keep with --use source, destination, both or FILE');
  if (path === undefined && !all) throw new SyncError('config/invalid', '--use needs --path PATH (repeatable) or --all');
  if (path !== undefined && all) throw new SyncError('config/invalid', '--path and --all exclude each other');
  const answer = await answerOf(use);
  if (typeof answer === 'object' && path?.length !== 1)
    throw new SyncError('config/invalid', 'a merged file settles one conflict: name it with --path PATH');
  return { paths: path === undefined ? undefined : new Set(path), answer };
}

async function answerOf(use: string): Promise<ConflictAnswer> {
  if (use === 'source' || use === 'destination' || use === 'both') return use;
  try {
    return { merged: await readFile(use) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new SyncError('config/invalid', `--use takes source, destination, both, or a file to keep; ${use} cannot be read (${code})`, {
      cause: error,
    });
  }
}

/**
 * The runs that the answers are for.
 * @throws SyncError `config/invalid` when a path is no conflict, or one in several pairs
 */
export function runsToResolve(runs: readonly LastRun[], paths: ScriptedAnswers['paths']): LastRun[] {
  const open = runs.filter((run) => run.conflicts.length > 0);
  if (paths === undefined) return open;
  for (const path of paths) {
    const count = open.filter((run) => holds(run, path)).length;
    if (count === 0) throw new SyncError('config/invalid', `${path} is no conflict that is left; see cloudsync conflicts`);
    if (count > 1)
      throw new SyncError(
        'config/invalid',
        `${path} is a conflict in ${count} pairs; name the pair: resolve-conflicts <source> <destination>`,
      );
  }
  return open.filter((run) => [...paths].some((path) => holds(run, path)));
}

function holds(run: LastRun, path: string): boolean {
  return run.conflicts.some((conflict) => conflict.path === path);
}

export function scriptedHandler({ paths, answer }: ScriptedAnswers): ConflictHandler {
  return ({ path }) => (paths === undefined || paths.has(path) ? answer : 'skip');
}
