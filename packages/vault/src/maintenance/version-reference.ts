import { SyncError } from '@cloudsync/engine';

/** Which version of a vault is meant: what follows the `@` in `docs/letter.txt@-1`. */
export type VersionReference =
  /** The newest snapshot, or so many before it. */
  | { readonly type: 'back'; readonly steps: number }
  | { readonly type: 'sequence'; readonly sequence: number }
  /** The newest snapshot that is not younger than this. */
  | { readonly type: 'time'; readonly untilMs: number };

const TIME = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(\.\d{1,3})?)?(Z|[+-]\d\d:?\d\d)?)?$/;

/**
 * Reads `latest`, `12` (a sequence number), `-1` (one before the newest) or an ISO date with or without a time. A date or time means the end
 * of what it says: `2026-11-20` that whole day, `2026-11-20T14:30` that whole minute; without a zone it is local time. An `@` before it, as logs
 * show it, means nothing.
 * @throws SyncError `config/invalid`
 */
export function parseVersion(text: string): VersionReference {
  const reference = readVersion(text.replace(/^@/, ''));
  if (reference === undefined)
    throw new SyncError(
      'config/invalid',
      `${JSON.stringify(text)} names no version; take a number (12), latest, one before it (-1), or a date (2026-11-20, 2026-11-20T14:30)`,
    );
  return reference;
}

function readVersion(text: string): VersionReference | undefined {
  if (text === 'latest') return { type: 'back', steps: 0 };
  if (/^-\d{1,12}$/.test(text)) return { type: 'back', steps: -Number(text) };
  if (/^[1-9]\d{0,11}$/.test(text)) return { type: 'sequence', sequence: Number(text) };
  const untilMs = endOfTime(text);
  return untilMs === undefined ? undefined : { type: 'time', untilMs };
}

/** The last millisecond of the day, minute, second or millisecond that an ISO text names. */
function endOfTime(text: string): number | undefined {
  const [, year, month, day, hour, minute, second, fraction, zone] = TIME.exec(text) ?? [];
  if (year === undefined) return undefined;
  const clock = hour === undefined ? '23:59:59.999' : `${hour}:${minute}:${second ?? '59'}${fraction ?? '.999'}`;
  const ms = Date.parse(`${year}-${month}-${day}T${clock}${zone?.replace(/^(...)(\d\d)$/, '$1:$2') ?? ''}`);
  return Number.isNaN(ms) || !isDay(Number(year), Number(month), Number(day)) ? undefined : ms;
}

/** `Date` takes 31 February for 3 March. */
function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

export interface VersionedPath {
  readonly path: string;
  /** undefined when the text names none. */
  readonly version: VersionReference | undefined;
}

/** Splits `path@version`. What follows the last `@` and is no version belongs to the path: `photo@2x.png`. */
export function splitVersion(text: string): VersionedPath {
  const at = text.lastIndexOf('@');
  const version = at < 0 ? undefined : readVersion(text.slice(at + 1));
  return version === undefined ? { path: text, version } : { path: text.slice(0, at), version };
}

export interface KeptVersions {
  /** Of the snapshots that are kept, ascending. */
  readonly sequences: readonly number[];
  /** When a snapshot was made; asked only for references by time, and only as far back as needed. */
  readonly timeOf: (sequence: number) => Promise<number>;
}

/**
 * The sequence of the snapshot that is meant.
 * @throws SyncError `vault/no-such-version`
 */
export async function findVersion({ sequences, timeOf }: KeptVersions, reference: VersionReference): Promise<number> {
  const found = reference.type === 'time' ? await newestUntil({ sequences, timeOf }, reference.untilMs) : lookUp(sequences, reference);
  if (found !== undefined) return found;
  const what =
    sequences.length === 0
      ? 'the vault has no versions yet'
      : `the vault has ${sequences.length}, from @${sequences[0]} to @${sequences.at(-1)}`;
  throw new SyncError('vault/no-such-version', `there is no version ${describe(reference)}; ${what}; list them with: cloudsync vault log`);
}

function lookUp(sequences: readonly number[], reference: Exclude<VersionReference, { type: 'time' }>): number | undefined {
  if (reference.type === 'back') return sequences[sequences.length - 1 - reference.steps];
  return sequences.includes(reference.sequence) ? reference.sequence : undefined;
}

async function newestUntil({ sequences, timeOf }: KeptVersions, untilMs: number): Promise<number | undefined> {
  for (const sequence of sequences.toReversed()) if ((await timeOf(sequence)) <= untilMs) return sequence;
  return undefined;
}

function describe(reference: VersionReference): string {
  switch (reference.type) {
    case 'back':
      return reference.steps === 0 ? '@latest' : `@-${reference.steps}`;
    case 'sequence':
      return `@${reference.sequence}`;
    case 'time':
      return `from ${new Date(reference.untilMs).toISOString()} or before`;
  }
}
