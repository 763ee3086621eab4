import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import {
  type InitialSync,
  loadSyncPairsFromJson,
  parseComparisonMode,
  parseConflictResolution,
  parsePairLiteral,
  parseSyncMode,
  type SymlinkPolicy,
  SyncError,
  type SyncPairConfig,
} from '@cloudsync/engine';
import { isWorkspaceUrl } from '../account/workspace-address.ts';
import type { SyncFlags } from '../command-line/flags.ts';
import { parseMaxDelete } from '../options/count.ts';
import { type PairOptions, type PairRequest, STANDARD_OPTIONS } from '../pair/pair-request.ts';

export interface RequestInput {
  readonly source: string | undefined;
  readonly destination: string | undefined;
  readonly flags: SyncFlags;
}

/**
 * The pairs that a command line asks for: two folders, one literal `SOURCE:MODE:DESTINATION`, or those of --config.
 * What is typed outranks what a file says.
 * @throws SyncError `config/invalid`
 */
export async function pairRequests({ source, destination, flags }: RequestInput): Promise<PairRequest[]> {
  const typed = await typedOptions(flags);
  if (flags.config !== undefined) {
    if (source !== undefined) throw new SyncError('config/invalid', '--config names the pairs; leave out the folders');
    return await configuredPairs(flags.config, typed);
  }
  if (source === undefined) throw new SyncError('config/invalid', 'name two folders to sync');
  if (destination !== undefined) return [{ source, destination, options: pairOptions(typed) }];
  const pair = parsePairLiteral(source);
  if (pair === undefined) throw new SyncError('config/invalid', `name two folders to sync; there is only ${source}`);
  return [{ source: pair.source, destination: pair.destination, options: pairOptions(optionsOf(pair), typed) }];
}

type SomeOptions = { readonly [Name in keyof PairOptions]?: PairOptions[Name] | undefined };

/** The first choices, outranked by later ones as far as those say anything. */
function pairOptions(...choices: readonly SomeOptions[]): PairOptions {
  const said = choices.flatMap((options) => Object.entries(options).filter(([, value]) => value !== undefined));
  return { ...STANDARD_OPTIONS, ...Object.fromEntries(said) };
}

/** What a literal or a file says of a pair. */
function optionsOf({ syncMode, conflictResolution, comparisonMode, initial, ignore }: SyncPairConfig): SomeOptions {
  return { mode: syncMode, conflict: conflictResolution, compare: comparisonMode, initial, ignore };
}

/** Only what was typed. */
async function typedOptions(flags: SyncFlags): Promise<SomeOptions> {
  const ignore = [...(await patternsOfFiles(flags.excludeFrom ?? [])), ...(flags.exclude ?? [])];
  return {
    mode: flags.mode === undefined ? undefined : parseSyncMode(flags.mode),
    compare: flags.compare === undefined ? undefined : parseComparisonMode(flags.compare),
    conflict: flags.conflict === undefined ? undefined : parseConflictResolution(flags.conflict),
    initial: flags.initial === undefined ? undefined : oneOf('--initial', INITIAL, flags.initial),
    ignore: ignore.length > 0 ? ignore : undefined,
    symlinks: flags.symlinks === undefined ? undefined : oneOf('--symlinks', SYMLINKS, flags.symlinks),
    trash: flags.trash ? undefined : false,
    maxDelete: flags.maxDelete === undefined ? undefined : parseMaxDelete(flags.maxDelete),
  };
}

const INITIAL: readonly InitialSync[] = ['merge', 'source-wins', 'destination-wins'];
const SYMLINKS: readonly SymlinkPolicy[] = ['keep', 'follow', 'skip'];

function oneOf<T extends string>(option: string, values: readonly T[], text: string): T {
  const value = values.find((candidate) => candidate === text.toLowerCase().replaceAll('_', '-'));
  if (value === undefined)
    throw new SyncError('config/invalid', `unknown ${option} ${JSON.stringify(text)}; use one of ${values.join(', ')}`);
  return value;
}

async function patternsOfFiles(files: readonly string[]): Promise<string[]> {
  const texts = await Promise.all(files.map((file) => readText(file, 'the exclude file')));
  return texts.flatMap((text) => text.replace(/^\uFEFF/, '').split(/\r?\n/)).filter((line) => line.trim() !== '');
}

async function readText(file: string, what: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new SyncError('config/invalid', `${what} ${file} cannot be read (${(error as NodeJS.ErrnoException).code}); check its path`, {
      cause: error,
    });
  }
}

async function configuredPairs(file: string, typed: SomeOptions): Promise<PairRequest[]> {
  const pairs = loadSyncPairsFromJson(await readText(file, 'the configuration'));
  if (pairs.length === 0) throw new SyncError('config/invalid', `${file} lists no pairs`);
  return pairs.map((pair) => ({
    source: besideFile(file, pair.source),
    destination: besideFile(file, pair.destination),
    // Patterns add up: those typed come last and outrank.
    options: pairOptions(optionsOf(pair), typed, { ignore: [...pair.ignore, ...(typed.ignore ?? [])] }),
  }));
}

/** Paths in a file are relative to it, so that it means the same from everywhere. */
function besideFile(file: string, path: string): string {
  if (isWorkspaceUrl(path)) return path;
  if (path.startsWith('vault:')) return `vault:${besideFile(file, path.slice('vault:'.length))}`;
  if (path === '~' || path.startsWith('~/')) return join(homedir(), path.slice(1));
  return isAbsolute(path) || path === '' ? path : join(dirname(resolve(file)), path);
}
