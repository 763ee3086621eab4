import * as z from 'zod/mini';
import { type ComparisonMode, parseComparisonMode } from '../compare/comparison-mode.ts';
import { SyncError } from '../model/error.ts';
import { type ConflictResolution, parseConflictResolution } from '../plan/conflict-resolution.ts';
import { parseSyncMode, type SyncMode } from '../plan/mode.ts';
import type { InitialSync } from './pair.ts';

/** A pair as it is written down: URLs and options, nothing opened yet. */
export interface SyncPairConfig {
  readonly name: string | undefined;
  readonly source: string;
  readonly destination: string;
  readonly syncMode: SyncMode;
  readonly conflictResolution: ConflictResolution | undefined;
  readonly comparisonMode: ComparisonMode | undefined;
  readonly initial: InitialSync | undefined;
  readonly ignore: readonly string[];
}

const text = z.string().check(z.minLength(1));
const pairSchema = z.strictObject({
  name: z.optional(text),
  alias: z.optional(text),
  local: z.optional(text),
  remote: z.optional(text),
  source: z.optional(text),
  destination: z.optional(text),
  syncMode: z.optional(text),
  mode: z.optional(text),
  conflictResolution: z.optional(text),
  conflict: z.optional(text),
  comparisonMode: z.optional(text),
  compare: z.optional(text),
  initial: z.optional(z.enum(['merge', 'source-wins', 'destination-wins'])),
  ignore: z.optional(z.array(z.string())),
});
const fileSchema = z.union([z.array(pairSchema), z.object({ pairs: z.array(pairSchema) })]);

/**
 * Reads `[{ local, remote, syncMode, … }]` or `{ "pairs": […] }` (docs/formats/pairs-json.md). `source` and `destination`
 * mean the same as `local` and `remote`.
 * @throws SyncError `config/invalid` that says which pair and why
 */
export function loadSyncPairsFromJson(json: string): SyncPairConfig[] {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new SyncError('config/invalid', `the pairs file is not JSON: ${(cause as Error).message}`, { cause });
  }
  const parsed = fileSchema.safeParse(value);
  if (!parsed.success) throw new SyncError('config/invalid', `the pairs file is not a list of pairs: ${explain(value)}`);
  const pairs = Array.isArray(parsed.data) ? parsed.data : parsed.data.pairs;
  return pairs.map((pair, index) => {
    try {
      return pairOf(pair);
    } catch (error) {
      if (!SyncError.is(error)) throw error;
      throw new SyncError('config/invalid', `${labelOf(pair, index)}: ${error.message}`, { cause: error });
    }
  });
}

function labelOf(pair: unknown, index: number): string {
  const { name, alias } = (pair ?? {}) as { name?: unknown; alias?: unknown };
  const called = name ?? alias;
  return typeof called === 'string' ? `pair ${index + 1} (${called})` : `pair ${index + 1}`;
}

function pairOf(pair: z.infer<typeof pairSchema>): SyncPairConfig {
  const source = pair.source ?? pair.local;
  const destination = pair.destination ?? pair.remote;
  if (source === undefined || destination === undefined) throw new SyncError('config/invalid', 'it needs "local" and "remote"');
  const resolution = pair.conflictResolution ?? pair.conflict;
  const comparison = pair.comparisonMode ?? pair.compare;
  return {
    name: pair.name ?? pair.alias,
    source,
    destination,
    syncMode: parseSyncMode(pair.syncMode ?? pair.mode ?? 'two-way'),
    conflictResolution: resolution === undefined ? undefined : parseConflictResolution(resolution),
    comparisonMode: comparison === undefined ? undefined : parseComparisonMode(comparison),
    initial: pair.initial,
    ignore: pair.ignore ?? [],
  };
}

/** What is wrong, for people: the first pair that does not fit, and its first fault. */
function explain(value: unknown): string {
  const pairs: unknown = Array.isArray(value) ? value : (value as { pairs?: unknown } | null)?.pairs;
  if (!Array.isArray(pairs)) return 'expected [ … ] or { "pairs": [ … ] }';
  for (const [index, pair] of pairs.entries()) {
    const issue = pairSchema.safeParse(pair).error?.issues[0];
    if (issue === undefined) continue;
    return `${labelOf(pair, index)}: ${whatIsWrong(issue)}`;
  }
  return 'no pair fits';
}

function whatIsWrong(issue: z.core.$ZodIssue): string {
  const key = issue.path.length === 0 ? 'it' : issue.path.join('.');
  switch (issue.code) {
    case 'unrecognized_keys':
      return `unknown key ${issue.keys.join(', ')}`;
    case 'invalid_type':
      return `${key} must be of type ${issue.expected}`;
    case 'invalid_value':
      return `${key} must be one of ${issue.values.join(', ')}`;
    case 'too_small':
      return `${key} must not be empty`;
    default:
      return `${key} does not fit`;
  }
}

/**
 * Reads the literal form `/src:twoWay:/dst`, or `/src:/dst` for two-way; undefined when the text is not of that form.
 * A drive letter, a URL scheme or a port is not taken for a separator; a folder that is called like a scheme is written `./vault`.
 */
export function parsePairLiteral(literal: string): SyncPairConfig | undefined {
  const parts = splitLiteral(literal);
  const [source, second, third] = parts;
  const destination = third ?? second;
  if (parts.length < 2 || parts.length > 3 || !source || !destination) return undefined;
  const syncMode = third === undefined ? 'two-way' : parseSyncMode(second ?? '');
  return {
    name: undefined,
    source,
    destination,
    syncMode,
    conflictResolution: undefined,
    comparisonMode: undefined,
    initial: undefined,
    ignore: [],
  };
}

function splitLiteral(literal: string): string[] {
  const notAfterDrive = /(?<!(?:^|:)[A-Za-z])/;
  // Those that are written with one slash or none: `vault:/x`.
  const notAfterScheme = /(?<!(?:^|:)(?:vault|memory|file|gdrive))/;
  const notScheme = /(?!\/\/)/;
  const notPort = /(?!(?<=:\/\/[^/:]*:)\d+(?:[/:]|$))/;
  return literal.split(new RegExp(`${notAfterDrive.source}${notAfterScheme.source}:${notScheme.source}${notPort.source}`));
}
