import { SyncError } from '@cloudsync/engine';

/**
 * Which snapshots to keep: rules as restic defines them (its documentation, "Removing snapshots according to a policy").
 * Each number counts snapshots; -1 keeps all; undefined or 0 says nothing.
 */
export interface RetentionPolicy {
  /** The newest so many. */
  readonly last?: number | undefined;
  /** The newest snapshot of each of the newest so many hours, days … that have one. */
  readonly hourly?: number | undefined;
  readonly daily?: number | undefined;
  /** ISO weeks: Monday to Sunday. */
  readonly weekly?: number | undefined;
  readonly monthly?: number | undefined;
  readonly yearly?: number | undefined;
  /** Of what the rules above keep, only snapshots that hold one of the newest so many versions of some file. */
  readonly maxVersions?: number | undefined;
}

export interface DatedSnapshot {
  readonly sequence: number;
  readonly timeMs: number;
}

/** Whether a snapshot is kept, and why: `last snapshot`, `weekly snapshot`, `oldest yearly snapshot`, `versions` … */
export interface Retained<Snapshot extends DatedSnapshot = DatedSnapshot> {
  readonly snapshot: Snapshot;
  readonly kept: boolean;
  readonly reasons: readonly string[];
}

export interface RetentionOptions {
  /** IANA name of the zone in which hours, days and weeks begin. Default: the zone of this machine. */
  readonly timeZone?: string | undefined;
}

/**
 * Applies the keep rules. A snapshot is kept when any rule keeps it; the newest one always is. As long as a rule has not found as many as
 * it may keep, it keeps the oldest snapshot as well, so that history reaches back as far as it can.
 * `maxVersions` needs trees and is applied by {@link keepNewestVersions} to what this keeps; a policy of `maxVersions` alone keeps all here.
 * @returns newest first
 * @throws SyncError `config/invalid` for a policy that says nothing: forgetting everything is never meant
 */
export function retain<Snapshot extends DatedSnapshot>(
  snapshots: readonly Snapshot[],
  policy: RetentionPolicy,
  options: RetentionOptions = {},
): Retained<Snapshot>[] {
  assertPolicy(policy);
  const newestFirst = [...snapshots].sort((a, b) => b.sequence - a.sequence);
  const rules = rulesOf(policy, options.timeZone);
  if (rules.length === 0) return newestFirst.map((snapshot) => ({ snapshot, kept: true, reasons: [] }));
  return newestFirst.map((snapshot, index) => {
    const isOldest = index === newestFirst.length - 1;
    const reasons = rules.flatMap((rule) => rule.reasonFor(snapshot, index, isOldest) ?? []);
    if (index === 0 && reasons.length === 0) reasons.push('newest snapshot');
    return { snapshot, kept: reasons.length > 0, reasons };
  });
}

function assertPolicy(policy: RetentionPolicy): void {
  const counts = Object.entries(policy).filter(([, value]) => value !== undefined);
  for (const [name, value] of counts) {
    if (!Number.isInteger(value) || (value as number) < -1)
      throw new SyncError('config/invalid', `${name} takes a whole number of snapshots, or -1 for all, not ${value}`);
  }
  if (counts.every(([, value]) => value === 0))
    throw new SyncError(
      'config/invalid',
      'say which snapshots to keep (last, hourly, daily, weekly, monthly, yearly, max-versions); nothing was forgotten',
    );
}

/** One rule while it walks from the newest snapshot to the oldest. */
class Rule {
  readonly #reason: string;
  readonly #bucketOf: (snapshot: DatedSnapshot, index: number) => string;
  #left: number;
  #bucket: string | undefined;

  constructor(reason: string, count: number, bucketOf: (snapshot: DatedSnapshot, index: number) => string) {
    this.#reason = reason;
    this.#left = count === -1 ? Number.POSITIVE_INFINITY : count;
    this.#bucketOf = bucketOf;
  }

  reasonFor(snapshot: DatedSnapshot, index: number, isOldest: boolean): string | undefined {
    if (this.#left === 0) return undefined;
    const bucket = this.#bucketOf(snapshot, index);
    const isNew = bucket !== this.#bucket;
    if (!isNew && !isOldest) return undefined;
    this.#bucket = bucket;
    this.#left--;
    return isNew ? this.#reason : `oldest ${this.#reason}`;
  }
}

function rulesOf(policy: RetentionPolicy, timeZone: string | undefined): Rule[] {
  const calendar = calendarOf(timeZone);
  const kinds: [string, number | undefined, (snapshot: DatedSnapshot, index: number) => string][] = [
    ['last snapshot', policy.last, (_, index) => String(index)],
    ['hourly snapshot', policy.hourly, ({ timeMs }) => calendar(timeMs).hour],
    ['daily snapshot', policy.daily, ({ timeMs }) => calendar(timeMs).day],
    ['weekly snapshot', policy.weekly, ({ timeMs }) => calendar(timeMs).week],
    ['monthly snapshot', policy.monthly, ({ timeMs }) => calendar(timeMs).month],
    ['yearly snapshot', policy.yearly, ({ timeMs }) => calendar(timeMs).year],
  ];
  return kinds.flatMap(([reason, count, bucketOf]) => (count ? [new Rule(reason, count, bucketOf)] : []));
}

interface CalendarUnits {
  readonly hour: string;
  readonly day: string;
  /** ISO week: year and number. */
  readonly week: string;
  readonly month: string;
  readonly year: string;
}

/** Names the hour, day … in which a time falls, by the wall clock of a zone. */
function calendarOf(timeZone: string | undefined): (timeMs: number) => CalendarUnits {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    calendar: 'iso8601',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
  });
  return (timeMs) => {
    const parts = Object.fromEntries(format.formatToParts(timeMs).map(({ type, value }) => [type, value])) as Record<string, string>;
    const month = `${parts.year}-${parts.month}`;
    const day = `${month}-${parts.day}`;
    return {
      hour: `${day} ${parts.hour}`,
      day,
      week: isoWeekOf(Number(parts.year), Number(parts.month), Number(parts.day)),
      month,
      year: `${parts.year}`,
    };
  };
}

const DAY_MS = 86_400_000;

/** ISO 8601: a week belongs to the year that its Thursday is in. */
function isoWeekOf(year: number, month: number, day: number): string {
  const midnight = Date.UTC(year, month - 1, day);
  const weekday = (new Date(midnight).getUTCDay() + 6) % 7;
  const thursday = midnight + (3 - weekday) * DAY_MS;
  const yearOfWeek = new Date(thursday).getUTCFullYear();
  const week = Math.floor((thursday - Date.UTC(yearOfWeek, 0, 1)) / (7 * DAY_MS)) + 1;
  return `${yearOfWeek}-W${week}`;
}

/** A path that a snapshot holds in another version than the next newer one, or that the newer one lacks. */
export interface OlderVersion {
  readonly path: string;
  /** True when the next newer snapshot holds the path at all. */
  readonly isInNewer: boolean;
}

/**
 * Counts versions of files from the newest snapshot back and keeps a snapshot while it is the newest to hold one of the newest `maxVersions`
 * versions of some file. Snapshots that `retained` does not keep stay unkept and count for nothing.
 * @param olderVersions what the older of two snapshots holds in another version than the newer
 */
export async function keepNewestVersions<Snapshot extends DatedSnapshot>(
  retained: readonly Retained<Snapshot>[],
  maxVersions: number,
  olderVersions: (older: Snapshot, newer: Snapshot) => AsyncIterable<OlderVersion>,
): Promise<Retained<Snapshot>[]> {
  const versions = new Map<string, number>();
  const result: Retained<Snapshot>[] = [];
  let newer: Snapshot | undefined;
  for (const each of retained) {
    if (!each.kept) {
      result.push(each);
      continue;
    }
    let counts = newer === undefined;
    if (newer !== undefined) {
      for await (const { path, isInNewer } of olderVersions(each.snapshot, newer)) {
        const count = (versions.get(path) ?? (isInNewer ? 1 : 0)) + 1;
        versions.set(path, count);
        if (count <= maxVersions) counts = true;
      }
    }
    newer = each.snapshot;
    result.push(counts ? { ...each, reasons: [...each.reasons, 'versions of files'] } : { ...each, kept: false, reasons: [] });
  }
  return result;
}
